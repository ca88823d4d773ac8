use proptest::prelude::*;

use super::Currency::{Eur, Jpy, Krw, Usd};
use super::*;

fn currencies() -> impl Strategy<Value = Currency> {
    proptest::sample::select(Currency::ALL)
}

#[test]
fn reads_what_people_type() {
    for (text, currency, amount) in [
        ("5000", Krw, 5000),
        ("5,000", Krw, 5000),
        (" ₩1,234,567 ", Krw, 1_234_567),
        ("5,000원", Krw, 5000),
        ("5,000 KRW", Krw, 5000),
        ("12.34", Usd, 1234),
        ("$12.3", Usd, 1230),
        ("US$1,012", Usd, 101_200),
        ("USD 0.05", Usd, 5),
        ("€7", Eur, 700),
        ("￥300", Jpy, 300),
        ("0", Krw, 0),
    ] {
        assert_eq!(
            Money::parse(text, currency),
            Ok(Money::new(amount, currency)),
            "{text}"
        );
    }
}

#[test]
fn refuses_what_is_no_amount_or_not_exactly_one() {
    for (text, currency, error) in [
        ("", Krw, MoneyError::NotAnAmount),
        ("₩", Krw, MoneyError::NotAnAmount),
        ("12.", Usd, MoneyError::NotAnAmount),
        (".5", Usd, MoneyError::NotAnAmount),
        ("1,00", Usd, MoneyError::NotAnAmount),
        ("1000,000", Krw, MoneyError::NotAnAmount),
        ("1,,000", Krw, MoneyError::NotAnAmount),
        ("1e3", Krw, MoneyError::NotAnAmount),
        ("+5", Krw, MoneyError::NotAnAmount),
        ("$5", Krw, MoneyError::NotAnAmount),
        ("₩5원원", Krw, MoneyError::NotAnAmount),
        ("١٢", Krw, MoneyError::NotAnAmount),
        ("-5", Krw, MoneyError::Negative),
        ("$-5", Usd, MoneyError::Negative),
        ("5000.00", Krw, MoneyError::TooManyDecimals(Krw)),
        ("1.234", Usd, MoneyError::TooManyDecimals(Usd)),
        ("9223372036854775808", Krw, MoneyError::Overflow),
        ("92233720368547758.08", Usd, MoneyError::Overflow),
    ] {
        assert_eq!(Money::parse(text, currency), Err(error), "{text}");
    }
}

#[test]
fn is_an_integer_and_a_code_in_json() {
    let money = Money::new(-5, Usd);
    let json = r#"{"amount":-5,"currency":"USD"}"#;
    assert_eq!(serde_json::to_string(&money).ok().as_deref(), Some(json));
    assert_eq!(serde_json::from_str::<Money>(json).ok(), Some(money));
    for bad in [
        r#"{"amount":1.5,"currency":"USD"}"#,
        r#"{"amount":1,"currency":"usd"}"#,
        r#"{"amount":1,"currency":"XXX"}"#,
        r#"{"amount":1}"#,
    ] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
}

#[test]
fn only_amounts_of_one_currency_add_up() {
    let (won, dollar) = (Money::new(1, Krw), Money::new(1, Usd));
    assert_eq!(won.checked_add(won), Ok(Money::new(2, Krw)));
    assert_eq!(won.checked_sub(won), Ok(Money::zero(Krw)));
    assert_eq!(won.checked_mul(3), Ok(Money::new(3, Krw)));
    assert_eq!(
        won.checked_add(dollar),
        Err(MoneyError::CurrencyMismatch(Krw, Usd))
    );
    let most = Money::new(i64::MAX, Krw);
    assert_eq!(most.checked_add(won), Err(MoneyError::Overflow));
    assert_eq!(most.checked_mul(2), Err(MoneyError::Overflow));
    assert_eq!(
        Money::new(i64::MIN, Krw).checked_sub(won),
        Err(MoneyError::Overflow)
    );
}

#[test]
fn half_a_unit_of_a_fee_goes_to_the_even_one() {
    let fee = |amount, points| {
        let rate = BasisPoints::new(points).expect("a rate");
        Money::new(amount, Krw).split_fee(rate).0.amount()
    };
    assert_eq!(fee(10_000, 500), 500);
    assert_eq!((fee(10, 500), fee(30, 500), fee(50, 500)), (0, 2, 2));
    assert_eq!((fee(11, 500), fee(9, 500)), (1, 0));
    assert_eq!((fee(-10, 500), fee(-30, 500)), (0, -2));
    assert_eq!(
        (fee(i64::MAX, 10_000), fee(i64::MIN, 10_000)),
        (i64::MAX, i64::MIN)
    );
    assert_eq!(BasisPoints::new(10_001), None);
}

#[test]
fn units_that_remain_go_to_who_lost_most() {
    let split = |amount, weights: &[u32]| {
        let shares = Money::new(amount, Krw).split(weights).expect("shares");
        shares.into_iter().map(Money::amount).collect::<Vec<_>>()
    };
    assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(split(10, &[1, 2, 0]), [3, 7, 0]);
    assert_eq!(split(0, &[1, 1]), [0, 0]);
    assert!(Money::new(5, Krw).split(&[]).is_err());
    assert!(Money::new(5, Krw).split(&[0]).is_err());
    assert!(Money::new(-5, Krw).split(&[1]).is_err());
}

proptest! {
    #[test]
    fn what_is_displayed_is_read_again(amount in 0..=i64::MAX, currency in currencies()) {
        let money = Money::new(amount, currency);
        prop_assert_eq!(Money::parse(&money.to_string(), currency), Ok(money));
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"[-₩$€¥0-9,.원 A-Z]{0,24}|\PC*", currency in currencies()) {
        if let Ok(money) = Money::parse(&text, currency) {
            prop_assert!(money.amount() >= 0);
        }
    }

    #[test]
    fn fee_and_rest_are_the_whole(amount: i64, points in 0..=10_000_u16) {
        let money = Money::new(amount, Usd);
        let (fee, rest) = money.split_fee(BasisPoints::new(points).expect("a rate"));
        prop_assert_eq!(fee.checked_add(rest), Ok(money));
        prop_assert!(fee.amount().unsigned_abs() <= amount.unsigned_abs());
    }

    #[test]
    fn shares_are_the_whole(amount in 0..=i64::MAX, weights in proptest::collection::vec(any::<u32>(), 1..20)) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let money = Money::new(amount, Eur);
        let sum = money.split(&weights).expect("shares").into_iter().try_fold(Money::zero(Eur), Money::checked_add);
        prop_assert_eq!(sum, Ok(money));
    }

    #[test]
    fn a_sum_less_one_part_is_the_other(a: i64, b: i64) {
        let (a, b) = (Money::new(a, Jpy), Money::new(b, Jpy));
        match a.checked_add(b) {
            Ok(sum) => prop_assert_eq!(sum.checked_sub(b), Ok(a)),
            Err(error) => prop_assert_eq!(error, MoneyError::Overflow),
        }
    }
}
