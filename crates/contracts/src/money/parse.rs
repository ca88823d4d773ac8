//! What people type as an amount.

use super::{Currency, Money, MoneyError};

impl Money {
    /// Reads an amount of `currency` as people type it: `5000`, `5,000`,
    /// `₩5,000`, `5,000원`, `12.3` or `USD 12.34`. Thousands are separated by
    /// commas or not at all, decimals begin with a point. Refuses what has more
    /// decimals than the currency, rather than rounding it.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = bare(text, currency);
        if text.starts_with(['-', '\u{2212}']) {
            return Err(MoneyError::Negative);
        }
        let (whole, decimals) = match text.split_once('.') {
            Some((whole, decimals)) if is_digits(decimals) => (whole, decimals),
            Some(_) => return Err(MoneyError::NotAnAmount),
            None => (text, ""),
        };
        let whole = ungrouped(whole).ok_or(MoneyError::NotAnAmount)?;
        let digits = currency.digits() as usize;
        if decimals.len() > digits {
            return Err(MoneyError::TooManyDecimals(currency));
        }
        // Only digits are left, so what does not parse is too large.
        let amount = format!("{whole}{decimals:0<digits$}").parse::<i64>();
        let amount = amount.map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(amount, currency))
    }
}

/// The number without its currency's sign, code or word, of which one may stand
/// on either side.
fn bare(text: &str, currency: Currency) -> &str {
    let text = text.trim();
    let code = currency.code();
    let before = currency.symbols().iter().chain([&code]);
    let after = currency.words().iter().chain([&code]);
    let stripped = before
        .filter_map(|sign| text.strip_prefix(sign))
        .chain(after.filter_map(|word| text.strip_suffix(word)))
        .next();
    stripped.map_or(text, str::trim)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits of a whole number, whose groups of three may be separated by
/// commas. Other groups are refused: `12,34` is a decimal to half of the world.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next().filter(|first| is_digits(first))?;
    let mut digits = first.to_owned();
    let is_grouped = first.len() <= 3;
    for group in groups {
        if !is_grouped || group.len() != 3 || !is_digits(group) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}
