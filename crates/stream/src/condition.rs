//! Conditional requests, in the order of RFC 9110 §13.2.2.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::HttpRequest;
use actix_web::http::header::{
    self, EntityTag, Header as _, HeaderName, HttpDate, IfMatch, IfNoneMatch,
};

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Carry it out.
    Proceed,
    /// 304: the client has it already.
    NotModified,
    /// 412: it is not what the client took it for.
    Failed,
}

/// Steps 1 to 4: everything but `If-Range`.
pub(crate) fn evaluate(
    req: &HttpRequest,
    etag: &EntityTag,
    last_modified: Option<SystemTime>,
) -> Verdict {
    let has = |name: HeaderName| req.headers().contains_key(name);
    if has(header::IF_MATCH) {
        // A header that cannot be read names no tag of ours.
        let matches = match IfMatch::parse(req) {
            Ok(IfMatch::Any) => true,
            Ok(IfMatch::Items(tags)) => tags.iter().any(|tag| tag.strong_eq(etag)),
            Err(_) => false,
        };
        if !matches {
            return Verdict::Failed;
        }
    } else if let (Some(modified), Some(date)) =
        (last_modified, date(req, header::IF_UNMODIFIED_SINCE))
        && seconds(modified) > seconds(date)
    {
        return Verdict::Failed;
    }
    if has(header::IF_NONE_MATCH) {
        let matches = match IfNoneMatch::parse(req) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(etag)),
            Err(_) => false,
        };
        if matches {
            return Verdict::NotModified;
        }
    } else if let (Some(modified), Some(date)) =
        (last_modified, date(req, header::IF_MODIFIED_SINCE))
        && seconds(modified) <= seconds(date)
    {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Step 5: whether `If-Range` lets the request's `Range` count (§13.1.5). A
/// tag must match strongly, a date exactly.
pub(crate) fn range_applies(
    req: &HttpRequest,
    etag: &EntityTag,
    last_modified: Option<SystemTime>,
) -> bool {
    let Some(value) = req.headers().get(header::IF_RANGE) else {
        return true;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    if let Ok(tag) = value.parse::<EntityTag>() {
        return tag.strong_eq(etag);
    }
    match (value.parse::<HttpDate>(), last_modified) {
        (Ok(date), Some(modified)) => seconds(date.into()) == seconds(modified),
        _ => false,
    }
}

/// A date header, if it is there, once, and can be read.
fn date(req: &HttpRequest, name: HeaderName) -> Option<SystemTime> {
    let mut values = req.headers().get_all(name);
    let date: HttpDate = values.next()?.to_str().ok()?.parse().ok()?;
    values.next().is_none().then(|| date.into())
}

/// HTTP's dates count whole seconds; a file's may be finer.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
