//! Amounts of money as every domain stores, sends and adds them up.

mod currency;
mod parse;
mod share;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use currency::Currency;
pub use share::BasisPoints;

/// An amount in the minor unit of its currency (ISO 4217): 5000 is ₩5,000 in
/// `KRW`, which has no minor unit, and $50.00 in `USD`. Never a float. Negative
/// amounts exist for balances; what a person types is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "amount": 5000, "currency": "KRW" }))]
pub struct Money {
    /// Minor units of the currency.
    #[schema(example = 5000)]
    amount: i64,
    /// ISO 4217.
    currency: Currency,
}

/// Why two amounts have no sum, or a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies have no sum without a rate.
    #[error("{0} and {1} are two currencies")]
    CurrencyMismatch(Currency, Currency),
    /// The result does not fit in 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// The text is not an amount.
    #[error("not an amount")]
    NotAnAmount,
    /// The text is a negative amount.
    #[error("a negative amount")]
    Negative,
    /// The text has more decimals than the currency.
    #[error("{0} has {digits} decimals", digits = .0.digits())]
    TooManyDecimals(Currency),
}

impl Money {
    /// `amount` minor units of `currency`.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing of `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Minor units.
    pub const fn amount(self) -> i64 {
        self.amount
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// `count` times this, such as the price of several tickets.
    pub fn checked_mul(self, count: u32) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(i64::from(count));
        let amount = amount.ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    fn combine(
        self,
        other: Self,
        operation: impl FnOnce(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let amount = operation(self.amount, other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }
}

/// For logs and programs: `12.34 USD`. People read what `wing_ui::Lang::money`
/// writes.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let unit = 10_u64.pow(digits);
        let sign = if self.amount < 0 { "-" } else { "" };
        let amount = self.amount.unsigned_abs();
        write!(f, "{sign}{}", amount / unit)?;
        if digits > 0 {
            write!(f, ".{:0width$}", amount % unit, width = digits as usize)?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
mod tests;
