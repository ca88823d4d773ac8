//! How ids and times are stored: ids as [`Key`], times as 64-bit integers.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, HasSqlType};
pub use wing_contracts::sql::Key;
use wing_contracts::{Id, Timestamp};

use super::conn::MultiBackend;

impl HasSqlType<Key> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Key>(lookup)
    }
}

impl<K: 'static> FromSql<Key, MultiBackend> for Id<K> {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Key>()
    }
}

impl<K: 'static> ToSql<Key, MultiBackend> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Key, self));
        Ok(IsNull::No)
    }
}

/// Where a [`Timestamp`] is wanted in a row struct:
/// `#[diesel(deserialize_as = Time)]`. Writing takes the integer, `at.0`.
#[derive(Debug, Clone, Copy)]
pub struct Time(i64);

impl<DB: Backend> Queryable<BigInt, DB> for Time
where
    i64: FromSql<BigInt, DB>,
{
    type Row = i64;
    fn build(row: i64) -> deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        Self(time.0)
    }
}
