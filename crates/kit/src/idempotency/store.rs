use actix_web::http::StatusCode;
use diesel::prelude::*;
use wing_contracts::{Id, Timestamp};

use super::schema::idempotency_keys;
use super::{Answer, Caller, Request};
use crate::Conn;
use crate::db::{DbError, Tx, any_of};

/// Marker of [`ClaimId`].
pub enum ClaimKind {}
/// One holder's claim of a key.
pub(super) type ClaimId = Id<ClaimKind>;

/// Keys that one account may use in 24 hours. Other processes of the site are
/// trusted, and many accounts act through them.
pub(super) const MAX_KEYS: i64 = 1000;
/// How long a claim is its holder's alone, in seconds: longer than any
/// transaction may take, so that only a process that is gone loses one.
pub(super) const LEASE_SECONDS: i64 = 60;
/// How long an answer is kept, in seconds.
pub(super) const KEPT_SECONDS: i64 = 24 * 3600;
/// Rows that one transaction prunes.
const BATCH: i64 = 500;

/// What a key stands for when it is claimed.
pub(super) enum Claimed {
    /// The caller's own: the work has to be done now.
    New,
    /// Done: this was the answer.
    Answered(Answer),
    /// Being done by somebody else.
    Running,
    /// Another request had the same key.
    Reused,
    /// The account used too many keys.
    TooMany,
}

#[derive(Insertable)]
#[diesel(table_name = idempotency_keys)]
struct NewRow<'a> {
    id: ClaimId,
    caller: String,
    operation: &'a str,
    key: &'a str,
    fingerprint: &'a [u8],
    lease_until: i64,
    created_at: i64,
}

#[derive(Queryable)]
struct Row {
    id: ClaimId,
    fingerprint: Vec<u8>,
    lease_until: i64,
    created_at: i64,
    answer: StoredAnswer,
}

type StoredAnswer = (Option<i32>, Option<String>, Option<String>, Option<Vec<u8>>);

/// Claims the request's key as `id`, inside a transaction of its own.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    request: &Request,
    id: ClaimId,
    now: Timestamp,
) -> Result<Claimed, DbError> {
    if insert(tx, request, id, now)? {
        if uses_too_many(tx, &request.caller)? {
            release(tx, id)?;
            return Ok(Claimed::TooMany);
        }
        return Ok(Claimed::New);
    }
    // Gone again when its holder released it meanwhile: who repeats gets it.
    let Some(row) = find(tx, request)? else {
        return Ok(Claimed::Running);
    };
    if row.created_at <= now.plus_seconds(-KEPT_SECONDS).0 {
        return take_over(tx, &row, request, id, now);
    }
    if row.fingerprint != request.fingerprint {
        return Ok(Claimed::Reused);
    }
    match stored(row.answer.clone()) {
        Some(answer) => Ok(Claimed::Answered(answer)),
        None if row.lease_until <= now.0 => take_over(tx, &row, request, id, now),
        None => Ok(Claimed::Running),
    }
}

/// Of two at once one gets to insert the row; on PostgreSQL the other waits for
/// its transaction.
fn insert(
    tx: &mut Tx<'_>,
    request: &Request,
    id: ClaimId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let row = NewRow {
        id,
        caller: request.caller.to_string(),
        operation: request.operation,
        key: request.key.as_str(),
        fingerprint: &request.fingerprint,
        lease_until: now.plus_seconds(LEASE_SECONDS).0,
        created_at: now.0,
    };
    let insert = diesel::insert_into(idempotency_keys::table)
        .values(row)
        .on_conflict_do_nothing();
    let inserted = match tx.conn() {
        Conn::Postgres(conn) => insert.execute(conn)?,
        Conn::Sqlite(conn) => insert.execute(conn)?,
    };
    Ok(inserted == 1)
}

fn uses_too_many(conn: &mut Conn, caller: &Caller) -> Result<bool, DbError> {
    if matches!(caller, Caller::Service(_)) {
        return Ok(false);
    }
    let used: i64 = idempotency_keys::table
        .filter(idempotency_keys::caller.eq(caller.to_string()))
        .count()
        .get_result(conn)?;
    Ok(used > MAX_KEYS)
}

fn find(conn: &mut Conn, request: &Request) -> Result<Option<Row>, DbError> {
    use idempotency_keys::dsl;
    let row = dsl::idempotency_keys
        .filter(dsl::caller.eq(request.caller.to_string()))
        .filter(dsl::operation.eq(request.operation))
        .filter(dsl::key.eq(request.key.as_str()))
        .select((
            dsl::id,
            dsl::fingerprint,
            dsl::lease_until,
            dsl::created_at,
            (dsl::status, dsl::content_type, dsl::location, dsl::body),
        ));
    Ok(row.first(conn).optional()?)
}

fn stored((status, content_type, location, body): StoredAnswer) -> Option<Answer> {
    let status = status.and_then(|status| u16::try_from(status).ok())?;
    Some(Answer {
        status: StatusCode::from_u16(status).ok()?,
        content_type,
        location,
        body: body.unwrap_or_default().into(),
        is_replay: true,
    })
}

/// Makes the row this claim's, unless somebody else was faster.
fn take_over(
    tx: &mut Tx<'_>,
    row: &Row,
    request: &Request,
    id: ClaimId,
    now: Timestamp,
) -> Result<Claimed, DbError> {
    use idempotency_keys::dsl;
    let taken = diesel::update(dsl::idempotency_keys.find(row.id))
        .set((
            dsl::id.eq(id),
            dsl::fingerprint.eq(request.fingerprint.as_slice()),
            dsl::lease_until.eq(now.plus_seconds(LEASE_SECONDS).0),
            dsl::created_at.eq(now.0),
            dsl::status.eq(None::<i32>),
            dsl::content_type.eq(None::<String>),
            dsl::location.eq(None::<String>),
            dsl::body.eq(None::<Vec<u8>>),
        ))
        .execute(tx.conn())?;
    Ok(if taken == 1 {
        Claimed::New
    } else {
        Claimed::Running
    })
}

/// Stores the answer; `false` when the claim is not held any more.
pub(super) fn answer(tx: &mut Tx<'_>, id: ClaimId, answer: &Answer) -> Result<bool, DbError> {
    use idempotency_keys::dsl;
    let held = dsl::idempotency_keys.find(id).filter(dsl::status.is_null());
    let stored = diesel::update(held)
        .set((
            dsl::status.eq(Some(i32::from(answer.status.as_u16()))),
            dsl::content_type.eq(answer.content_type.as_deref()),
            dsl::location.eq(answer.location.as_deref()),
            dsl::body.eq(Some(answer.body.to_vec())),
        ))
        .execute(tx.conn())?;
    Ok(stored == 1)
}

/// Gives up a claim that has no answer, so that the key can be used again.
pub(super) fn release(tx: &mut Tx<'_>, id: ClaimId) -> Result<(), DbError> {
    use idempotency_keys::dsl;
    let held = dsl::idempotency_keys.find(id).filter(dsl::status.is_null());
    diesel::delete(held).execute(tx.conn())?;
    Ok(())
}

/// Deletes up to [`BATCH`] keys that are older than they are kept; whether there
/// may be more.
pub(super) fn prune(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, DbError> {
    use idempotency_keys::dsl;
    let limit = now.plus_seconds(-KEPT_SECONDS);
    let old: Vec<ClaimId> = dsl::idempotency_keys
        .filter(dsl::created_at.le(limit.0))
        .order(dsl::created_at)
        .select(dsl::id)
        .limit(BATCH)
        .load(tx.conn())?;
    diesel::delete(dsl::idempotency_keys.filter(any_of(dsl::id, &old))).execute(tx.conn())?;
    Ok(i64::try_from(old.len()) == Ok(BATCH))
}
