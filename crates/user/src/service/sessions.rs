use wing_contracts::events::user::SessionEnded;
use wing_contracts::{SessionId, Timestamp, UserId};
use wing_kit::Tx;
use wing_kit::auth::Viewer;
use wing_kit::events::record;

use super::Users;
use super::authorise::{authorise, authorise_and_lock};
use crate::Error;
use crate::model::Session;
use crate::store::refresh_tokens::{self, TokenHash};
use crate::store::sessions;

impl Users {
    /// The viewer's sessions that are good, last used first.
    pub async fn list_sessions(&self, viewer: &Viewer) -> Result<Vec<Session>, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.db
            .read(move |conn| {
                let user = authorise(conn, &viewer, now)?;
                Ok(sessions::active_of(conn, user.id, now)?)
            })
            .await
    }

    /// Ends one of the viewer's sessions, the current one included: its tokens
    /// are void at once.
    pub async fn end_session(&self, viewer: &Viewer, session: SessionId) -> Result<(), Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        let ended = self.db.write(move |tx| {
            let user = authorise_and_lock(tx, &viewer, now)?;
            end(tx, user.id, session, now)
        });
        match ended.await? {
            true => {
                self.revocations.end_session(session, now);
                Ok(())
            }
            false => Err(Error::NotFound),
        }
    }

    /// Logs the viewer out here. Having been logged out already is as good.
    pub async fn log_out(&self, viewer: &Viewer) -> Result<(), Error> {
        self.end(viewer.id, viewer.session).await
    }

    /// Ends the session of a refresh token, for a browser whose access token
    /// has expired. An unknown token is as good as logged out.
    pub async fn log_out_by_refresh(&self, token: &str) -> Result<(), Error> {
        let hash = TokenHash::of(token);
        let found = self
            .0
            .db
            .write(move |tx| Ok::<_, Error>(refresh_tokens::lock(tx, &hash)?))
            .await?;
        match found {
            Some(found) => self.end(found.user, found.session).await,
            None => Ok(()),
        }
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<(), Error> {
        let now = self.clock.now();
        let ended = self
            .0
            .db
            .write(move |tx| end(tx, user, session, now))
            .await?;
        if ended {
            self.revocations.end_session(session, now);
        }
        Ok(())
    }
}

/// Ends a session of an account; `false` when there is none, or it had ended.
fn end(tx: &mut Tx<'_>, user: UserId, session: SessionId, now: Timestamp) -> Result<bool, Error> {
    let ended = sessions::end(tx, user, session, now)?;
    if ended {
        let event = SessionEnded {
            session_id: session,
        };
        record(tx, now, &event)?;
    }
    Ok(ended)
}
