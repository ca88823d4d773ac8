use wing_contracts::events::user::{SessionsEnded, UserChanged, UserDeleted};
use wing_contracts::{Role, Timestamp};
use wing_kit::Tx;
use wing_kit::auth::Viewer;
use wing_kit::events::record;

use super::authorise::{authorise, authorise_and_lock};
use super::{Tokens, Users};
use crate::Error;
use crate::model::{Device, DisplayName, Email, GivenPassword, NewPassword, User};
use crate::store::sessions;
use crate::store::users::{self, Changes};

/// Wrong passwords in a row that end the session in which they were given.
const MAX_CONFIRMATIONS: i32 = 5;

/// What somebody changes of their account; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct AccountChanges {
    /// Another name to show.
    pub display_name: Option<DisplayName>,
    /// Becoming a musician.
    pub role: Option<Role>,
    /// Another password, with the one until now.
    pub password: Option<(NewPassword, GivenPassword)>,
}

/// A changed account, and the tokens that know of the change.
pub struct Changed {
    /// The account.
    pub user: User,
    /// A new access token where the one in hand says what is no longer so, and where
    /// its session was ended.
    pub access: Option<String>,
    /// Seconds since the epoch at which `access` expires: never later than the token
    /// in hand, unless a new session was begun.
    pub expires_at: i64,
    /// A new refresh token when all sessions were ended, this one included.
    pub refresh: Option<String>,
}

impl Users {
    /// The viewer's account.
    pub async fn me(&self, viewer: &Viewer) -> Result<User, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.db
            .read(move |conn| authorise(conn, &viewer, now))
            .await
    }

    /// The address of the viewer, for judging a new password by.
    pub async fn my_email(&self, viewer: &Viewer) -> Result<Option<Email>, Error> {
        Ok(Email::parse(&self.me(viewer).await?.email).ok())
    }

    /// Changes the viewer's account. A new password ends every session, this
    /// one too, and begins a new one for whoever made the change. Otherwise a token
    /// is signed only if the one in hand is outdated, and lives no longer than that.
    pub async fn change_me(
        &self,
        viewer: &Viewer,
        changes: AccountChanges,
        device: Device,
    ) -> Result<Changed, Error> {
        let password = match changes.password {
            None => None,
            Some((new, current)) => {
                let confirmed = self.confirm(viewer, current, "current_password").await?;
                Some((self.passwords.hash(new).await?, confirmed))
            }
        };
        let (this, id, caller) = (self.clone(), viewer.id, viewer.clone());
        let now = self.clock.now();
        let display_name = changes.display_name.map(DisplayName::into_string);
        let wanted_role = changes.role;
        let (user, begun) = self
            .0
            .db
            .write(move |tx| {
                let user = authorise_and_lock(tx, &caller, now)?;
                let role = wanted_role.map(|role| allowed_role(user.role, role));
                let shown = Changes {
                    display_name: display_name
                        .as_deref()
                        .filter(|name| *name != user.display_name),
                    role: role.transpose()?.filter(|role| *role != user.role),
                    ..Changes::default()
                };
                if shown.display_name.is_some() || shown.role.is_some() {
                    users::update(tx, id, shown, now)?;
                    record(tx, now, &UserChanged { user_id: id })?;
                }
                let mut begun = None;
                if let Some((hash, confirmed)) = &password {
                    if user.password_hash != confirmed.password_hash {
                        return Err(Error::WrongPassword("current_password"));
                    }
                    let new_hash = Changes {
                        password_hash: Some(hash),
                        ..Changes::default()
                    };
                    users::update(tx, id, new_hash, now)?;
                    end_all_sessions(tx, &user, now)?;
                    begun = Some(this.0.begin_session(tx, &user, &device, now)?);
                }
                let user = users::by_id(tx, id)?.ok_or(Error::NotFound)?;
                Ok::<_, Error>((user, begun))
            })
            .await?;
        let Some((session, refresh)) = begun else {
            return self.changed(user, viewer);
        };
        self.sessions_ended(&user, now);
        Ok(Changed {
            access: Some(self.0.access_token(&user, session)?),
            expires_at: now.seconds() + self.access_seconds(),
            refresh: Some(refresh),
            user,
        })
    }

    /// Deletes the viewer's account for good, with its sessions and picture.
    pub async fn delete_me(
        &self,
        viewer: &Viewer,
        password: GivenPassword,
        field: &'static str,
    ) -> Result<(), Error> {
        let confirmed = self.confirm(viewer, password, field).await?;
        let (id, caller, now) = (viewer.id, viewer.clone(), self.clock.now());
        let pictures = self.pictures.clone();
        self.db
            .write(move |tx| {
                let user = authorise_and_lock(tx, &caller, now)?;
                if user.password_hash != confirmed.password_hash {
                    return Err(Error::WrongPassword(field));
                }
                users::delete(tx, id)?;
                if let Some(picture) = &user.picture {
                    pictures.release(tx, picture, now)?;
                }
                record(tx, now, &UserDeleted { user_id: id })?;
                Ok::<_, Error>(())
            })
            .await?;
        self.revocations.end_sessions_of(id, i32::MAX, now);
        Ok(())
    }

    /// The viewer's account, if `password` is its password. Counted by session: the
    /// fifth wrong one ends it, so that a stolen session cannot find the password out,
    /// and does not lock the owner's other sessions.
    async fn confirm(
        &self,
        viewer: &Viewer,
        password: GivenPassword,
        field: &'static str,
    ) -> Result<User, Error> {
        // Counted before it is known, so that many at once are no more than one after
        // the other.
        let (user, left) = self.begin_confirmation(viewer).await?;
        let hash = user.password_hash.clone();
        let good = self.passwords.check(password, Some(hash)).await?.good;
        if good {
            let session = viewer.session;
            self.db
                .write(move |tx| Ok::<_, Error>(sessions::confirmed(tx, session)?))
                .await?;
            return Ok(user);
        }
        if left == 0 {
            self.log_out(viewer).await?;
            return Err(Error::TokenVoid);
        }
        Err(Error::WrongPassword(field))
    }

    /// Counts a password that is about to be checked: the viewer's account, and how many
    /// more may follow.
    async fn begin_confirmation(&self, viewer: &Viewer) -> Result<(User, i32), Error> {
        let (caller, now) = (viewer.clone(), self.clock.now());
        let begun = self.db.write(move |tx| {
            let user = authorise_and_lock(tx, &caller, now)?;
            let tried = sessions::try_confirmation(tx, caller.session)?;
            Ok::<_, Error>((user, tried))
        });
        let (user, tried) = begun.await?;
        if tried > MAX_CONFIRMATIONS {
            self.log_out(viewer).await?;
            return Err(Error::TokenVoid);
        }
        Ok((user, MAX_CONFIRMATIONS - tried))
    }

    /// The account after a change by `viewer`, whose session goes on.
    pub(super) fn changed(&self, user: User, viewer: &Viewer) -> Result<Changed, Error> {
        let is_said = viewer.name == user.display_name
            && viewer.role == user.role
            && viewer.picture == user.picture_url();
        let access = match is_said {
            true => None,
            false => Some(self.0.sign(&user, viewer.session, viewer.expires_at)?),
        };
        Ok(Changed {
            user,
            access,
            expires_at: viewer.expires_at,
            refresh: None,
        })
    }

    /// Applies in this process at once what the event does in the others.
    pub(super) fn sessions_ended(&self, user: &User, now: Timestamp) {
        self.revocations
            .end_sessions_of(user.id, user.token_version, now);
    }
}

impl Changed {
    /// Both tokens, where all sessions were ended.
    pub fn tokens(&self) -> Option<Tokens> {
        let (access, refresh) = (self.access.clone()?, self.refresh.clone()?);
        Some(Tokens { access, refresh })
    }
}

/// Voids every token of the account and ends its sessions, inside the transaction in
/// which the caller has locked the account.
pub(super) fn end_all_sessions(tx: &mut Tx<'_>, user: &User, now: Timestamp) -> Result<(), Error> {
    void_tokens(tx, user, now)?;
    sessions::end_all(tx, user.id, now)?;
    Ok(())
}

/// Voids every access token of an account that the caller has locked, so that clients
/// renew them and learn what changed.
pub(super) fn void_tokens(tx: &mut Tx<'_>, user: &User, now: Timestamp) -> Result<(), Error> {
    let min_version = user.token_version + 1;
    let raised = Changes {
        token_version: Some(min_version),
        ..Changes::default()
    };
    users::update(tx, user.id, raised, now)?;
    let event = SessionsEnded {
        user_id: user.id,
        min_version,
    };
    record(tx, now, &event)?;
    Ok(())
}

/// A fan becomes a musician; keeping one's role is no change.
fn allowed_role(now: Role, wanted: Role) -> Result<Role, Error> {
    match (now, wanted) {
        (Role::Fan, Role::Musician) => Ok(wanted),
        (now, wanted) if now == wanted => Ok(now),
        _ => Err(Error::RoleNotOffered),
    }
}
