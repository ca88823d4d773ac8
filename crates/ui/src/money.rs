//! Amounts of money as the reader writes them.

use wing_contracts::{Currency, Money};

use crate::Lang;

impl Lang {
    /// An amount with the sign that readers of the language know: `5,000원` and
    /// `US$12.34` in Korean, `₩5,000` and `$12.34` in English. What it writes
    /// for an amount of at least zero, [`Money::parse`] reads.
    pub fn money(self, money: Money) -> String {
        let (before, after) = signs(self, money.currency());
        let digits = money.currency().digits();
        let unit = 10_u64.pow(digits);
        let amount = money.amount().unsigned_abs();
        let minus = if money.amount() < 0 { "-" } else { "" };
        let whole = self.number(amount / unit);
        if digits == 0 {
            return format!("{minus}{before}{whole}{after}");
        }
        let decimals = amount % unit;
        let width = digits as usize;
        format!("{minus}{before}{whole}.{decimals:0width$}{after}")
    }
}

/// What stands before and after an amount (Unicode CLDR, short forms of each
/// language; won by their word in Korean, as shops write them).
fn signs(lang: Lang, currency: Currency) -> (&'static str, &'static str) {
    match (lang, currency) {
        (Lang::Ko, Currency::Krw) => ("", "원"),
        (Lang::En, Currency::Krw) => ("₩", ""),
        (Lang::Ko, Currency::Usd) => ("US$", ""),
        (Lang::En, Currency::Usd) => ("$", ""),
        (Lang::Ko, Currency::Jpy) => ("JP¥", ""),
        (Lang::En, Currency::Jpy) => ("¥", ""),
        (_, Currency::Eur) => ("€", ""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_language_writes_money_its_own_way() {
        let won = Money::new(5_000, Currency::Krw);
        let dollars = Money::new(123_405, Currency::Usd);
        assert_eq!(Lang::Ko.money(won), "5,000원");
        assert_eq!(Lang::En.money(won), "₩5,000");
        assert_eq!(Lang::Ko.money(dollars), "US$1,234.05");
        assert_eq!(Lang::En.money(dollars), "$1,234.05");
        assert_eq!(Lang::En.money(Money::new(-5, Currency::Eur)), "-€0.05");
        let most = Money::new(i64::MAX, Currency::Krw);
        assert_eq!(Lang::En.money(most), "₩9,223,372,036,854,775,807");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            amount in 0..=i64::MAX,
            currency in proptest::sample::select(Currency::ALL),
            lang in proptest::sample::select(&[Lang::Ko, Lang::En][..]),
        ) {
            let money = Money::new(amount, currency);
            prop_assert_eq!(Money::parse(&lang.money(money), currency), Ok(money));
        }
    }
}
