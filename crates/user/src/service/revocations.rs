//! Keeps this process' list of void tokens true: told by events, and filled at
//! the start with what was voided while it was away.

use std::sync::Arc;

use wing_contracts::events::Envelope;
use wing_kit::auth::Revocations;
use wing_kit::events::Consumer;
use wing_kit::{Clock, Conn};

use super::Users;
use crate::Error;

struct Learner {
    revocations: Revocations,
    clock: Clock,
}

impl Consumer for Learner {
    fn name(&self) -> &'static str {
        "user.revocations"
    }

    fn consume(&self, _: &mut Conn, _: &Envelope) -> anyhow::Result<()> {
        Ok(())
    }

    fn committed(&self, event: &Envelope) {
        self.revocations.learn(event, self.clock.now());
    }
}

/// Takes note of ended sessions that another process wrote, such as the
/// command line.
pub fn revocation_consumer(revocations: Revocations, clock: Clock) -> Arc<dyn Consumer> {
    Arc::new(Learner { revocations, clock })
}

impl Users {
    /// Voids again what was voided within the life of an access token, before
    /// the first request is served.
    pub async fn prime_revocations(&self) -> Result<(), Error> {
        let now = self.0.clock.now();
        let since = now.plus_seconds(-self.0.config.access_seconds);
        let revocations = self.0.revocations.clone();
        self.0
            .db
            .read(move |conn| {
                wing_kit::events::since(conn, since, |event| revocations.learn(event, now))
                    .map_err(Error::from)
            })
            .await
    }
}
