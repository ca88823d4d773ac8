//! The refusals of an amount that is not one. The amounts themselves
//! are [`wing_contracts::money`], since domains exchange them.

use wing_contracts::money::MoneyError;

use crate::problem::Invalid;

/// What is wrong with an amount in a request, for a field of its refusal.
impl From<MoneyError> for Invalid {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::NotAnAmount => Self::new(
                "not_an_amount",
                "An amount is a number, such as 5,000 or 12.34.",
            ),
            MoneyError::Negative => Self::new("negative", "An amount is not negative."),
            MoneyError::TooManyDecimals(_) => Self::new(
                "too_many_decimals",
                "The amount has more decimals than its currency.",
            ),
            MoneyError::Overflow => Self::new("too_large", "The amount is too large."),
            MoneyError::CurrencyMismatch(..) => Self::new(
                "currency_mismatch",
                "The amounts are not of the same currency.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use wing_contracts::{Currency, Money};

    use crate::problem::Checks;

    #[test]
    fn a_wrong_amount_is_explained_at_its_field() {
        let mut checks = Checks::new();
        let amount = Money::parse("12.5", Currency::Krw);
        let amount = checks.take("amount", amount.map_err(Into::into));
        let problem = checks.finish(amount).expect_err("won have no decimals");
        let error = problem.error_of("amount").expect("an error of the field");
        assert_eq!(error.code, "too_many_decimals");
    }
}
