//! Events and calls between services.

use super::panel::{Dashboard, lines, row};

pub fn dashboard() -> Dashboard {
    Dashboard {
        id: "events",
        title: "Events and neighbours",
        about: "The events and the calls between services.",
        rows: vec![
            row(
                "Events published",
                [
                    lines(
                        "Waiting in the outbox",
                        "short",
                        "Events written and not yet published, counted to 10000. More than none for long: the broker is away, or a consumer of the same process fails.",
                        &[(
                            r#"max by (service) (wing_outbox_waiting{service=~"$service"})"#,
                            "{{service}}",
                        )],
                    ),
                    lines(
                        "Oldest in the outbox",
                        "s",
                        "Age of the oldest event not yet published.",
                        &[(
                            r#"max by (service) (wing_outbox_oldest_seconds{service=~"$service"})"#,
                            "{{service}}",
                        )],
                    )
                    .bad_from(60.0),
                    lines(
                        "Listening",
                        "bool_yes_no",
                        "Whether the broker hands events to at least one replica's consumer.",
                        &[(
                            r#"max by (service, consumer) (wing_events_listening{service=~"$service"})"#,
                            "{{service}} {{consumer}}",
                        )],
                    ),
                ],
            ),
            row(
                "What is heard",
                [
                    lines(
                        "Events by outcome",
                        "ops",
                        "Events a second: done; known, heard before and without effect; failed, which come again; waits, when the database was away; unknown, given back for a newer release.",
                        &[(
                            r#"sum by (consumer, outcome) (rate(wing_events_told_total{service=~"$service"}[$__rate_interval]))"#,
                            "{{consumer}} {{outcome}}",
                        )],
                    ),
                    lines(
                        "Until it has its effect",
                        "s",
                        "Seconds from what happened until the consumer had acted.",
                        &[
                            (
                                r#"histogram_quantile(0.5, sum by (consumer, le) (rate(wing_event_lag_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{consumer}} median",
                            ),
                            (
                                r#"histogram_quantile(0.95, sum by (consumer, le) (rate(wing_event_lag_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{consumer}} p95",
                            ),
                        ],
                    )
                    .bad_from(60.0),
                    lines(
                        "Waiting at the broker",
                        "short",
                        "Events that the broker held for a consumer when it handed one over last.",
                        &[(
                            r#"min by (service, consumer) (wing_events_pending{service=~"$service"})"#,
                            "{{consumer}}",
                        )],
                    ),
                    lines(
                        "Parked",
                        "short",
                        "Events that a consumer gave up, until they are delivered again: `wing-music events parked`, `… events retry`.",
                        &[(
                            r#"max by (service, consumer) (wing_parked_events{service=~"$service"})"#,
                            "{{consumer}}",
                        )],
                    )
                    .bad_from(1.0)
                    .wide(12),
                    lines(
                        "Parked anew",
                        "short",
                        "Events given up in the last hour.",
                        &[(
                            r#"sum by (service, consumer) (increase(wing_events_parked_total{service=~"$service"}[1h]))"#,
                            "{{consumer}}",
                        )],
                    )
                    .wide(12),
                ],
            ),
            row(
                "What is asked",
                [
                    lines(
                        "Calls by outcome",
                        "reqps",
                        "Calls a second: ok; refused, an answer; failed, no or an invalid response; late, timed out; open, not sent since the circuit is open.",
                        &[(
                            r#"sum by (service, to, outcome) (rate(wing_calls_total{service=~"$service"}[$__rate_interval]))"#,
                            "{{service}} → {{to}} {{outcome}}",
                        )],
                    ),
                    lines(
                        "Calls in vain",
                        "percentunit",
                        "Share of calls without an answer. Pages leave out what they could not learn.",
                        &[(r#"wing:calls:lost_ratio5m{service=~"$service"}"#, "{{service}} → {{to}}")],
                    )
                    .bad_from(0.2),
                    lines(
                        "Circuits open",
                        "reqps",
                        "Calls a second that were not sent because the circuit is open: half of the six before failed.",
                        &[(
                            r#"sum by (service, to) (rate(wing_calls_total{service=~"$service", outcome="open"}[$__rate_interval]))"#,
                            "{{service}} → {{to}}",
                        )],
                    ),
                    lines(
                        "Time a call takes",
                        "s",
                        "Seconds of a call, attempts together. All calls of one request share 400 ms.",
                        &[
                            (
                                r#"histogram_quantile(0.5, sum by (service, to, le) (rate(wing_call_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{service}} → {{to}} median",
                            ),
                            (
                                r#"histogram_quantile(0.99, sum by (service, to, le) (rate(wing_call_seconds_bucket{service=~"$service"}[$__rate_interval])))"#,
                                "{{service}} → {{to}} p99",
                            ),
                        ],
                    )
                    .bad_from(0.4)
                    .wide(12),
                    lines(
                        "Calls by what is asked",
                        "reqps",
                        "Calls a second by path.",
                        &[(
                            r#"sum by (to, path) (rate(wing_calls_total{service=~"$service"}[$__rate_interval]))"#,
                            "{{to}} {{path}}",
                        )],
                    )
                    .wide(12),
                ],
            ),
        ],
    }
}
