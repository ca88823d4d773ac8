//! Parts of an amount that add up to the whole again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Money, MoneyError};

/// Hundredths of a percent: 500 are 5%. From 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schema(value_type = u16, example = 500, maximum = 10_000)]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// `None` above 10,000, which is all of it.
    pub const fn new(points: u16) -> Option<Self> {
        if points <= Self::WHOLE.0 {
            Some(Self(points))
        } else {
            None
        }
    }

    /// The number, from 0 to 10,000.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for BasisPoints {
    type Error = &'static str;

    fn try_from(points: u16) -> Result<Self, Self::Error> {
        Self::new(points).ok_or("more than 10000 basis points")
    }
}

impl From<BasisPoints> for u16 {
    fn from(points: BasisPoints) -> Self {
        points.0
    }
}

impl Money {
    /// A fee of `rate` and what is left of the amount without it. The fee is
    /// rounded to the nearest minor unit and a half to the even one, so that
    /// many small fees favour nobody; fee and rest add up to the amount.
    pub fn split_fee(self, rate: BasisPoints) -> (Self, Self) {
        let whole = i128::from(BasisPoints::WHOLE.0);
        let exact = i128::from(self.amount) * i128::from(rate.0);
        let (floor, rest) = (exact.div_euclid(whole), exact.rem_euclid(whole));
        let is_up = rest * 2 > whole || (rest * 2 == whole && floor % 2 != 0);
        // At most as far from zero as the amount, since the rate is at most one.
        let fee = i64::try_from(floor + i128::from(is_up)).unwrap_or(self.amount);
        let part = |amount| Self::new(amount, self.currency);
        (part(fee), part(self.amount - fee))
    }

    /// The amount in shares that are to each other as `weights`, and add up to
    /// it: each gets its exact share rounded down, and the units that remain go
    /// to those that lost most by it (largest remainder), the first of equals
    /// first. Fails when no weight is above zero, or for a negative amount.
    pub fn split(self, weights: &[u32]) -> Result<Vec<Self>, MoneyError> {
        let total: i128 = weights.iter().copied().map(i128::from).sum();
        if self.amount < 0 || total == 0 {
            return Err(MoneyError::NotAnAmount);
        }
        let exact = |weight: u32| i128::from(self.amount) * i128::from(weight);
        // A share is at most the amount.
        let floor = |weight: u32| i64::try_from(exact(weight) / total).unwrap_or(self.amount);
        let mut shares: Vec<i64> = weights.iter().map(|weight| floor(*weight)).collect();
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(exact(weights[*at]) % total));
        let left = self.amount - shares.iter().sum::<i64>();
        for (at, _) in order.into_iter().zip(0..left) {
            shares[at] += 1;
        }
        let part = |amount| Self::new(amount, self.currency);
        Ok(shares.into_iter().map(part).collect())
    }
}
