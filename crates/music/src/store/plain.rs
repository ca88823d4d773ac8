//! Parts of a query that stand in its text instead of being bound. SQLite needs
//! both to be quick: it uses a partial index only for what it can prove from the
//! text, and prepares a statement anew whenever a limit is bound to it.

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use wing_kit::Conn;
use wing_kit::db::MultiBackend;

/// `tracks.status = 'published'`
#[derive(Clone, Copy, Debug, QueryId)]
pub struct Published;

impl Expression for Published {
    type SqlType = Bool;
}
impl<GB> ValidGrouping<GB> for Published {
    type IsAggregate = is_aggregate::Never;
}
impl<T> AppearsOnTable<T> for Published {}
impl<T> SelectableExpression<T> for Published {}
impl QueryFragment<MultiBackend> for Published {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("tracks.status = 'published'");
        Ok(())
    }
}

/// A query with a limit. Each limit is a statement of its own for the database,
/// so this is for those that people choose from a few.
#[derive(Clone, Copy, Debug)]
pub struct AtMost<Q> {
    /// Has no limit yet.
    pub query: Q,
    /// Rows.
    pub limit: i64,
}

impl<Q> QueryId for AtMost<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<Q: Query> Query for AtMost<Q> {
    type SqlType = Q::SqlType;
}
impl<Q> RunQueryDsl<Conn> for AtMost<Q> {}
impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for AtMost<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {}", self.limit));
        Ok(())
    }
}
