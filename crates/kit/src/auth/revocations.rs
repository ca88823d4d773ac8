use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use wing_contracts::events::Envelope;
use wing_contracts::events::user::{SessionEnded, SessionsEnded, UserDeleted, VOIDING};
use wing_contracts::{SessionId, Timestamp, UserId};

use super::Claims;
use crate::events::{Consumer, ConsumerError};
use crate::{Clock, Tx};

/// Access tokens that are void before they expire: of accounts whose password
/// changed or that were disabled, and of sessions that were logged out.
///
/// Held in memory and fed by events; an entry is evicted when every token it
/// could void has expired by itself.
#[derive(Clone, Default)]
pub struct Revocations(Arc<RwLock<Inner>>);

#[derive(Default)]
struct Inner {
    users: HashMap<UserId, (i32, Timestamp)>,
    sessions: HashMap<SessionId, Timestamp>,
}

/// Longer than any access token lives.
const KEPT_SECONDS: i64 = 3600;

impl Revocations {
    /// Nobody is revoked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Voids the account's tokens that carry a version below `min_version`.
    pub fn end_sessions_of(&self, user: UserId, min_version: i32, now: Timestamp) {
        let mut inner = self.0.write();
        inner.evict(now);
        let entry = inner.users.entry(user).or_insert((min_version, now));
        *entry = (entry.0.max(min_version), now);
    }

    /// Voids the tokens of one session.
    pub fn end_session(&self, session: SessionId, now: Timestamp) {
        let mut inner = self.0.write();
        inner.evict(now);
        inner.sessions.insert(session, now);
    }

    /// Takes note of an event that voids tokens; of any other, none.
    ///
    /// # Errors
    /// When its fields are not what they should be.
    pub fn learn(&self, envelope: &Envelope, now: Timestamp) -> serde_json::Result<()> {
        if let Some(ended) = envelope.read::<SessionsEnded>()? {
            self.end_sessions_of(ended.user_id, ended.min_version, now);
        } else if let Some(deleted) = envelope.read::<UserDeleted>()? {
            self.end_sessions_of(deleted.user_id, i32::MAX, now);
        } else if let Some(ended) = envelope.read::<SessionEnded>()? {
            self.end_session(ended.session_id, now);
        }
        Ok(())
    }

    /// A consumer that takes note of what other processes void, such as the command
    /// line.
    pub fn consumer(&self, clock: Clock) -> Arc<dyn Consumer> {
        Arc::new(Learner {
            revocations: self.clone(),
            clock,
        })
    }

    /// Whether these claims are void.
    pub fn covers(&self, claims: &Claims) -> bool {
        let inner = self.0.read();
        inner.sessions.contains_key(&claims.sid)
            || inner
                .users
                .get(&claims.sub)
                .is_some_and(|(min, _)| claims.ver < *min)
    }
}

struct Learner {
    revocations: Revocations,
    clock: Clock,
}

impl Consumer for Learner {
    fn name(&self) -> &'static str {
        "user.revocations"
    }

    fn wants(&self) -> &'static [&'static str] {
        VOIDING
    }

    fn consume(&self, _: &mut Tx<'_>, _: &Envelope) -> Result<(), ConsumerError> {
        Ok(())
    }

    fn everywhere(&self) -> bool {
        true
    }

    fn committed(&self, event: &Envelope) {
        if let Err(error) = self.revocations.learn(event, self.clock.now()) {
            tracing::error!(%error, event = %event.id, "an event that voids tokens is not readable");
        }
    }
}

impl Inner {
    fn evict(&mut self, now: Timestamp) {
        let limit = now.plus_seconds(-KEPT_SECONDS);
        self.users.retain(|_, (_, at)| *at > limit);
        self.sessions.retain(|_, at| *at > limit);
    }
}
