//! Numbers, durations, dates and "3 hours ago" as the reader writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{Lang, t};

/// A whole number, by value or by reference (templates pass references).
pub trait Count {
    /// The number; what does not fit is held at the ends of the range.
    fn count(&self) -> i64;
}

macro_rules! count {
    ($($number:ty),*) => {$(
        impl Count for $number {
            fn count(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}
count!(i64, i32, i16, u64, u32, u16, u8, usize);

impl<T: Count> Count for &T {
    fn count(&self) -> i64 {
        (**self).count()
    }
}

impl Lang {
    /// `12345` as `12,345`: both languages group by thousands with a comma.
    pub fn number(self, number: impl Count) -> String {
        let number = number.count();
        let digits = number.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if number < 0 {
            out.push('-');
        }
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    }

    /// A file's size, `12.3 MB`: as many bytes as shown or more.
    pub fn bytes(self, bytes: impl Count) -> String {
        let bytes = bytes.count().max(0);
        let steps = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
        match steps.into_iter().find(|(unit, _)| bytes >= *unit) {
            None => format!("{bytes} B"),
            Some((unit, name)) => {
                let tenths = bytes / (unit / 10);
                format!("{}.{} {name}", self.number(tenths / 10), tenths % 10)
            }
        }
    }

    /// A short count for cards: `1.2만` in Korean (which counts in ten
    /// thousands), `12.3K` in English. Always rounded down, so that nobody is
    /// shown more plays than there were.
    pub fn compact(self, number: impl Count) -> String {
        let number = number.count().max(0);
        let steps: &[(i64, &str)] = match self {
            Self::Ko => &[(100_000_000, "억"), (10_000, "만")],
            Self::En => &[(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")],
        };
        let Some((unit, sign)) = steps.iter().find(|(unit, _)| number >= *unit) else {
            return self.number(number);
        };
        let tenths = number / (unit / 10);
        if tenths >= 1000 || tenths % 10 == 0 {
            format!("{}{sign}", self.number(tenths / 10))
        } else {
            format!("{}.{}{sign}", self.number(tenths / 10), tenths % 10)
        }
    }

    /// A length in milliseconds as `3:07` or `1:02:03`; the same in both languages.
    pub fn duration(self, ms: impl Count) -> String {
        let seconds = ms.count().max(0) / 1000;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            format!("{hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("{minutes}:{seconds:02}")
        }
    }

    /// A length in words for those who listen to the page: `3분 7초`, `3 min 7 s`.
    pub fn duration_words(self, ms: impl Count) -> String {
        let seconds = ms.count().max(0) / 1000;
        String::from(
            t(self, "ui.format.duration")
                .with("m", seconds / 60)
                .with("s", seconds % 60),
        )
    }

    /// A day, written out: `2026년 11월 20일`, `20 November 2026` (UTC; scripts
    /// put it into the reader's own zone). Empty for a time out of range.
    pub fn date(self, ms: impl Count) -> String {
        let Ok(time) = Timestamp::from_millisecond(ms.count()) else {
            return String::new();
        };
        let day = time.to_zoned(TimeZone::UTC).date();
        let month = t(self, &format!("ui.format.month.{}", day.month()));
        t(self, "ui.format.date")
            .with("y", day.year())
            .with("month", month)
            .with("d", day.day())
            .into()
    }

    /// How long ago `then` was, seen from `now`: `방금`, `3시간 전`, `3 hours ago`;
    /// beyond 30 days, and for the future, the date.
    pub fn ago(self, then: impl Count, now: impl Count) -> String {
        let (then, now) = (then.count(), now.count());
        let minutes = now.saturating_sub(then) / 60_000;
        let (key, count) = match minutes {
            i64::MIN..0 => return self.date(then),
            0 => return t(self, "ui.format.now").into(),
            1..60 => ("minutes", minutes),
            60..1440 => ("hours", minutes / 60),
            1440..43_200 => ("days", minutes / 1440),
            _ => return self.date(then),
        };
        self.counted(&format!("ui.format.{key}"), count)
    }

    /// The text `key.one` or `key.many` with its `%{count}`: Korean has one form,
    /// English two, and both files carry both keys.
    pub fn counted(self, key: &str, count: impl Count) -> String {
        let count = count.count();
        let form = if count == 1 { "one" } else { "many" };
        t(self, &format!("{key}.{form}"))
            .with("count", self.number(count))
            .into()
    }

    /// The machine's form of a time for `<time datetime>`: RFC 3339, UTC.
    pub fn iso(self, ms: impl Count) -> String {
        Timestamp::from_millisecond(ms.count())
            .map(|time| time.to_string())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use crate::Lang::{En, Ko};

    #[test]
    fn groups_digits() {
        for (number, text) in [
            (0_i64, "0"),
            (999, "999"),
            (1000, "1,000"),
            (-1_234_567, "-1,234,567"),
        ] {
            assert_eq!(Ko.number(number), text);
        }
    }

    #[test]
    fn shortens_counts_as_each_language_counts() {
        assert_eq!(
            (Ko.compact(9_999), En.compact(9_999)),
            ("9,999".into(), "9.9K".into())
        );
        assert_eq!(
            (Ko.compact(12_345), En.compact(12_345)),
            ("1.2만".into(), "12.3K".into())
        );
        assert_eq!(
            (Ko.compact(20_000), En.compact(1_999_999)),
            ("2만".into(), "1.9M".into())
        );
        assert_eq!(
            (Ko.compact(-5), En.compact(i64::MAX)),
            ("0".into(), "9,223,372,036B".into())
        );
    }

    #[test]
    fn writes_lengths() {
        assert_eq!(Ko.duration(187_999), "3:07");
        assert_eq!(En.duration(3_723_000), "1:02:03");
        assert_eq!(
            (Ko.duration_words(187_000), En.duration_words(187_000)),
            ("3분 7초".into(), "3 min 7 s".into())
        );
    }

    #[test]
    fn writes_days_and_how_long_ago() {
        let then = 1_795_132_800_000_i64; // 2026-11-20T00:00:00Z
        assert_eq!(
            (Ko.date(then), En.date(then)),
            ("2026년 11월 20일".into(), "20 November 2026".into())
        );
        assert_eq!(En.ago(then, then + 3_600_000), "1 hour ago");
        assert_eq!(Ko.ago(then, then + 2 * 86_400_000), "2일 전");
        assert_eq!(Ko.ago(then, then + 5_000), "방금");
        assert_eq!(En.ago(then, then - 5_000_000), "20 November 2026");
        assert_eq!(En.date(i64::MAX), "");
    }
}
