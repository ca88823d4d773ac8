use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::prelude::*;
use diesel::sql_types::Text;
use wing_contracts::{Role, Timestamp, UserId};
use wing_kit::Conn;
use wing_kit::db::any_of;
use wing_kit::db::sql_types::Time;
use wing_kit::images::ImageRef;

use super::schema::users;
use crate::model::{Email, Status, User};

/// A text column that is one of a few words.
struct Word<T>(T);

impl<T, DB: Backend> Queryable<Text, DB> for Word<T>
where
    String: FromSql<Text, DB>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    type Row = String;
    fn build(row: String) -> deserialize::Result<Self> {
        row.parse()
            .map(Self)
            .map_err(|error: T::Err| error.to_string().into())
    }
}

impl From<Word<Role>> for Role {
    fn from(word: Word<Role>) -> Self {
        word.0
    }
}

impl From<Word<Status>> for Status {
    fn from(word: Word<Status>) -> Self {
        word.0
    }
}

#[derive(Queryable)]
struct Row {
    id: UserId,
    email: String,
    display_name: String,
    #[diesel(deserialize_as = Word<Role>)]
    role: Role,
    password_hash: String,
    picture: Option<String>,
    #[diesel(deserialize_as = Word<Status>)]
    status: Status,
    token_version: i32,
    #[diesel(deserialize_as = Time)]
    created_at: Timestamp,
    #[diesel(deserialize_as = Time)]
    updated_at: Timestamp,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            email: row.email,
            display_name: row.display_name,
            role: row.role,
            password_hash: row.password_hash,
            picture: row.picture.as_deref().and_then(ImageRef::parse),
            status: row.status,
            token_version: row.token_version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The account of an id.
pub fn by_id(conn: &mut Conn, id: UserId) -> QueryResult<Option<User>> {
    let row: Option<Row> = users::table.find(id).first(conn).optional()?;
    Ok(row.map(User::from))
}

/// The account of an id, held against other changes until the transaction ends.
pub fn lock(conn: &mut Conn, id: UserId) -> QueryResult<Option<User>> {
    let row: Option<Row> = match conn {
        Conn::Postgres(conn) => users::table.find(id).for_update().first(conn).optional()?,
        // One writer at a time: the transaction itself is the lock.
        Conn::Sqlite(conn) => users::table.find(id).first(conn).optional()?,
    };
    Ok(row.map(User::from))
}

/// The account of an address.
pub fn by_email(conn: &mut Conn, email: &Email) -> QueryResult<Option<User>> {
    let row: Option<Row> = users::table
        .filter(users::email.eq(email.as_str()))
        .first(conn)
        .optional()?;
    Ok(row.map(User::from))
}

/// The accounts among `ids` that can be used.
pub fn active_among(conn: &mut Conn, ids: &[UserId]) -> QueryResult<Vec<User>> {
    let rows: Vec<Row> = users::table
        .filter(any_of(users::id, ids))
        .filter(users::status.eq(Status::Active.as_str()))
        .load(conn)?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// Stores a new account; a unique violation when the address has one.
pub fn insert(conn: &mut Conn, user: &User) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(user.id),
            users::email.eq(&user.email),
            users::display_name.eq(&user.display_name),
            users::role.eq(user.role.as_str()),
            users::password_hash.eq(&user.password_hash),
            users::picture.eq(user.picture.as_ref().map(ImageRef::hash)),
            users::status.eq(user.status.as_str()),
            users::token_version.eq(user.token_version),
            users::created_at.eq(user.created_at.0),
            users::updated_at.eq(user.updated_at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores everything of an account that can change.
pub fn save(conn: &mut Conn, user: &User) -> QueryResult<()> {
    diesel::update(users::table.find(user.id))
        .set((
            users::display_name.eq(&user.display_name),
            users::role.eq(user.role.as_str()),
            users::password_hash.eq(&user.password_hash),
            users::picture.eq(user.picture.as_ref().map(ImageRef::hash)),
            users::status.eq(user.status.as_str()),
            users::token_version.eq(user.token_version),
            users::updated_at.eq(user.updated_at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores an account as it is, so that a sign-up that changes nothing costs the
/// database what one that does would.
pub fn touch(conn: &mut Conn, user: &User) -> QueryResult<()> {
    save(conn, user)
}

/// Removes an account and, by their foreign keys, its sessions and tokens.
pub fn delete(conn: &mut Conn, id: UserId) -> QueryResult<()> {
    diesel::delete(users::table.find(id)).execute(conn)?;
    Ok(())
}

/// How many accounts there are.
pub fn count(conn: &mut Conn) -> QueryResult<i64> {
    users::table.count().get_result(conn)
}

/// Whether any account shows this picture.
pub fn picture_is_used(conn: &mut Conn, picture: &ImageRef) -> QueryResult<bool> {
    let count: i64 = users::table
        .filter(users::picture.eq(picture.hash()))
        .count()
        .get_result(conn)?;
    Ok(count > 0)
}
