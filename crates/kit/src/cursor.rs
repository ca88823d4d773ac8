//! Paging by cursor: where the next page begins, as an opaque text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// The most items one page has.
pub const MAX_LIMIT: i64 = 100;
/// The items a page has when the caller does not say.
pub const DEFAULT_LIMIT: i64 = 20;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paged<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// Cuts `rows`, which were read with `limit + 1`, to a page; `position` is
    /// where the page after it begins.
    pub fn cut<M: Serialize>(mut rows: Vec<T>, limit: i64, position: impl FnOnce(&T) -> M) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|last| encode(&position(last)));
        Self { items: rows, next }
    }

    /// The same page of other items.
    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(view).collect(),
            next: self.next,
        }
    }
}

/// The opaque form of a mark.
pub fn encode<M: Serialize>(mark: &M) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(mark).unwrap_or_default())
}

/// Reads a cursor this server gave out; refuses anything else with 400.
pub fn decode<M: DeserializeOwned>(cursor: &str) -> Result<M, Problem> {
    let wrong = || {
        Problem::bad_request(
            "bad_cursor",
            "The cursor is not one that this list gave out. Leave it away for the first page.",
        )
    };
    if cursor.len() > 512 {
        return Err(wrong());
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    serde_json::from_slice(&bytes).map_err(|_| wrong())
}

/// The rows after a mark in a list ordered by `$at` and then by `$id`, both
/// descending: `$mark` is the pair of both of the last row seen. The first
/// comparison says nothing new, but it alone is what lets a database begin in the
/// middle of an index; without it each page walks over all pages before it.
#[macro_export]
macro_rules! further_down {
    ($at:expr, $id:expr, $mark:expr) => {{
        let (at, id) = $mark;
        $at.le(at).and($at.lt(at).or($id.lt(id)))
    }};
}

/// The page size asked for, within 1 and [`MAX_LIMIT`].
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(n) if (1..=MAX_LIMIT).contains(&n) => Ok(n),
        Some(_) => Err(Problem::invalid_field(
            "limit",
            "out_of_range",
            "A page has between 1 and 100 items.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let page = Paged::cut(vec![1, 2, 3], 2, |n| *n);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(
            page.next
                .as_deref()
                .map(decode::<i32>)
                .transpose()
                .ok()
                .flatten(),
            Some(2)
        );
        assert_eq!(Paged::cut(vec![1, 2], 2, |n| *n).next, None);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        for cursor in ["", "!!", "bm90IGpzb24", &"A".repeat(10_000)] {
            assert_eq!(
                decode::<(i64, i64)>(cursor).map_err(|p| p.code().to_owned()),
                Err("bad_cursor".into())
            );
        }
    }
}
