//! Points in time as every domain stores and sends them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Milliseconds since the Unix epoch, UTC.
///
/// An integer in both databases and in JSON, so that no time zone and no
/// text format can creep in between.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[schema(value_type = i64, example = 1_767_225_600_000_i64)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The same point `ms` milliseconds later (earlier when negative).
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The same point `seconds` later (earlier when negative).
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_ms(seconds.saturating_mul(1000))
    }

    /// Whole seconds since the Unix epoch, as JWT's NumericDate wants them.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}
