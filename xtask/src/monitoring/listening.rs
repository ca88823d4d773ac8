//! What people do here: listening, uploading, and what becomes of it.

use super::panel::{Dashboard, lines, row};

pub fn dashboard() -> Dashboard {
    Dashboard {
        id: "listening",
        title: "Listening and processing",
        about: "What fans and musicians do, and what becomes of what they upload.",
        rows: vec![
            row(
                "Listening",
                [
                    lines(
                        "Ranges of sound",
                        "reqps",
                        "Ranges of tracks that players asked for, a second. A player asks for a track in several.",
                        &[(
                            r#"sum by (status) (rate(wing_http_requests_total{service=~"$service", route="/api/v1/tracks/{id}/stream"}[$__rate_interval]))"#,
                            "{{status}}",
                        )],
                    ),
                    lines(
                        "Until sound begins",
                        "s",
                        "Seconds until the answer to a range began.",
                        &[
                            (
                                r#"histogram_quantile(0.5, sum by (le) (rate(wing_http_request_seconds_bucket{service=~"$service", route="/api/v1/tracks/{id}/stream"}[$__rate_interval])))"#,
                                "median",
                            ),
                            (
                                r#"histogram_quantile(0.99, sum by (le) (rate(wing_http_request_seconds_bucket{service=~"$service", route="/api/v1/tracks/{id}/stream"}[$__rate_interval])))"#,
                                "p99",
                            ),
                        ],
                    )
                    .bad_from(0.5),
                    lines(
                        "Plays and likes",
                        "cpm",
                        "Plays that players reported (a track heard for 30 seconds, or half of it) and likes given, a minute.",
                        &[
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", route="/api/v1/plays", status="200"}[$__rate_interval]))"#,
                                "plays",
                            ),
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method=~"PUT|POST", route=~"(/api/v1)?/likes/.track_id.", status=~"2..|3.."}[$__rate_interval]))"#,
                                "likes",
                            ),
                        ],
                    ),
                    lines(
                        "Searches and pages",
                        "reqps",
                        "What people look at, a second.",
                        &[(
                            r#"sum by (route) (rate(wing_http_requests_total{service=~"$service", method="GET", route=~"/|/latest|/genres.*|/artists.*|/albums.*|/tracks/.slug.|/search|/api/v1/search"}[$__rate_interval]))"#,
                            "{{route}}",
                        )],
                    ),
                    lines(
                        "Downloads",
                        "cpm",
                        "Files that listeners took with them, a minute.",
                        &[(
                            r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="GET", route="/api/v1/tracks/{id}/download", status=~"2.."}[$__rate_interval]))"#,
                            "downloads",
                        )],
                    ),
                    lines(
                        "Accounts",
                        "cpm",
                        "Who joins and who comes back, a minute, by the pages and by the API; and log-ins that were refused.",
                        &[
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="POST", route=~"/signup|/api/v1/users", status=~"201|303"}[$__rate_interval]))"#,
                                "joined",
                            ),
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="POST", route=~"/login|/api/v1/sessions", status=~"20.|303"}[$__rate_interval]))"#,
                                "logged in",
                            ),
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="POST", route=~"/login|/api/v1/sessions", status=~"401|422|429"}[$__rate_interval]))"#,
                                "refused",
                            ),
                        ],
                    ),
                ],
            ),
            row(
                "Uploads",
                [
                    lines(
                        "Uploads and tracks",
                        "cpm",
                        "Uploads begun and tracks made of them, a minute.",
                        &[
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="POST", route="/api/v1/uploads", status="201"}[$__rate_interval]))"#,
                                "begun",
                            ),
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="POST", route="/api/v1/tracks", status="202"}[$__rate_interval]))"#,
                                "tracks",
                            ),
                            (
                                r#"60 * sum(rate(wing_http_requests_total{service=~"$service", method="POST", route="/desk/artists/{id}/upload", status="303"}[$__rate_interval]))"#,
                                "by the form",
                            ),
                        ],
                    ),
                    lines(
                        "Bodies of uploads",
                        "reqps",
                        "Parts of files that came in, a second, by what they were answered.",
                        &[(
                            r#"sum by (status) (rate(wing_http_requests_total{service=~"$service", method="PATCH", route="/api/v1/uploads/{id}"}[$__rate_interval]))"#,
                            "{{status}}",
                        )],
                    ),
                    lines(
                        "Room for data",
                        "bytes",
                        "What is left where unfinished uploads and sound at work lie.",
                        &[(
                            r#"min by (service, instance) (wing_disk_free_bytes{service=~"$service", place="data"})"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                ],
            ),
            row(
                "Processing",
                [
                    lines(
                        "Jobs by state",
                        "short",
                        "Rows of the job table. Done ones are pruned after a week, failed ones wait for their musician to try again.",
                        &[(
                            r#"max by (service, state) (wing_jobs{service=~"$service"})"#,
                            "{{service}} {{state}}",
                        )],
                    ),
                    lines(
                        "Longest wait",
                        "s",
                        "How long the longest waiting job could have run, by kind.",
                        &[(
                            r#"max by (kind) (wing_jobs_oldest_due_seconds{service=~"$service"})"#,
                            "{{kind}}",
                        )],
                    )
                    .bad_from(600.0),
                    lines(
                        "Attempts by outcome",
                        "cpm",
                        "Attempts a minute: done; retry, which comes again; given_up, where the machine failed too often; fatal, where the file is no music that can be read.",
                        &[(
                            r#"60 * sum by (kind, outcome) (rate(wing_job_attempts_total{service=~"$service"}[$__rate_interval]))"#,
                            "{{kind}} {{outcome}}",
                        )],
                    ),
                    lines(
                        "Time an attempt takes",
                        "s",
                        "Seconds of an attempt by kind: decoding, measuring and transcoding together.",
                        &[
                            (
                                r#"histogram_quantile(0.5, sum by (kind, le) (rate(wing_job_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{kind}} median",
                            ),
                            (
                                r#"histogram_quantile(0.95, sum by (kind, le) (rate(wing_job_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{kind}} p95",
                            ),
                        ],
                    ),
                    lines(
                        "Lanes at work",
                        "short",
                        "Seconds of work done a second: how many lanes were busy on average.",
                        &[(
                            r#"sum by (service, kind) (rate(wing_job_seconds_sum{service=~"$service"}[$__rate_interval]))"#,
                            "{{service}} {{kind}}",
                        )],
                    ),
                    lines(
                        "Processor of those that work",
                        "percentunit",
                        "Processor time by replica; 100 % is one core. ffmpeg is counted apart by the system and not in here.",
                        &[(
                            r#"rate(process_cpu_seconds_total{service=~"$service", role="worker"}[$__rate_interval])"#,
                            "{{service}} {{instance}}",
                        )],
                    ),
                ],
            ),
        ],
    }
}
