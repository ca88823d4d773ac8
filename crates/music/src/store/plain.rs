//! Parts of a query that stand in its text instead of being bound. SQLite needs
//! both to be quick: it uses a partial index only for what it can prove from the
//! text, and prepares a statement anew whenever a limit is bound to it. Long lists
//! of columns stand there too: quoting them one by one, for every request, cost
//! more than finding the row.

use std::marker::PhantomData;

use diesel::dsl::Nullable;
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

/// The columns `C`, written out. [`columns!`] makes it, so that the type and the
/// text are of one list.
#[derive(Clone, Copy, Debug)]
pub struct Written<C> {
    text: &'static str,
    columns: PhantomData<C>,
}

impl<C> Written<C> {
    /// `text` must name the columns of `C` in their order.
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            columns: PhantomData,
        }
    }
}

impl<C> Written<C> {
    /// The same, of a table that may have no row.
    pub const fn maybe(self) -> Written<Nullable<C>> {
        Written::new(self.text)
    }
}

impl<C: Expression> Expression for Written<C> {
    type SqlType = C::SqlType;
}
impl<C: ValidGrouping<GB>, GB> ValidGrouping<GB> for Written<C> {
    type IsAggregate = C::IsAggregate;
}
impl<C: AppearsOnTable<T>, T> AppearsOnTable<T> for Written<C> {}
impl<C: SelectableExpression<T>, T> SelectableExpression<T> for Written<C> {}
impl<C: QueryId> QueryId for Written<C> {
    // Each list of columns has one text.
    type QueryId = Written<C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}
impl<C> QueryFragment<MultiBackend> for Written<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql(self.text);
        Ok(())
    }
}

/// `columns! { type Columns; const COLUMNS; a::id, a::name; optional b::id }`
/// names columns once, as a type and as [`Written`]; those after `optional` are
/// of a table that may have no row.
macro_rules! columns {
    ($vis:vis type $type:ident; $same:vis const $const:ident;
     $first:ident :: $column:ident $(, $table:ident :: $more:ident)* $(,)?
     $(; optional $($joined:ident :: $maybe:ident),+ $(,)?)?) => {
        $vis type $type = (
            $first::$column,
            $($table::$more,)*
            $(diesel::dsl::Nullable<($($joined::$maybe,)+)>,)?
        );
        $same const $const: $crate::store::plain::Written<$type> = $crate::store::plain::Written::new(concat!(
            stringify!($first), ".", stringify!($column),
            $(", ", stringify!($table), ".", stringify!($more),)*
            $($(", ", stringify!($joined), ".", stringify!($maybe),)+)?
        ));
    };
}
pub(super) use columns;
