//! Ids, times and words in diesel queries, behind the feature `diesel`.
//!
//! The orphan rule wants these beside the type. [`Key`] is `uuid` in
//! PostgreSQL and a 16-byte blob in SQLite.

use std::io::Write as _;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel::sqlite::Sqlite;

use crate::{Id, Role, Timestamp};

/// The SQL type of every id.
#[derive(
    Debug, Clone, Copy, Default, diesel::sql_types::SqlType, diesel::query_builder::QueryId,
)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Key;

fn sixteen<T>(id: Option<T>) -> deserialize::Result<T> {
    id.ok_or_else(|| "an id of other than 16 bytes".into())
}

impl<K> FromSql<Key, Pg> for Id<K> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        sixteen(Self::from_slice(value.as_bytes()))
    }
}

impl<K> FromSql<Key, Sqlite> for Id<K> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        sixteen(Self::from_slice(&bytes))
    }
}

impl<K: 'static> ToSql<Key, Pg> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<K: 'static> ToSql<Key, Sqlite> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl<K: 'static, DB: Backend> ToSql<Nullable<Key>, DB> for Id<K>
where
    Self: ToSql<Key, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <Self as ToSql<Key, DB>>::to_sql(self, out)
    }
}

/// Lets a type stand as a text column of either database by its `as_str` and
/// `FromStr`: for enums and values that are stored as a word. Reading a word that is
/// none of them is an error, unless a value is given for it, `text_column!(T, unknown
/// = value)`: a newer replica may have stored a word that this one does not know.
#[macro_export]
macro_rules! text_column {
    (@read $type:ty, $read:expr) => {
        const _: () = {
            use ::diesel::deserialize::{self, FromSql};
            use ::diesel::serialize::{self, IsNull, Output, ToSql};
            use ::diesel::sql_types::Text;
            use ::diesel::{pg::Pg, sqlite::Sqlite};

            impl ToSql<Text, Pg> for $type {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    ::std::io::Write::write_all(out, self.as_str().as_bytes())?;
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, Sqlite> for $type {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(self.as_str());
                    Ok(IsNull::No)
                }
            }
            impl FromSql<Text, Pg> for $type {
                fn from_sql(value: ::diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {
                    ($read)(<String as FromSql<Text, Pg>>::from_sql(value)?)
                }
            }
            impl FromSql<Text, Sqlite> for $type {
                fn from_sql(
                    value: <Sqlite as ::diesel::backend::Backend>::RawValue<'_>,
                ) -> deserialize::Result<Self> {
                    ($read)(<String as FromSql<Text, Sqlite>>::from_sql(value)?)
                }
            }
        };
        $crate::column_of!($type, ::diesel::sql_types::Text);
    };
    ($type:ty) => {
        $crate::text_column!(@read $type, |text: String| {
            text.parse().map_err(|error| format!("{text:?}: {error}").into())
        });
    };
    ($type:ty, unknown = $unknown:expr) => {
        $crate::text_column!(@read $type, |text: String| Ok(text.parse().unwrap_or($unknown)));
    };
}

/// Lets a type stand as a text column of either database by its JSON: for short lists
/// that no query looks into.
#[macro_export]
macro_rules! json_column {
    ($type:ty) => {
        const _: () = {
            use ::diesel::deserialize::{self, FromSql};
            use ::diesel::serialize::{self, IsNull, Output, ToSql};
            use ::diesel::sql_types::Text;
            use ::diesel::{pg::Pg, sqlite::Sqlite};

            impl ToSql<Text, Pg> for $type {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    ::serde_json::to_writer(out, self)?;
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, Sqlite> for $type {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(::serde_json::to_string(self)?);
                    Ok(IsNull::No)
                }
            }
            impl FromSql<Text, Pg> for $type {
                fn from_sql(value: ::diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {
                    Ok(::serde_json::from_slice(value.as_bytes())?)
                }
            }
            impl FromSql<Text, Sqlite> for $type {
                fn from_sql(
                    value: <Sqlite as ::diesel::backend::Backend>::RawValue<'_>,
                ) -> deserialize::Result<Self> {
                    let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
                    Ok(::serde_json::from_str(&text)?)
                }
            }
        };
        $crate::column_of!($type, ::diesel::sql_types::Text);
    };
}

/// What is the same of every type that stands as a column of `$sql`.
#[macro_export]
#[doc(hidden)]
macro_rules! column_of {
    ($type:ty, $sql:ty) => {
        const _: () = {
            use ::diesel::backend::Backend;
            use ::diesel::deserialize::{self, FromSql, Queryable};
            use ::diesel::expression::AsExpression;
            use ::diesel::internal::derives::as_expression::Bound;
            use ::diesel::serialize::{self, Output, ToSql};
            use ::diesel::sql_types::Nullable;

            impl<DB: Backend> ToSql<Nullable<$sql>, DB> for $type
            where
                Self: ToSql<$sql, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    <Self as ToSql<$sql, DB>>::to_sql(self, out)
                }
            }
            impl AsExpression<$sql> for $type {
                type Expression = Bound<$sql, Self>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl<'a> AsExpression<$sql> for &'a $type {
                type Expression = Bound<$sql, &'a $type>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl AsExpression<Nullable<$sql>> for $type {
                type Expression = Bound<Nullable<$sql>, Self>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl<'a> AsExpression<Nullable<$sql>> for &'a $type {
                type Expression = Bound<Nullable<$sql>, &'a $type>;
                fn as_expression(self) -> Self::Expression {
                    Bound::new(self)
                }
            }
            impl<DB: Backend> Queryable<$sql, DB> for $type
            where
                Self: FromSql<$sql, DB>,
            {
                type Row = Self;
                fn build(row: Self) -> deserialize::Result<Self> {
                    Ok(row)
                }
            }
        };
    };
}

text_column!(Role);
column_of!(Timestamp, BigInt);

impl FromSql<BigInt, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Pg>>::from_sql(value).map(Self)
    }
}

impl FromSql<BigInt, Sqlite> for Timestamp {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Sqlite>>::from_sql(value).map(Self)
    }
}

impl ToSql<BigInt, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <i64 as ToSql<BigInt, Pg>>::to_sql(&self.0, out)
    }
}

impl ToSql<BigInt, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        <i64 as ToSql<BigInt, Sqlite>>::to_sql(&self.0, out)
    }
}

macro_rules! as_expression {
    ($($sql:ty),*) => {$(
        impl<K> AsExpression<$sql> for Id<K> {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl<'a, K> AsExpression<$sql> for &'a Id<K> {
            type Expression = Bound<$sql, &'a Id<K>>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
    )*};
}
as_expression!(Key, Nullable<Key>);

impl<K, DB: Backend> Queryable<Key, DB> for Id<K>
where
    Self: FromSql<Key, DB>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}
