//! `column IN (…)` for ids, as a statement that the database keeps.

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use wing_contracts::Id;
use wing_contracts::sql::Key;

use super::MultiBackend;

/// See [`any_of`].
#[derive(Clone, Debug)]
pub struct AnyOf<C, K: 'static> {
    column: C,
    ids: Vec<Id<K>>,
}

/// Whether `column` is one of `ids`. `eq_any` makes a statement for each number of
/// ids and prepares it anew each time; here the last id is repeated until there are
/// 1, 2, 4, 8, … of them, so that a few statements serve all and are kept.
pub fn any_of<C, K>(column: C, ids: &[Id<K>]) -> AnyOf<C, K> {
    let mut ids = ids.to_vec();
    if let Some(last) = ids.last().copied() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    AnyOf { column, ids }
}

impl<C, K> Expression for AnyOf<C, K> {
    type SqlType = Bool;
}
impl<C, K, GB> ValidGrouping<GB> for AnyOf<C, K> {
    type IsAggregate = is_aggregate::Never;
}
impl<C: AppearsOnTable<T>, K, T> AppearsOnTable<T> for AnyOf<C, K> {}
impl<C: SelectableExpression<T>, K, T> SelectableExpression<T> for AnyOf<C, K> {}
impl<C, K> QueryId for AnyOf<C, K> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<C: QueryFragment<MultiBackend>, K> QueryFragment<MultiBackend> for AnyOf<C, K> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let Some((first, rest)) = self.ids.split_first() else {
            out.push_sql("1 = 0");
            return Ok(());
        };
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        out.push_bind_param::<Key, _>(first)?;
        for id in rest {
            out.push_sql(", ");
            out.push_bind_param::<Key, _>(id)?;
        }
        out.push_sql(")");
        Ok(())
    }
}
