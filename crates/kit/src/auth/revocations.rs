use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use wing_contracts::events::{Envelope, Event};
use wing_contracts::{SessionId, Timestamp, UserId};

use super::Claims;
use crate::events::Consumer;
use crate::{Clock, Conn};

/// Access tokens that are void before they expire: of accounts whose password
/// changed or that were disabled, and of sessions that were logged out.
///
/// Held in memory and fed by events; an entry is forgotten when every token it
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
        inner.forget(now);
        let entry = inner.users.entry(user).or_insert((min_version, now));
        *entry = (entry.0.max(min_version), now);
    }

    /// Voids the tokens of one session.
    pub fn end_session(&self, session: SessionId, now: Timestamp) {
        let mut inner = self.0.write();
        inner.forget(now);
        inner.sessions.insert(session, now);
    }

    /// Takes note of an event that voids tokens.
    pub fn learn(&self, envelope: &Envelope, now: Timestamp) {
        match envelope.event {
            Event::SessionsEnded {
                user_id,
                min_version,
            } => {
                self.end_sessions_of(user_id, min_version, now);
            }
            Event::UserDeleted { user_id } => self.end_sessions_of(user_id, i32::MAX, now),
            Event::SessionEnded { session_id } => self.end_session(session_id, now),
            _ => {}
        }
    }

    /// Somebody who takes note of what other processes void, such as the command
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

    fn consume(&self, _: &mut Conn, _: &Envelope) -> anyhow::Result<()> {
        Ok(())
    }

    fn everywhere(&self) -> bool {
        true
    }

    fn committed(&self, event: &Envelope) {
        self.revocations.learn(event, self.clock.now());
    }
}

impl Inner {
    fn forget(&mut self, now: Timestamp) {
        let limit = now.plus_seconds(-KEPT_SECONDS);
        self.users.retain(|_, (_, at)| *at > limit);
        self.sessions.retain(|_, at| *at > limit);
    }
}
