use std::net::IpAddr;

use wing_kit::limits::network;

use super::{LoggedIn, Users};
use crate::Error;
use crate::model::{Device, Email, GivenPassword, NewPassword, User};
use crate::store::users::{self, Changes};

impl Users {
    /// Begins a session for whoever knows the password. An unknown address, a
    /// wrong password and a disabled account cannot be told apart, neither by
    /// the answer nor by the work. Attempts are limited by client and by
    /// account, known or not.
    pub async fn log_in(
        &self,
        email: &str,
        password: &str,
        device: Device,
        from: IpAddr,
    ) -> Result<LoggedIn, Error> {
        let inner = &self.0;
        inner.log_ins_by_address.take(&network(from))?;
        let known = match Email::parse(email) {
            Ok(email) => {
                inner.log_ins_by_account.take(&email.as_str().to_owned())?;
                self.account_of(email).await?
            }
            Err(_) => None,
        };
        let given = GivenPassword::new(password);
        let hash = known.as_ref().map(|user| user.password_hash.clone());
        let checked = inner.passwords.check(given, hash).await?;
        let Some(user) = known.filter(|user| checked.good && user.is_active()) else {
            return Err(Error::WrongCredentials);
        };
        let renewed = match checked.outdated {
            // The rules for new passwords are no reason to refuse an old one.
            true => match NewPassword::parse(password, None) {
                Ok(password) => Some(inner.passwords.hash(password).await?),
                Err(_) => None,
            },
            false => None,
        };
        self.begin(user, renewed, device).await
    }

    async fn account_of(&self, email: Email) -> Result<Option<User>, Error> {
        let found = self
            .0
            .db
            .read(move |conn| users::by_email(conn, &email).map_err(Error::from));
        found.await
    }

    /// Begins the session, unless the account changed while the password was
    /// checked.
    async fn begin(
        &self,
        checked: User,
        renewed_hash: Option<String>,
        device: Device,
    ) -> Result<LoggedIn, Error> {
        let this = self.clone();
        let now = self.clock.now();
        let (user, session, refresh) = self
            .0
            .db
            .write(move |tx| {
                let user = users::lock(tx, checked.id)?
                    .filter(|user| user.is_active() && user.password_hash == checked.password_hash)
                    .ok_or(Error::WrongCredentials)?;
                if let Some(hash) = &renewed_hash {
                    let renewed = Changes {
                        password_hash: Some(hash),
                        ..Changes::default()
                    };
                    users::update(tx, user.id, renewed, now)?;
                }
                let (session, refresh) = this.0.begin_session(tx, &user, &device, now)?;
                Ok::<_, Error>((user, session, refresh))
            })
            .await?;
        self.0.logged_in(user, session, refresh)
    }
}
