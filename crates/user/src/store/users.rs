use diesel::prelude::*;
use wing_contracts::{Role, Timestamp, UserId};
use wing_kit::db::any_of;
use wing_kit::images::ImageRef;
use wing_kit::{Conn, Tx, for_update};

use super::schema::users;
use crate::model::{Email, Status, User};

/// What changes of an account; `None` stays as it is.
#[derive(AsChangeset, Clone, Copy, Debug, Default)]
#[diesel(table_name = users)]
pub struct Changes<'a> {
    /// The name it shows.
    pub display_name: Option<&'a str>,
    /// What it may do.
    pub role: Option<Role>,
    /// Its password as a PHC string.
    pub password_hash: Option<&'a str>,
    /// Its picture, or none any more.
    pub picture: Option<Option<&'a ImageRef>>,
    /// Whether it can be used.
    pub status: Option<Status>,
    /// Tokens that carry a lower version are void.
    pub token_version: Option<i32>,
}

/// The account of an id.
pub fn by_id(conn: &mut Conn, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).first(conn).optional()
}

/// The account of an id, locked until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, id: UserId) -> QueryResult<Option<User>> {
    for_update!(tx, first users::table.find(id))
}

/// The account of an address.
pub fn by_email(conn: &mut Conn, email: &Email) -> QueryResult<Option<User>> {
    users::table
        .filter(users::email.eq(email.as_str()))
        .first(conn)
        .optional()
}

/// The accounts among `ids` that can be used.
pub fn active_among(conn: &mut Conn, ids: &[UserId]) -> QueryResult<Vec<User>> {
    users::table
        .filter(any_of(users::id, ids))
        .filter(users::status.eq(Status::Active))
        .load(conn)
}

/// Stores a new account; a unique violation when the address has one.
pub fn insert(tx: &mut Tx<'_>, user: &User) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values(user)
        .execute(tx.conn())?;
    Ok(())
}

/// Writes what changed of an account, which the caller has locked.
pub fn update(
    tx: &mut Tx<'_>,
    id: UserId,
    changes: Changes<'_>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(users::table.find(id))
        .set((changes, users::updated_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

/// Writes an account's row without changing it, so that a sign-up which changes
/// nothing costs the database what one that does would. Safe without a lock.
pub fn touch(tx: &mut Tx<'_>, id: UserId) -> QueryResult<()> {
    diesel::update(users::table.find(id))
        .set(users::updated_at.eq(users::updated_at))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes an account and, by their foreign keys, its sessions and tokens.
pub fn delete(tx: &mut Tx<'_>, id: UserId) -> QueryResult<()> {
    diesel::delete(users::table.find(id)).execute(tx.conn())?;
    Ok(())
}

/// How many accounts there are.
pub fn count(conn: &mut Conn) -> QueryResult<i64> {
    users::table.count().get_result(conn)
}

/// Whether any account shows this picture.
pub fn picture_is_used(conn: &mut Conn, picture: &ImageRef) -> QueryResult<bool> {
    let showing = users::table.filter(users::picture.eq(picture));
    diesel::select(diesel::dsl::exists(showing)).get_result(conn)
}
