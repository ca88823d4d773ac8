//! Whatever set of ranges is asked for, the bytes that come are those of the
//! file at the places named.

mod support;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::header;
use support::{Server, content, parts};

/// Whether connections are those of this crate.
const OWN_CONNECTIONS: bool = true;

const LENGTH: usize = 900_000;

/// A range-spec and the bytes it means.
fn spec() -> impl Strategy<Value = (String, std::ops::Range<usize>)> {
    let place = prop_oneof![
        0..LENGTH + 10,
        0..40_usize,
        65_530..65_545_usize,
        LENGTH - 40..LENGTH
    ];
    prop_oneof![
        (place.clone(), place.clone()).prop_map(|(a, b)| {
            let (first, last) = (a.min(b), a.max(b));
            (
                format!("{first}-{last}"),
                first.min(LENGTH)..(last + 1).min(LENGTH),
            )
        }),
        place
            .clone()
            .prop_map(|first| (format!("{first}-"), first.min(LENGTH)..LENGTH)),
        place.prop_map(|count| (format!("-{count}"), LENGTH.saturating_sub(count)..LENGTH)),
    ]
}

#[actix_web::test]
async fn any_ranges_bring_exactly_their_bytes() {
    let server = Server::start();
    let bytes = content(LENGTH);
    server.put("song", &bytes);
    let mut runner = TestRunner::default();
    let sets = prop::collection::vec(spec(), 1..=16);
    for _ in 0..100 {
        let specs = sets.new_tree(&mut runner).unwrap().current();
        let texts: Vec<_> = specs.iter().map(|(text, _)| text.as_str()).collect();
        let asked = format!("bytes={}", texts.join(", "));
        let answer = server.get("song", &[(header::RANGE, &asked)]).await;
        let wanted: Vec<_> = specs
            .iter()
            .map(|(_, range)| range.clone())
            .filter(|r| !r.is_empty())
            .collect();
        let came = match answer.status.as_u16() {
            206 if answer.headers.contains_key(header::CONTENT_RANGE) => {
                vec![(
                    answer.header(header::CONTENT_RANGE).to_owned(),
                    answer.body.clone(),
                )]
            }
            206 => {
                let length = answer.header(header::CONTENT_LENGTH);
                assert_eq!(length, answer.body.len().to_string(), "{asked}");
                parts(&answer)
                    .into_iter()
                    .map(|part| (part.content_range, part.body))
                    .collect()
            }
            416 => {
                assert!(wanted.is_empty(), "{asked}");
                continue;
            }
            other => panic!("{asked}: {other}"),
        };
        let mut covered = vec![false; LENGTH];
        for (named, body) in came {
            let (range, total) = named
                .strip_prefix("bytes ")
                .unwrap()
                .split_once('/')
                .unwrap();
            let (first, last) = range.split_once('-').unwrap();
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            assert_eq!(total, LENGTH.to_string());
            assert!(body == bytes[first..=last], "{asked}: {named}");
            covered[first..=last].fill(true);
        }
        let mut expected = vec![false; LENGTH];
        for range in wanted {
            expected[range].fill(true);
        }
        assert!(covered == expected, "{asked}");
    }
}
