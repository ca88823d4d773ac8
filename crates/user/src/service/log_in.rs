use std::net::IpAddr;

use super::{LoggedIn, Users};
use crate::Error;
use crate::model::{Device, Email, GivenPassword, KnownDevice, NewPassword, User};
use crate::store::users::{self, Changes};

impl Users {
    /// Begins a session for whoever knows the password. An unknown address, a
    /// wrong password and a disabled account cannot be told apart, neither by
    /// the answer nor by the work. Wrong passwords are limited by network, by the
    /// device if it logged in to the account before (`known`, as it was given then),
    /// and by account for all other devices together, whether there is such an account
    /// or not.
    pub async fn log_in(
        &self,
        email: &str,
        password: &str,
        device: Device,
        known: Option<&str>,
        from: IpAddr,
    ) -> Result<LoggedIn, Error> {
        let inner = &self.0;
        let email = Email::parse(email).ok();
        let account = match &email {
            Some(email) => self.account_of(email.clone()).await?,
            None => None,
        };
        let known_device = known
            .and_then(|text| KnownDevice::parse(text, |bytes| inner.keys.sign_device(bytes)))
            .filter(|known| {
                account
                    .as_ref()
                    .is_some_and(|user| user.id == known.account)
            });
        let address = email.as_ref().map(Email::as_str);
        let guess = inner.guesses.begin(from, known_device, address)?;
        let given = GivenPassword::new(password);
        let hash = account.as_ref().map(|user| user.password_hash.clone());
        let checked = inner.passwords.check(given, hash).await?;
        let Some(user) = account.filter(|user| checked.good && user.is_active()) else {
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
        let account = user.id;
        let mut logged_in = self.begin(user, renewed, device).await?;
        guess.right();
        // One that is known stays what it is.
        let device = known_device.unwrap_or_else(|| KnownDevice::new(account));
        logged_in.device = Some(device.to_text(|bytes| inner.keys.sign_device(bytes)));
        Ok(logged_in)
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
