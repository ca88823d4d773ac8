//! Formats amounts and durations for operators.

use wing_ui::Lang;

use crate::t;

/// How long something lasts already, in one unit: `8 s`, `3 min`, `5 h`, `2 d`.
pub fn span(lang: Lang, ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let (unit, count) = match seconds {
        0..60 => ("seconds", seconds),
        60..3600 => ("minutes", seconds / 60),
        3600..86_400 => ("hours", seconds / 3600),
        _ => ("days", seconds / 86_400),
    };
    t(lang, &format!("span.{unit}")).with("n", count).into()
}

/// Processor cores, with as many digits as a short interval justifies.
pub fn cores(cpus: f64) -> String {
    if cpus >= 9.95 {
        format!("{cpus:.0}")
    } else {
        format!("{:.2}", cpus.max(0.0))
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    }
}

/// Memory in the units in which machines are sold, without a false precision.
pub fn memory(bytes: u64) -> String {
    const MIB: f64 = 1_048_576.0;
    let mib = bytes as f64 / MIB;
    if mib >= 1024.0 {
        format!("{:.1} GiB", mib / 1024.0)
    } else {
        format!("{mib:.0} MiB")
    }
}

/// Requests a second.
pub fn rate(requests: f64) -> String {
    if requests > 0.0 && requests < 9.95 {
        format!("{requests:.1}")
    } else {
        format!("{requests:.0}")
    }
}

/// How much of `whole` a part is, from 0 to 100.
pub fn percent(part: f64, whole: f64) -> u8 {
    if whole > 0.0 {
        (part / whole * 100.0).round().clamp(0.0, 100.0) as u8
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        assert_eq!(
            [cores(0.0), cores(0.037), cores(1.5), cores(12.2)],
            ["0", "0.04", "1.5", "12"]
        );
        assert_eq!(memory(52_428_800), "50 MiB");
        assert_eq!(memory(8_589_934_592), "8.0 GiB");
        assert_eq!([rate(0.0), rate(0.25), rate(42.4)], ["0", "0.2", "42"]);
        assert_eq!(span(Lang::En, 59_999), "59 s");
        assert_eq!(span(Lang::Ko, 7_200_000), "2시간");
        assert_eq!(percent(3.0, 2.0), 100);
        assert_eq!(percent(1.0, 0.0), 0);
    }
}
