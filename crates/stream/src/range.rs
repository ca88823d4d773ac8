//! `Range: bytes=…` (RFC 9110 §14.1.2 and §14.2), with a bound on what one
//! request may ask for.

use std::ops::Range;

/// The most range-specs one `Range` header may hold. A header with more is
/// ignored, as RFC 9110 §14.2 allows: the answer is then the whole file, which
/// costs no more than any other download, and a client with an unusual wish
/// still gets the bytes it wanted.
pub const MAX_RANGES: usize = 16;

/// What a request asked for, measured against a file's length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// No range applies: send everything with 200.
    Whole,
    /// These bytes, never empty and none of them overlapping or touching, in
    /// the order in which they were asked for. At most [`MAX_RANGES`].
    Parts(Vec<Range<u64>>),
    /// Well-formed, but nothing of it lies within the file: 416.
    Unsatisfiable,
}

/// Reads the value of a `Range` header for a file of `len` bytes.
///
/// Another unit, malformed text and more than [`MAX_RANGES`] specs count as no
/// range at all. So does any range of an empty file: `Content-Range` has no
/// way to name zero bytes, and clients that put a range on every request are
/// better served by an empty 200 than by a refusal.
///
/// Ranges that overlap or touch are joined (§15.3.7.2), so the parts together
/// never exceed the file. Numbers beyond 64 bits count as "past the end".
pub fn select(value: &str, len: u64) -> Selection {
    let Some((unit, set)) = value.split_once('=') else {
        return Selection::Whole;
    };
    if !unit.eq_ignore_ascii_case("bytes") || len == 0 {
        return Selection::Whole;
    }
    let mut parts: Vec<Range<u64>> = Vec::with_capacity(1);
    let mut seen = 0;
    for spec in set.split(',').map(|spec| spec.trim_matches([' ', '\t'])) {
        // Empty list elements are to be skipped (§5.6.1.2), but not for free:
        // a header made of commas is bounded by the server's header limit.
        if spec.is_empty() {
            continue;
        }
        seen += 1;
        if seen > MAX_RANGES {
            return Selection::Whole;
        }
        match Spec::parse(spec) {
            None => return Selection::Whole,
            Some(spec) => {
                if let Some(range) = spec.within(len) {
                    join(&mut parts, range);
                }
            }
        }
    }
    match (seen, parts.is_empty()) {
        (0, _) => Selection::Whole,
        (_, true) => Selection::Unsatisfiable,
        (_, false) => Selection::Parts(parts),
    }
}

/// One range-spec as it was written, both ends inclusive.
enum Spec {
    /// `first-` or `first-last`
    From { first: u64, last: u64 },
    /// `-count`
    Last { count: u64 },
}

impl Spec {
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        if first.is_empty() {
            return Some(Self::Last {
                count: digits(last)?,
            });
        }
        let first = digits(first)?;
        if last.is_empty() {
            return Some(Self::From {
                first,
                last: u64::MAX,
            });
        }
        let last = digits(last)?;
        (first <= last).then_some(Self::From { first, last })
    }

    /// The bytes meant, of a file of `len` bytes; none when there are none.
    fn within(&self, len: u64) -> Option<Range<u64>> {
        let range = match *self {
            Self::From { first, last } => first..last.saturating_add(1).min(len),
            Self::Last { count } => len.saturating_sub(count)..len,
        };
        (range.start < range.end).then_some(range)
    }
}

/// `1*DIGIT`, where a number too large for 64 bits becomes the largest one.
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u64, |value, byte| {
        byte.is_ascii_digit().then(|| {
            value
                .saturating_mul(10)
                .saturating_add(u64::from(byte - b'0'))
        })
    })
}

/// Adds a range, taking in every part that it overlaps or touches. The joined
/// part stands where the first of them stood.
fn join(parts: &mut Vec<Range<u64>>, mut range: Range<u64>) {
    let mut at = parts.len();
    let mut index = 0;
    // One pass is enough: the parts already held are apart from each other, so
    // what the range grows by can only reach parts it already touched.
    while index < parts.len() {
        let part = &parts[index];
        if part.start <= range.end && range.start <= part.end {
            range = part.start.min(range.start)..part.end.max(range.end);
            at = at.min(index);
            parts.remove(index);
        } else {
            index += 1;
        }
    }
    parts.insert(at, range);
}

#[cfg(test)]
#[expect(
    clippy::single_range_in_vec_init,
    reason = "lists of ranges are what is compared"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(value: &str, len: u64) -> Vec<Range<u64>> {
        match select(value, len) {
            Selection::Parts(parts) => parts,
            other => panic!("{value}: {other:?}"),
        }
    }

    #[test]
    fn reads_every_form_of_a_range() {
        for (value, expected) in [
            ("bytes=0-0", vec![0..1]),
            ("bytes=10-19", vec![10..20]),
            ("bytes=90-", vec![90..100]),
            ("bytes=99-99", vec![99..100]),
            ("bytes=-1", vec![99..100]),
            ("bytes=-1000", vec![0..100]),
            ("bytes=50-1000", vec![50..100]),
            ("BYTES=1-2", vec![1..3]),
            ("bytes= 0-9, 20-29 ,\t40-", vec![0..10, 20..30, 40..100]),
            ("bytes=,,5-6,,", vec![5..7]),
            ("bytes=000000000000000000000005-6", vec![5..7]),
            ("bytes=5-99999999999999999999999999", vec![5..100]),
            ("bytes=-99999999999999999999999999", vec![0..100]),
        ] {
            assert_eq!(parts(value, 100), expected, "{value}");
        }
    }

    #[test]
    fn takes_malformed_ranges_as_no_range() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-b",
            "bytes=1",
            "bytes=2-1",
            "bytes=1-2-3",
            "bytes=+1-2",
            "bytes=1 - 2",
            "bytes=0-1,x",
            "items=0-1",
            "bytes =0-1",
            "bytes=0x1-2",
            "bytes=١-٢",
            "bytes=--1",
            "bytes=0-1;2-3",
        ] {
            assert_eq!(select(value, 100), Selection::Whole, "{value:?}");
        }
    }

    #[test]
    fn knows_what_lies_outside_the_file() {
        for value in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=-0",
            "bytes=100-,500-600",
            "bytes=18446744073709551615-",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(select(value, 100), Selection::Unsatisfiable, "{value}");
        }
        assert_eq!(parts("bytes=100-,3-4,-0", 100), vec![3..5]);
    }

    #[test]
    fn an_empty_file_has_no_ranges() {
        for value in ["bytes=0-", "bytes=-5", "bytes=0-0"] {
            assert_eq!(select(value, 0), Selection::Whole);
        }
    }

    #[test]
    fn joins_what_overlaps_or_touches_and_keeps_the_order() {
        assert_eq!(parts("bytes=50-59,0-9,55-69", 100), vec![50..70, 0..10]);
        assert_eq!(parts("bytes=0-9,10-19", 100), vec![0..20]);
        assert_eq!(parts("bytes=0-9,20-29,40-49,5-44", 100), vec![0..50]);
        assert_eq!(parts("bytes=80-,0-9,-30", 100), vec![70..100, 0..10]);
        assert_eq!(parts("bytes=0-9,11-19", 100), vec![0..10, 11..20]);
    }

    #[test]
    fn more_ranges_than_the_bound_are_ignored() {
        let of = |count: usize| {
            let specs: Vec<_> = (0..count).map(|n| format!("{}-{}", n * 2, n * 2)).collect();
            select(&format!("bytes={}", specs.join(",")), 10_000)
        };
        assert!(matches!(of(MAX_RANGES), Selection::Parts(parts) if parts.len() == MAX_RANGES));
        assert_eq!(of(MAX_RANGES + 1), Selection::Whole);
        assert_eq!(of(1_000), Selection::Whole);
    }

    proptest! {
        #[test]
        fn never_panics(value in ".{0,200}", len: u64) {
            select(&value, len);
        }

        #[test]
        fn never_panics_on_what_looks_like_ranges(
            value in "bytes=([0-9]{0,22}-[0-9]{0,22}[, ]{0,3}){0,20}", len: u64,
        ) {
            select(&value, len);
        }

        /// The parts cover exactly the bytes asked for, once each.
        #[test]
        fn covers_exactly_the_bytes_asked_for(
            specs in prop::collection::vec(
                prop_oneof![
                    (0_u64..80, 0_u64..80).prop_map(|(a, b)| (Some(a.min(b)), Some(a.max(b)))),
                    (0_u64..80).prop_map(|a| (Some(a), None)),
                    (0_u64..80).prop_map(|a| (None, Some(a))),
                ],
                1..=MAX_RANGES,
            ),
            len in 1_u64..64,
        ) {
            let text = |n: &Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
            let value: Vec<_> =
                specs.iter().map(|(a, b)| format!("{}-{}", text(a), text(b))).collect();
            let wanted: Vec<bool> = (0..len)
                .map(|byte| specs.iter().any(|spec| match *spec {
                    (Some(a), Some(b)) => (a..=b).contains(&byte),
                    (Some(a), None) => a <= byte,
                    (None, Some(count)) => byte >= len.saturating_sub(count),
                    (None, None) => false,
                }))
                .collect();
            let parts = match select(&format!("bytes={}", value.join(",")), len) {
                Selection::Parts(parts) => parts,
                Selection::Unsatisfiable => Vec::new(),
                Selection::Whole => panic!("a valid set was ignored"),
            };
            let mut times = vec![0; usize::try_from(len).unwrap()];
            for part in &parts {
                for byte in part.clone() {
                    times[usize::try_from(byte).unwrap()] += 1;
                }
            }
            let expected: Vec<i32> = wanted.iter().map(|&wanted| i32::from(wanted)).collect();
            prop_assert_eq!(times, expected);
            let mut sorted = parts.clone();
            sorted.sort_by_key(|part| part.start);
            prop_assert!(sorted.windows(2).all(|two| two[0].end < two[1].start), "{:?}", parts);
        }
    }
}
