//! Whether a viewer's access token is still good, by what is stored now.
//!
//! The token was checked when the request came in. Since then its session may have
//! ended, the password changed or the account been disabled, and this process need not
//! have learned of it. So every use case asks again, those that write in their
//! transaction.

use wing_contracts::Timestamp;
use wing_kit::auth::Viewer;
use wing_kit::{Conn, Tx};

use crate::Error;
use crate::model::User;
use crate::store::{sessions, users};

/// The viewer's account.
///
/// # Errors
/// [`Error::TokenVoid`] unless the session is alive, the account active and the token
/// of its current version.
pub(super) fn authorise(conn: &mut Conn, viewer: &Viewer, now: Timestamp) -> Result<User, Error> {
    let user = users::by_id(conn, viewer.id)?;
    check(conn, user, viewer, now)
}

/// The viewer's account, locked until the transaction ends, so that it is neither
/// disabled nor given another password meanwhile.
///
/// # Errors
/// As [`authorise`].
pub(super) fn authorise_and_lock(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    now: Timestamp,
) -> Result<User, Error> {
    let user = users::lock(tx, viewer.id)?;
    check(tx, user, viewer, now)
}

fn check(
    conn: &mut Conn,
    user: Option<User>,
    viewer: &Viewer,
    now: Timestamp,
) -> Result<User, Error> {
    let user = user
        .filter(|user| user.is_active() && user.token_version == viewer.version)
        .ok_or(Error::TokenVoid)?;
    match sessions::is_active(conn, viewer.session, user.id, now)? {
        true => Ok(user),
        false => Err(Error::TokenVoid),
    }
}
