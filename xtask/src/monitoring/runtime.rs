//! Databases, memory and processor time.

use super::panel::{Dashboard, lines, number, row};

pub fn dashboard() -> Dashboard {
    Dashboard {
        id: "runtime",
        title: "Databases and runtime",
        about: "What the programs stand on: databases, memory, processor, disks, backups.",
        rows: vec![
            row(
                "Databases",
                [
                    lines(
                        "Connections in use",
                        "percentunit",
                        "Share of a replica's connections at work, as seen each quarter of a minute.",
                        &[(
                            r#"sum by (service, instance, pool) (wing_db_connections{service=~"$service", state="in_use"}) / sum by (service, instance, pool) (wing_db_connections_max{service=~"$service"})"#,
                            "{{service}} {{instance}} {{pool}}",
                        )],
                    )
                    .bad_from(0.9),
                    lines(
                        "Queries waiting",
                        "short",
                        "Queries that no thread had begun, by replica.",
                        &[(
                            r#"wing_db_queries_waiting{service=~"$service"}"#,
                            "{{service}} {{instance}} {{pool}}",
                        )],
                    ),
                    lines(
                        "Refused",
                        "cpm",
                        "Uses of the database refused a minute, for want of a connection: people saw 503. Transactions run again after a conflict: nobody noticed.",
                        &[
                            (
                                r#"60 * sum by (service) (rate(wing_db_refused_total{service=~"$service"}[$__rate_interval]))"#,
                                "{{service}}",
                            ),
                            (
                                r#"60 * sum by (service) (rate(wing_db_retries_total{service=~"$service"}[$__rate_interval]))"#,
                                "{{service}} run again",
                            ),
                        ],
                    ),
                    lines(
                        "Waiting for a turn",
                        "s",
                        "Seconds a query waited until it was begun.",
                        &[
                            (
                                r#"histogram_quantile(0.5, sum by (service, pool, le) (rate(wing_db_wait_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{service}} {{pool}} median",
                            ),
                            (
                                r#"histogram_quantile(0.95, sum by (service, pool, le) (rate(wing_db_wait_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{service}} {{pool}} p95",
                            ),
                        ],
                    )
                    .bad_from(0.1),
                    lines(
                        "Time of a use",
                        "s",
                        "Seconds a use of the database took: a query, or a transaction with all its statements.",
                        &[
                            (
                                r#"histogram_quantile(0.5, sum by (service, pool, le) (rate(wing_db_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{service}} {{pool}} median",
                            ),
                            (
                                r#"histogram_quantile(0.95, sum by (service, pool, le) (rate(wing_db_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{service}} {{pool}} p95",
                            ),
                        ],
                    )
                    .bad_from(0.5),
                    lines(
                        "Uses",
                        "ops",
                        "Uses of the database a second by requests; consumers of events are not in it.",
                        &[(
                            r#"sum by (service, pool) (rate(wing_db_seconds_count{service=~"$service"}[$__rate_interval]))"#,
                            "{{service}} {{pool}}",
                        )],
                    ),
                ],
            ),
            row(
                "Processes",
                [
                    lines(
                        "Memory",
                        "bytes",
                        "Resident memory by replica.",
                        &[(
                            r#"process_resident_memory_bytes{service=~"$service"}"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                    lines(
                        "Memory of what is allowed",
                        "percentunit",
                        "Resident memory by replica, as a share of its limit. At the limit the system ends the process.",
                        &[(
                            r#"process_resident_memory_bytes{service=~"$service"} / (wing_memory_limit_bytes > 0)"#,
                            "{{service}} {{instance}}",
                        )],
                    )
                    .bad_from(0.85),
                    lines(
                        "Processor",
                        "percentunit",
                        "Processor time by replica; 100 % is one core.",
                        &[(
                            r#"rate(process_cpu_seconds_total{service=~"$service"}[$__rate_interval])"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                    lines(
                        "Threads",
                        "short",
                        "Threads by replica.",
                        &[(
                            r#"process_threads{service=~"$service"}"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                    lines(
                        "Open files and connections",
                        "percentunit",
                        "As a share of what may be open at once.",
                        &[(
                            r#"process_open_fds{service=~"$service"} / process_max_fds"#,
                            "{{service}} {{instance}}",
                        )],
                    )
                    .bad_from(0.8),
                    lines(
                        "What they need",
                        "bool_yes_no",
                        "Whether database and media answered when a replica was asked whether it is ready.",
                        &[(
                            r#"min by (service, check) (wing_ready{service=~"$service"})"#,
                            "{{service}} {{check}}",
                        )],
                    ),
                ],
            ),
            row(
                "Disks and backups",
                [
                    lines(
                        "Room left",
                        "percentunit",
                        "Of the disk that images and volumes of a node share (system), and where a replica's data lies (data).",
                        &[(
                            r#"min by (service, instance, place) (wing_disk_free_bytes{service=~"$service"} / wing_disk_size_bytes)"#,
                            "{{service}} {{instance}} {{place}}",
                        )],
                    )
                    .wide(12),
                    number(
                        "Last backup",
                        "s",
                        "Time since the last backup that succeeded.",
                        (
                            "time() - max(max_over_time(wing_backup_last_success_timestamp_seconds[2d]))",
                            "ago",
                        ),
                    )
                    .bad_from(93_600.0)
                    .wide(6),
                    number(
                        "Prometheus",
                        "bytes",
                        "Memory of Prometheus itself.",
                        (
                            r#"process_resident_memory_bytes{service="prometheus"}"#,
                            "memory",
                        ),
                    )
                    .wide(6),
                ],
            ),
        ],
    }
}
