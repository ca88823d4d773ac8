use wing_contracts::events::user::UserChanged;
use wing_contracts::{Role, Timestamp, UserId};
use wing_kit::auth::Viewer;
use wing_kit::events::record;
use wing_kit::{Clock, Db, Tx};

use super::Users;
use super::account::{end_all_sessions, void_tokens};
use super::authorise::authorise_and_lock;
use crate::Error;
use crate::model::{Email, Status, User};
use crate::store::users::{self, Changes};

impl Users {
    /// Closes an account: nobody can log in, its sessions end at once, others
    /// do not see it. Nothing is deleted.
    pub async fn disable(&self, viewer: &Viewer, id: UserId) -> Result<(), Error> {
        if viewer.is_admin() && viewer.id == id {
            return Err(Error::NotToOneself);
        }
        self.set_status(viewer, id, Status::Disabled).await
    }

    /// Opens a closed account again.
    pub async fn enable(&self, viewer: &Viewer, id: UserId) -> Result<(), Error> {
        self.set_status(viewer, id, Status::Active).await
    }

    async fn set_status(&self, viewer: &Viewer, id: UserId, status: Status) -> Result<(), Error> {
        if !viewer.is_admin() {
            return Err(Error::AdminOnly);
        }
        let (viewer, now) = (viewer.clone(), self.clock.now());
        let user = self
            .0
            .db
            .write(move |tx| {
                // In the order of ids, as everywhere.
                let user = match viewer.id < id {
                    true => {
                        authorise_admin(tx, &viewer, now)?;
                        users::lock(tx, id)?
                    }
                    false => {
                        let user = users::lock(tx, id)?;
                        authorise_admin(tx, &viewer, now)?;
                        user
                    }
                };
                let user = user.ok_or(Error::NotFound)?;
                if user.status == status {
                    return Ok(user);
                }
                let changes = Changes {
                    status: Some(status),
                    ..Changes::default()
                };
                users::update(tx, id, changes, now)?;
                if status == Status::Disabled {
                    end_all_sessions(tx, &user, now)?;
                }
                record(tx, now, &UserChanged { user_id: id })?;
                users::by_id(tx, id)?.ok_or(Error::NotFound)
            })
            .await?;
        if !user.is_active() {
            self.sessions_ended(&user, now);
        }
        Ok(())
    }
}

/// Refuses whoever is not an admin by what is stored now, and locks their account.
fn authorise_admin(tx: &mut Tx<'_>, viewer: &Viewer, now: Timestamp) -> Result<(), Error> {
    match authorise_and_lock(tx, viewer, now)?.role {
        Role::Admin => Ok(()),
        _ => Err(Error::AdminOnly),
    }
}

/// Makes the account of `email` an admin; for the command line, beside a
/// running server or without one. Its tokens are void, so that its clients
/// renew them and learn of it.
pub fn grant_admin(db: &Db, clock: &Clock, email: &str) -> anyhow::Result<User> {
    change_role(db, clock, email, Role::Admin)
}

/// Makes an admin a musician again, which loses nothing they made.
pub fn revoke_admin(db: &Db, clock: &Clock, email: &str) -> anyhow::Result<User> {
    change_role(db, clock, email, Role::Musician)
}

fn change_role(db: &Db, clock: &Clock, email: &str, role: Role) -> anyhow::Result<User> {
    let parsed = Email::parse(email).map_err(|invalid| anyhow::anyhow!("{email}: {invalid}"))?;
    let now = clock.now();
    let changed = db.write_blocking(|tx| {
        let found = users::by_email(tx, &parsed)?.ok_or(Error::NotFound)?;
        let user = users::lock(tx, found.id)?.ok_or(Error::NotFound)?;
        // Taking away what is not there must not promote a fan.
        let wanted = role == Role::Admin || user.role == Role::Admin;
        if !wanted || user.role == role {
            return Ok(user);
        }
        let changes = Changes {
            role: Some(role),
            ..Changes::default()
        };
        users::update(tx, user.id, changes, now)?;
        void_tokens(tx, &user, now)?;
        record(tx, now, &UserChanged { user_id: user.id })?;
        users::by_id(tx, user.id)?.ok_or(Error::NotFound)
    });
    changed.map_err(|error| match error {
        Error::NotFound => anyhow::anyhow!("no account has the address {email}"),
        other => anyhow::anyhow!(other),
    })
}
