use wing_contracts::events::user::{SessionsEnded, UserChanged, UserDeleted};
use wing_contracts::{Role, SessionId, Timestamp};
use wing_kit::Tx;
use wing_kit::auth::Viewer;
use wing_kit::events::record;

use super::{Tokens, Users};
use crate::Error;
use crate::model::{Device, DisplayName, Email, GivenPassword, NewPassword, User};
use crate::store::sessions;
use crate::store::users::{self, Changes};

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
    /// A new access token; the old one still says what was.
    pub access: String,
    /// A new refresh token when all sessions were ended, this one included.
    pub refresh: Option<String>,
}

impl Users {
    /// The viewer's account.
    pub async fn me(&self, viewer: &Viewer) -> Result<User, Error> {
        let id = viewer.id;
        let user = self.db.read(move |conn| Ok(users::by_id(conn, id)?));
        user.await
            .and_then(|user: Option<User>| user.ok_or(Error::NotFound))
    }

    /// The address of the viewer, for judging a new password by.
    pub async fn my_email(&self, viewer: &Viewer) -> Result<Option<Email>, Error> {
        Ok(Email::parse(&self.me(viewer).await?.email).ok())
    }

    /// Changes the viewer's account. A new password ends every session, this
    /// one too, and begins a new one for whoever made the change.
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
        let (this, id, session) = (self.clone(), viewer.id, viewer.session);
        let now = self.clock.now();
        let display_name = changes.display_name.map(DisplayName::into_string);
        let wanted_role = changes.role;
        let (user, session, refresh) = self
            .0
            .db
            .write(move |tx| {
                let user = users::lock(tx, id)?.ok_or(Error::NotFound)?;
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
                let mut refresh = None;
                let mut session = session;
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
                    let (begun, token) = this.0.begin_session(tx, &user, &device, now)?;
                    (session, refresh) = (begun, Some(token));
                }
                let user = users::by_id(tx, id)?.ok_or(Error::NotFound)?;
                Ok::<_, Error>((user, session, refresh))
            })
            .await?;
        if refresh.is_some() {
            self.sessions_ended(&user, now);
        }
        self.changed(user, session, refresh)
    }

    /// Deletes the viewer's account for good, with its sessions and picture.
    pub async fn delete_me(
        &self,
        viewer: &Viewer,
        password: GivenPassword,
        field: &'static str,
    ) -> Result<(), Error> {
        let confirmed = self.confirm(viewer, password, field).await?;
        let (id, now) = (viewer.id, self.clock.now());
        let pictures = self.pictures.clone();
        self.db
            .write(move |tx| {
                let user = users::lock(tx, id)?
                    .filter(|user| user.password_hash == confirmed.password_hash)
                    .ok_or(Error::WrongPassword(field))?;
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

    /// The viewer's account, if `password` is its password. Counts as an
    /// attempt to log in, so that a stolen session cannot find the password out.
    async fn confirm(
        &self,
        viewer: &Viewer,
        password: GivenPassword,
        field: &'static str,
    ) -> Result<User, Error> {
        let user = self.me(viewer).await?;
        self.log_ins_by_account.take(&user.email)?;
        let hash = user.password_hash.clone();
        match self.passwords.check(password, Some(hash)).await?.good {
            true => Ok(user),
            false => Err(Error::WrongPassword(field)),
        }
    }

    pub(super) fn changed(
        &self,
        user: User,
        session: SessionId,
        refresh: Option<String>,
    ) -> Result<Changed, Error> {
        let access = self.0.access_token(&user, session)?;
        Ok(Changed {
            user,
            access,
            refresh,
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
        self.refresh.clone().map(|refresh| Tokens {
            access: self.access.clone(),
            refresh,
        })
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
