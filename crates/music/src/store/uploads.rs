//! Files on their way in.

use diesel::prelude::*;
use wing_contracts::{Timestamp, UploadId, UserId};
use wing_kit::db::{MultiBackend, any_of};
use wing_kit::{Conn, Tx};

use super::schema::{upload_pieces, uploads};

/// Receiving; or whole, and waiting to become a track.
const OPEN: &str = "open";
/// A track was made of it.
const USED: &str = "used";

/// An upload as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = uploads, check_for_backend(MultiBackend))]
pub struct Upload {
    /// The upload.
    pub id: UploadId,
    /// Who sends it.
    pub owner_id: UserId,
    /// Bytes it will have.
    pub size: i64,
    /// Bytes that were acknowledged.
    pub received: i64,
    /// The file's name as the sender has it, cleaned.
    pub filename: String,
    /// The media type the sender claims.
    pub content_type: String,
    /// `Upload-Metadata` as it was sent.
    pub metadata: String,
    state: String,
    /// When it was begun, milliseconds.
    pub created_at: i64,
    /// When it may be dropped, milliseconds.
    pub expires_at: i64,
}

impl Upload {
    /// A new upload of which nothing has arrived.
    pub fn new(owner_id: UserId, size: i64, now: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            id: UploadId::new(),
            owner_id,
            size,
            received: 0,
            filename: String::new(),
            content_type: String::new(),
            metadata: String::new(),
            state: OPEN.into(),
            created_at: now.0,
            expires_at: expires_at.0,
        }
    }

    /// Whether a track was made of it.
    pub fn is_used(&self) -> bool {
        self.state == USED
    }

    /// Whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.received == self.size
    }

    /// Whether it rested too long. One that became a track does not expire.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        !self.is_used() && self.expires_at <= now.0
    }
}

/// Writes a new upload.
pub fn insert(tx: &mut Tx<'_>, upload: &Upload) -> QueryResult<()> {
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(upload.id),
            uploads::owner_id.eq(upload.owner_id),
            uploads::size.eq(upload.size),
            uploads::received.eq(upload.received),
            uploads::filename.eq(&upload.filename),
            uploads::content_type.eq(&upload.content_type),
            uploads::metadata.eq(&upload.metadata),
            uploads::state.eq(&upload.state),
            uploads::created_at.eq(upload.created_at),
            uploads::updated_at.eq(upload.created_at),
            uploads::expires_at.eq(upload.expires_at),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The upload, whoever sends it.
pub fn find(conn: &mut Conn, id: UploadId) -> QueryResult<Option<Upload>> {
    uploads::table
        .find(id)
        .select(Upload::as_select())
        .first(conn)
        .optional()
}

/// What an account has begun and not made a track of, latest first.
pub fn unfinished_of(conn: &mut Conn, owner: UserId, now: Timestamp) -> QueryResult<Vec<Upload>> {
    uploads::table
        .filter(uploads::owner_id.eq(owner))
        .filter(uploads::state.eq(OPEN))
        .filter(uploads::expires_at.gt(now.0))
        .order((uploads::created_at.desc(), uploads::id.desc()))
        .select(Upload::as_select())
        .limit(200)
        .load(conn)
}

/// How many uploads an account has begun, and the bytes they may grow to.
pub fn pending_of(conn: &mut Conn, owner: UserId, now: Timestamp) -> QueryResult<(i64, i64)> {
    let pending = || {
        uploads::table
            .filter(uploads::owner_id.eq(owner))
            .filter(uploads::state.eq(OPEN))
            .filter(uploads::expires_at.gt(now.0))
    };
    let sizes: Vec<i64> = pending().select(uploads::size).limit(1_000).load(conn)?;
    Ok((
        i64::try_from(sizes.len()).unwrap_or(i64::MAX),
        sizes.iter().sum(),
    ))
}

/// Bytes that all uploads together have announced and not sent.
pub fn announced(conn: &mut Conn, now: Timestamp) -> QueryResult<i64> {
    let open: Vec<(i64, i64)> = uploads::table
        .filter(uploads::state.eq(OPEN))
        .filter(uploads::expires_at.gt(now.0))
        .select((uploads::size, uploads::received))
        .load(conn)?;
    Ok(open.iter().map(|(size, received)| size - received).sum())
}

/// Makes an open upload end where it stands; `false` when the account has none.
pub fn end_at_received(tx: &mut Tx<'_>, id: UploadId, owner: UserId) -> QueryResult<bool> {
    let open = uploads::table
        .find(id)
        .filter(uploads::owner_id.eq(owner))
        .filter(uploads::state.eq(OPEN));
    let changed = diesel::update(open)
        .set(uploads::size.eq(uploads::received))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// Notes that bytes arrived, if still only `from` had; `false` when another
/// process was faster.
pub fn advance(
    tx: &mut Tx<'_>,
    id: UploadId,
    from: i64,
    to: i64,
    now: Timestamp,
    expires_at: Timestamp,
) -> QueryResult<bool> {
    let unchanged = uploads::table
        .find(id)
        .filter(uploads::received.eq(from))
        .filter(uploads::state.eq(OPEN));
    let changed = diesel::update(unchanged)
        .set((
            uploads::received.eq(to),
            uploads::updated_at.eq(now.0),
            uploads::expires_at.eq(expires_at.0),
        ))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// A part of an upload, kept as an object of its own.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Piece {
    /// Where in the upload it begins.
    pub start: i64,
    /// Bytes.
    pub size: i64,
    /// Media key.
    pub key: String,
}

impl Piece {
    /// One past its last byte in the upload.
    pub fn end(&self) -> u64 {
        (self.start + self.size).cast_unsigned()
    }
}

/// The pieces of an upload, one behind the other.
pub fn pieces(conn: &mut Conn, id: UploadId) -> QueryResult<Vec<Piece>> {
    upload_pieces::table
        .filter(upload_pieces::upload_id.eq(id))
        .order(upload_pieces::start)
        .select((
            upload_pieces::start,
            upload_pieces::size,
            upload_pieces::key,
        ))
        .load(conn)
}

/// The last piece of an upload.
pub fn last_piece(conn: &mut Conn, id: UploadId) -> QueryResult<Option<Piece>> {
    upload_pieces::table
        .filter(upload_pieces::upload_id.eq(id))
        .order(upload_pieces::start.desc())
        .select((
            upload_pieces::start,
            upload_pieces::size,
            upload_pieces::key,
        ))
        .first(conn)
        .optional()
}

/// Notes further pieces; the first may begin where a shorter one did, which it
/// replaces.
pub fn add_pieces(tx: &mut Tx<'_>, id: UploadId, pieces: &[Piece]) -> QueryResult<()> {
    let Some(first) = pieces.first() else {
        return Ok(());
    };
    diesel::delete(upload_pieces::table.find((id, first.start))).execute(tx.conn())?;
    for piece in pieces {
        diesel::insert_into(upload_pieces::table)
            .values((
                upload_pieces::upload_id.eq(id),
                upload_pieces::start.eq(piece.start),
                upload_pieces::size.eq(piece.size),
                upload_pieces::key.eq(&piece.key),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Notes that a whole upload became a track; `false` when it had already, or
/// is not whole.
pub fn mark_used(tx: &mut Tx<'_>, id: UploadId, now: Timestamp) -> QueryResult<bool> {
    let usable = uploads::table
        .find(id)
        .filter(uploads::state.eq(OPEN))
        .filter(uploads::received.eq(uploads::size))
        .filter(uploads::expires_at.gt(now.0));
    let changed = diesel::update(usable)
        .set((uploads::state.eq(USED), uploads::updated_at.eq(now.0)))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// Removes an upload, unless a track was made of it; `false` when there is none.
pub fn delete_open(tx: &mut Tx<'_>, id: UploadId) -> QueryResult<bool> {
    let open = uploads::table.find(id).filter(uploads::state.eq(OPEN));
    Ok(diesel::delete(open).execute(tx.conn())? == 1)
}

/// Removes an upload, whatever became of it.
pub fn delete(tx: &mut Tx<'_>, id: UploadId) -> QueryResult<()> {
    diesel::delete(uploads::table.find(id)).execute(tx.conn())?;
    Ok(())
}

/// Uploads that rested too long, at most `limit`.
pub fn expired(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<Vec<UploadId>> {
    uploads::table
        .filter(uploads::expires_at.le(now.0))
        .filter(uploads::state.eq(OPEN))
        .select(uploads::id)
        .limit(limit)
        .load(conn)
}

/// Uploads that became tracks before `limit`, and whose file was taken over.
pub fn taken_over(conn: &mut Conn, before: Timestamp, limit: i64) -> QueryResult<Vec<UploadId>> {
    use super::schema::track_files;
    let taken = track_files::table
        .filter(track_files::upload_id.is_not_null())
        .filter(track_files::step.eq("done"))
        .select(track_files::upload_id.assume_not_null());
    uploads::table
        .filter(uploads::state.eq(USED))
        .filter(uploads::updated_at.lt(before.0))
        .filter(uploads::id.eq_any(taken))
        .select(uploads::id)
        .limit(limit)
        .load(conn)
}

/// Those among `ids` that exist.
pub fn known(conn: &mut Conn, ids: &[UploadId]) -> QueryResult<Vec<UploadId>> {
    uploads::table
        .filter(any_of(uploads::id, ids))
        .select(uploads::id)
        .load(conn)
}
