//! What was voided before its time: for this process at its start, and for the
//! others when they ask.

use wing_contracts::Timestamp;
use wing_contracts::events::Envelope;
use wing_contracts::events::user::voids_tokens;

use super::Users;
use crate::Error;

impl Users {
    /// Voids again what was voided within the life of an access token, before
    /// the first request is served.
    pub async fn prime_revocations(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let since = now.plus_seconds(-self.config.access_seconds);
        let revocations = self.revocations.clone();
        self.db
            .read(move |conn| {
                wing_kit::events::since(conn, since, |event| {
                    if let Err(error) = revocations.learn(event, now) {
                        tracing::error!(%error, event = %event.id, "what was voided is not readable");
                    }
                })
                .map_err(Error::from)
            })
            .await
    }

    /// The events that voided tokens at or after `since`, as far back as an
    /// access token can live.
    pub async fn voided_since(&self, since: Timestamp) -> Result<Vec<Envelope>, Error> {
        let oldest = self.0.clock.now().plus_seconds(-self.config.access_seconds);
        self.db
            .read(move |conn| {
                let mut voided = Vec::new();
                wing_kit::events::since(conn, since.max(oldest), |event| {
                    if voids_tokens(event) {
                        voided.push(event.clone());
                    }
                })?;
                Ok(voided)
            })
            .await
    }
}
