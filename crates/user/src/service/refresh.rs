use wing_contracts::SessionId;
use wing_contracts::events::user::SessionEnded;
use wing_kit::events::record;

use super::{LoggedIn, Users};
use crate::Error;
use crate::model::User;
use crate::store::refresh_tokens::{self, TokenHash};
use crate::store::{sessions, users};

/// A token that was exchanged this short a time ago may be exchanged again, for the
/// same successor: two tabs that renew at once are one person, not a thief.
const LEEWAY_MS: i64 = 30_000;

enum Outcome {
    Renewed(User, SessionId),
    Reused(SessionId),
    Invalid,
}

impl Users {
    /// Exchanges a refresh token for new tokens of the same session. A token
    /// that was exchanged before ends its session: one of the two who have it
    /// stole it (RFC 9700, 4.14.2). However often and at whichever replica a token is
    /// presented, it has one successor, so that a session never forks.
    pub async fn refresh(&self, token: &str) -> Result<LoggedIn, Error> {
        let inner = &self.0;
        let (hash, now) = (TokenHash::of(token), inner.clock.now());
        let successor = inner.keys.successor(token);
        let successor_hash = TokenHash::of(&successor);
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
                    None => {
                        refresh_tokens::rotated(tx, &hash, now)?;
                        refresh_tokens::insert(tx, &successor_hash, found.session, now, until)?;
                    }
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
                Ok::<_, Error>(Outcome::Renewed(user, found.session))
            })
            .await?;
        match outcome {
            Outcome::Renewed(user, session) => inner.logged_in(user, session, successor),
            Outcome::Reused(session) => {
                tracing::warn!(%session, "a refresh token was used twice; its session is ended");
                inner.revocations.end_session(session, now);
                Err(Error::RefreshReused)
            }
            Outcome::Invalid => Err(Error::RefreshInvalid),
        }
    }
}
