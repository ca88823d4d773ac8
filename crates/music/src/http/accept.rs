//! Which of several media types a client prefers (RFC 9110, 12.5.1).

/// The index of the offer that `accept` likes best, the first of equals. Where
/// it likes none, or says nothing, the first: something to listen to is better
/// than a refusal.
pub fn preferred(accept: Option<&str>, offers: &[&str]) -> usize {
    let Some(accept) = accept else { return 0 };
    let ranges: Vec<Range<'_>> = accept
        .split(',')
        .take(32)
        .filter_map(Range::parse)
        .collect();
    let mut best = (0, 0);
    for (index, offer) in offers.iter().enumerate() {
        let quality = quality(&ranges, offer);
        if quality > best.1 {
            best = (index, quality);
        }
    }
    best.0
}

struct Range<'a> {
    kind: &'a str,
    sub: &'a str,
    /// Thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, sub) = parts.next()?.split_once('/')?;
        let weight =
            parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = match weight {
            Some(weight) => {
                (weight
                    .parse::<f32>()
                    .ok()
                    .filter(|q| (0.0..=1.0).contains(q))?
                    * 1000.0) as u16
            }
            None => 1000,
        };
        Some(Self { kind, sub, quality })
    }

    /// How exactly this range means the type: not at all, by wildcard, exactly.
    fn precision(&self, kind: &str, sub: &str) -> Option<u8> {
        match (self.kind, self.sub) {
            (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(sub) => Some(2),
            (k, "*") if k.eq_ignore_ascii_case(kind) => Some(1),
            ("*", "*") => Some(0),
            _ => None,
        }
    }
}

/// The quality of the range that means the offer most exactly; 0 is "not".
fn quality(ranges: &[Range<'_>], offer: &str) -> u16 {
    let Some((kind, sub)) = offer.split_once('/') else {
        return 0;
    };
    ranges
        .iter()
        .filter_map(|range| Some((range.precision(kind, sub)?, range.quality)))
        .max()
        .map_or(0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFERS: [&str; 3] = ["audio/ogg", "audio/mp4", "audio/flac"];

    #[test]
    fn the_best_liked_is_chosen() {
        for (accept, chosen) in [
            (None, 0),
            (Some(""), 0),
            (Some("*/*"), 0),
            (Some("audio/*"), 0),
            (Some("audio/mp4"), 1),
            (Some("AUDIO/MP4"), 1),
            (Some("audio/ogg;q=0.5, audio/mp4"), 1),
            (Some("audio/*, audio/ogg;q=0"), 1),
            (Some("audio/*;q=0.1, audio/flac;q=0.2"), 2),
            (Some("audio/mp4; codecs=\"mp4a.40.2\"; q=0.9, */*;q=0.1"), 1),
            (Some("text/html"), 0),
            (Some("audio/mp4;q=7, audio/flac"), 2),
        ] {
            assert_eq!(preferred(accept, &OFFERS), chosen, "{accept:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_something_is_chosen(accept in "\\PC{0,200}") {
            prop_assert!(preferred(Some(&accept), &OFFERS) < OFFERS.len());
        }
    }
}
