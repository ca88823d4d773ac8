use wing_contracts::SessionId;
use wing_contracts::events::user::SessionEnded;
use wing_kit::events::record;

use super::{LoggedIn, Users, new_refresh_token};
use crate::Error;
use crate::model::User;
use crate::store::refresh_tokens::{self, TokenHash};
use crate::store::{sessions, users};

/// A token that was exchanged this short a time ago may be exchanged again: two
/// tabs that renew at once are one person, not a thief.
const LEEWAY_MS: i64 = 30_000;

enum Outcome {
    Renewed(User, SessionId, String),
    Reused(SessionId),
    Invalid,
}

impl Users {
    /// Exchanges a refresh token for new tokens of the same session. A token
    /// that was exchanged before ends its session: one of the two who have it
    /// stole it (RFC 9700, 4.14.2).
    pub async fn refresh(&self, token: &str) -> Result<LoggedIn, Error> {
        let inner = &self.0;
        let (hash, now) = (TokenHash::of(token), inner.clock.now());
        let until = inner.session_end(now);
        let outcome = inner
            .db
            .write(move |tx| {
                let Some(found) = refresh_tokens::lock(tx, &hash)? else {
                    return Ok(Outcome::Invalid);
                };
                let expired = found.expires_at <= now || found.session_expires_at <= now;
                if found.session_ended_at.is_some() || expired {
                    return Ok(Outcome::Invalid);
                }
                match found.rotated_at {
                    None => refresh_tokens::rotated(tx, &hash, now)?,
                    Some(at) if now.0 - at.0 <= LEEWAY_MS => {}
                    Some(_) => {
                        sessions::end(tx, found.user, found.session, now)?;
                        let event = SessionEnded {
                            session_id: found.session,
                        };
                        record(tx, now, &event)?;
                        return Ok(Outcome::Reused(found.session));
                    }
                }
                let Some(user) = users::by_id(tx, found.user)?.filter(User::is_active) else {
                    return Ok(Outcome::Invalid);
                };
                sessions::used(tx, found.session, now, until)?;
                let token = new_refresh_token(tx, found.session, now, until)?;
                Ok::<_, Error>(Outcome::Renewed(user, found.session, token))
            })
            .await?;
        match outcome {
            Outcome::Renewed(user, session, token) => inner.logged_in(user, session, token),
            Outcome::Reused(session) => {
                tracing::warn!(%session, "a refresh token was used twice; its session is ended");
                inner.revocations.end_session(session, now);
                Err(Error::RefreshReused)
            }
            Outcome::Invalid => Err(Error::RefreshInvalid),
        }
    }
}
