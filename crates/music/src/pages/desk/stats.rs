//! An artist's last 30 days as small charts.

use std::fmt::Write as _;

/// Days a chart shows.
pub const DAYS: usize = 30;
const MS: i64 = 86_400_000;

/// One figure a day, oldest first, ending today (UTC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct Chart {
    /// The figures.
    pub days: [i64; DAYS],
    /// The first day's midnight (ms, UTC).
    pub from: i64,
}

impl Chart {
    /// The charts of plays and of likes, from what `artist_days` answers, seen
    /// from `now` (ms, UTC).
    pub fn of(rows: &[(i32, i64, i64)], now: i64) -> (Self, Self) {
        let first = now.div_euclid(MS) - (DAYS as i64 - 1);
        let empty = Self {
            days: [0; DAYS],
            from: first * MS,
        };
        let (mut plays, mut likes) = (empty.clone(), empty);
        for (day, played, liked) in rows {
            let index = usize::try_from(i64::from(*day) - first)
                .ok()
                .filter(|index| *index < DAYS);
            if let Some(index) = index {
                plays.days[index] = *played;
                likes.days[index] = *liked;
            }
        }
        (plays, likes)
    }

    /// The sum.
    pub fn total(&self) -> i64 {
        self.days.iter().sum()
    }

    /// The highest figure.
    pub fn most(&self) -> i64 {
        self.days.iter().copied().max().unwrap_or(0)
    }

    /// The last day's midnight (ms, UTC).
    pub fn to(&self) -> i64 {
        self.from + (DAYS as i64 - 1) * MS
    }

    /// One bar a day in a box 300 wide and 60 high; a day without is empty.
    pub fn bars(&self) -> String {
        let most = self.most().max(1) as f64;
        let mut path = String::new();
        for (index, count) in self.days.iter().enumerate() {
            if *count <= 0 {
                continue;
            }
            let height = *count as f64 / most * 60.0;
            let _ = write!(path, "M{} 60v-{height:.1}h7v{height:.1}z", index * 10 + 1);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_rows_are_days_without_plays() {
        let today = 20_000_i64;
        let rows = [(19_970, 100, 9), (19_971, 7, 1), (20_000, 3, -1)];
        let (plays, likes) = Chart::of(&rows, today * MS + 5);
        assert_eq!((plays.days[0], plays.days[29], plays.total()), (7, 3, 10));
        assert_eq!((likes.total(), likes.most()), (0, 1));
        assert_eq!((plays.from, plays.to()), ((today - 29) * MS, today * MS));
        assert_eq!(plays.bars().matches('M').count(), 2);
    }
}
