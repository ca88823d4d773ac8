use std::net::IpAddr;

use wing_contracts::events::user::UserRegistered;
use wing_contracts::{Role, UserId};
use wing_kit::events::record;
use wing_kit::limits::network;
use wing_kit::problem::Checks;

use super::{Users, is_offered};
use crate::Error;
use crate::model::{DisplayName, Email, NewPassword, Status, User};
use crate::store::users;

/// Who wants an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Their address.
    pub email: Email,
    /// Their password.
    pub password: NewPassword,
    /// The name to show.
    pub display_name: DisplayName,
    /// Fan or musician.
    pub role: Role,
}

impl Users {
    /// Makes an account, and answers the same, with the same work, when the
    /// address has one already: then nothing changes, and the answered id leads
    /// nowhere.
    pub async fn sign_up(&self, wanted: SignUp, from: IpAddr) -> Result<User, Error> {
        self.sign_ups_by_address.take(&network(from))?;
        let (user, _) = self.register(UserId::new(), wanted).await?;
        Ok(user)
    }

    /// Makes an account that the process itself brings along, such as a
    /// demonstration's: without a limit, and under an id that is known before. An
    /// address that has an account keeps it.
    pub async fn import_account(
        &self,
        id: UserId,
        email: &str,
        display_name: &str,
        password: &str,
        role: Role,
    ) -> Result<(), Error> {
        let mut checks = Checks::new();
        let email = checks.take("email", Email::parse(email));
        let password = checks.take("password", NewPassword::parse(password, email.as_ref()));
        let display_name = checks.take("display_name", DisplayName::parse(display_name));
        let wanted = email.zip(password).zip(display_name);
        let ((email, password), display_name) = checks.finish(wanted)?;
        let wanted = SignUp {
            email,
            password,
            display_name,
            role,
        };
        self.register(id, wanted).await?;
        Ok(())
    }

    /// Makes the account; `false` when its address had one, and nothing changed.
    async fn register(&self, id: UserId, wanted: SignUp) -> Result<(User, bool), Error> {
        if !is_offered(wanted.role) {
            return Err(Error::RoleNotOffered);
        }
        let inner = &self.0;
        let hash = inner.passwords.hash(wanted.password).await?;
        let now = inner.clock.now();
        let email = wanted.email.clone();
        let user = User {
            id,
            email: wanted.email.as_str().to_owned(),
            display_name: wanted.display_name.into_string(),
            role: wanted.role,
            password_hash: hash,
            picture: None,
            status: Status::Active,
            token_version: 0,
            created_at: now,
            updated_at: now,
        };
        let new = user.clone();
        let stored = inner
            .db
            .write(move |tx| {
                if let Some(known) = users::by_email(tx, &email)? {
                    users::touch(tx, known.id)?;
                    return Ok(false);
                }
                users::insert(tx, &new)?;
                let event = UserRegistered {
                    user_id: new.id,
                    role: new.role,
                };
                record(tx, now, &event)?;
                Ok::<_, Error>(true)
            })
            .await;
        match stored {
            Ok(is_new) => Ok((user, is_new)),
            // Two at once with one address: the other was first.
            Err(Error::Database(error)) if error.is_unique_violation() => Ok((user, false)),
            Err(error) => Err(error),
        }
    }
}
