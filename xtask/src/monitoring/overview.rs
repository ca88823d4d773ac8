//! Requests: rates, errors, latency.

use super::panel::{Dashboard, lines, number, row, table};

pub fn dashboard() -> Dashboard {
    Dashboard {
        id: "overview",
        title: "Overview",
        about: "Whether everybody is served, how fast, and by how many replicas.",
        rows: vec![
            row(
                "Now",
                [
                    number(
                        "Alerts",
                        "short",
                        "Alerts that are firing. docs/operations.md says what to do about each.",
                        (r#"count(ALERTS{alertstate="firing"}) or vector(0)"#, "firing"),
                    )
                    .bad_from(1.0),
                    number(
                        "Requests",
                        "reqps",
                        "Requests a second, all services together.",
                        (
                            r#"sum(wing:requests:rate5m{service=~"$service"})"#,
                            "a second",
                        ),
                    ),
                    number(
                        "Failed",
                        "percentunit",
                        "Share of requests in five minutes that a service answered with 5xx.",
                        (
                            r#"sum(wing:errors:rate5m{service=~"$service"}) / sum(wing:requests:rate5m{service=~"$service"})"#,
                            "of requests",
                        ),
                    )
                    .bad_from(0.02),
                    number(
                        "Slowest hundredth",
                        "s",
                        "The slowest service's p99: one of a hundred answers began later. Without uploads, which take as long as their senders do.",
                        (r#"max(wing:request_seconds:p99{service=~"$service"})"#, "p99"),
                    )
                    .bad_from(1.0),
                    number(
                        "Edge connections",
                        "short",
                        "Connections of visitors that the edges of all nodes hold open.",
                        (r#"sum(wing_edge_connections)"#, "open"),
                    ),
                    number(
                        "Certificate",
                        "s",
                        "Time until the edge's certificate ends; none where TLS ends elsewhere.",
                        (
                            "min(wing_edge_certificate_ends_seconds > 0) - time()",
                            "left",
                        ),
                    ),
                    table(
                        "What is firing",
                        "short",
                        "Each alert that is pending or firing, with what it is about.",
                        r#"sum by (alertname, alertstate, severity, service, instance, consumer, kind, to) (ALERTS)"#,
                    ),
                    table(
                        "Versions",
                        "short",
                        "Replicas by the version they run. Two versions of one service are a roll-out that goes on, or got stuck.",
                        r#"count by (service, version) (wing_build_info{service=~"$service"})"#,
                    ),
                ],
            ),
            row(
                "Traffic",
                [
                    lines(
                        "Requests by service",
                        "reqps",
                        "Requests a second.",
                        &[(r#"wing:requests:rate5m{service=~"$service"}"#, "{{service}}")],
                    ),
                    lines(
                        "Answers by status",
                        "reqps",
                        "Answers a second by status. 206 are ranges of sound, 304 what a browser had already, 429 visitors who asked too often.",
                        &[(
                            r#"sum by (status) (rate(wing_http_requests_total{service=~"$service"}[$__rate_interval]))"#,
                            "{{status}}",
                        )],
                    ),
                    lines(
                        "Failed by service",
                        "percentunit",
                        "Share of answers with 5xx.",
                        &[(r#"wing:errors:ratio5m{service=~"$service"}"#, "{{service}}")],
                    )
                    .bad_from(0.02),
                    lines(
                        "Busiest routes",
                        "reqps",
                        "The ten routes with the most requests.",
                        &[(
                            r#"topk(10, sum by (service, method, route) (rate(wing_http_requests_total{service=~"$service"}[$__rate_interval])))"#,
                            "{{service}} {{method}} {{route}}",
                        )],
                    )
                    .wide(12),
                    lines(
                        "Failing routes",
                        "reqps",
                        "The ten routes with the most answers of 5xx.",
                        &[(
                            r#"topk(10, sum by (service, method, route, status) (rate(wing_http_requests_total{service=~"$service", status=~"5.."}[$__rate_interval])) > 0)"#,
                            "{{service}} {{method}} {{route}} {{status}}",
                        )],
                    )
                    .wide(12),
                ],
            ),
            row(
                "Latency",
                [
                    lines(
                        "Median by service",
                        "s",
                        "Half of the answers began within this.",
                        &[(
                            r#"histogram_quantile(0.5, sum by (service, le) (rate(wing_http_request_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                            "{{service}}",
                        )],
                    ),
                    lines(
                        "p99 by service",
                        "s",
                        "All but one of a hundred answers began within this. Without uploads.",
                        &[(
                            r#"wing:request_seconds:p99{service=~"$service"}"#,
                            "{{service}}",
                        )],
                    )
                    .bad_from(1.0),
                    lines(
                        "Slowest routes",
                        "s",
                        "The ten routes with the highest p99.",
                        &[(
                            r#"topk(10, histogram_quantile(0.99, sum by (service, route, le) (rate(wing_http_request_seconds_bucket{service=~"$service"}[$__rate_interval]))))"#,
                            "{{service}} {{route}}",
                        )],
                    ),
                ],
            ),
            row(
                "Replicas",
                [
                    lines(
                        "Replicas",
                        "short",
                        "Replicas that answer, as Prometheus sees them.",
                        &[(r#"wing:replicas{service=~"$service|edge"}"#, "{{service}}")],
                    ),
                    lines(
                        "Age",
                        "s",
                        "How long each replica has run. A line that keeps falling to zero is a replica that keeps dying.",
                        &[(
                            r#"time() - process_start_time_seconds{service=~"$service"}"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                    lines(
                        "Being answered",
                        "short",
                        "Requests in flight by replica. One that has far more than its sisters is slow.",
                        &[(
                            r#"wing_http_requests_in_flight{service=~"$service"}"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                ],
            ),
        ],
    }
}
