//! How values are stored: ids as [`Key`], times as 64-bit integers, words as text.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::HasSqlType;
pub use wing_contracts::sql::Key;
use wing_contracts::{Id, Role, Timestamp};

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

/// Lets a type that is a column of both databases be one of whichever is configured.
#[macro_export]
#[doc(hidden)]
macro_rules! column_of_either {
    ($type:ty, $sql:ty) => {
        const _: () = {
            use ::diesel::backend::Backend;
            use ::diesel::deserialize::{self, FromSql};
            use ::diesel::serialize::{self, IsNull, Output, ToSql};
            use $crate::db::MultiBackend;

            impl FromSql<$sql, MultiBackend> for $type {
                fn from_sql(
                    value: <MultiBackend as Backend>::RawValue<'_>,
                ) -> deserialize::Result<Self> {
                    value.from_sql::<Self, $sql>()
                }
            }
            impl ToSql<$sql, MultiBackend> for $type {
                fn to_sql<'b>(
                    &'b self,
                    out: &mut Output<'b, '_, MultiBackend>,
                ) -> serialize::Result {
                    out.set_value((<$sql>::default(), self));
                    Ok(IsNull::No)
                }
            }
        };
    };
}

/// Lets a type stand as a text column by its `as_str` and `FromStr`: for enums and
/// values that are stored as a word. Reading a word that is none is an error, unless
/// a value is given for it: `text_column!(T, unknown = value)`.
#[macro_export]
macro_rules! text_column {
    ($type:ty $(, unknown = $unknown:expr)?) => {
        ::wing_contracts::text_column!($type $(, unknown = $unknown)?);
        $crate::column_of_either!($type, ::diesel::sql_types::Text);
    };
}

/// Lets a type stand as a text column by its JSON: for short lists that no query looks
/// into.
#[macro_export]
macro_rules! json_column {
    ($type:ty) => {
        ::wing_contracts::json_column!($type);
        $crate::column_of_either!($type, ::diesel::sql_types::Text);
    };
}

column_of_either!(Timestamp, diesel::sql_types::BigInt);
column_of_either!(Role, diesel::sql_types::Text);
