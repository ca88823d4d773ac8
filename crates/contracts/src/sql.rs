//! Ids in diesel queries, behind the feature `diesel`.
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
use diesel::sql_types::{Binary, Nullable};
use diesel::sqlite::Sqlite;

use crate::Id;

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
