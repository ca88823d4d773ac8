//! What happened in the last hour.

mod compare;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::Serialize;

use crate::source::SourceError;
use crate::view::View;

/// How far back it goes, in milliseconds.
pub const HOUR: i64 = 3_600_000;
/// The most events it holds.
const MAX_EVENTS: usize = 1000;

/// One event of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEvent {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub what: EventKind,
    /// The id of the service it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The name of the service, task or node it happened to.
    pub name: String,
    /// The name of the node it happened on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The reason that was reported; or the version it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many there were, and how many there are meant to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaled: Option<(u64, u64)>,
}

macro_rules! event_kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $tone:ident;)*) => {
        /// The kinds of events.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum EventKind {$(
            $(#[doc = $doc])+
            #[serde(rename = $code)]
            $name,
        )*}

        impl EventKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in texts and in JSON.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Whether it is good or bad.
            pub fn tone(self) -> Tone {
                match self { $(Self::$name => Tone::$tone,)* }
            }
        }
    };
}

/// Whether an event is good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth knowing.
    Plain,
    /// An operator should look.
    Bad,
}

event_kinds! {
    /// A task runs.
    TaskStarted = "task_started", Good;
    /// A task ended otherwise than was wished.
    TaskFailed = "task_failed", Bad;
    /// A task was stopped.
    TaskStopped = "task_stopped", Plain;
    /// A task runs and lacks something.
    TaskUnready = "task_unready", Bad;
    /// It has what it lacked.
    TaskReady = "task_ready", Good;
    /// A service's tasks are being replaced.
    UpdateBegan = "update_began", Plain;
    /// They are all new.
    UpdateCompleted = "update_completed", Good;
    /// Replacing them stopped halfway.
    UpdatePaused = "update_paused", Bad;
    /// The old ones come back.
    RollbackBegan = "rollback_began", Bad;
    /// Going back stopped halfway.
    RollbackPaused = "rollback_paused", Bad;
    /// The old ones are back.
    RollbackCompleted = "rollback_completed", Bad;
    /// A service is meant to have another number of tasks.
    Scaled = "scaled", Plain;
    /// A service is new.
    ServiceAdded = "service_added", Plain;
    /// A service is gone.
    ServiceRemoved = "service_removed", Plain;
    /// A node does not answer.
    NodeDown = "node_down", Bad;
    /// It answers again.
    NodeReady = "node_ready", Good;
    /// A node is new.
    NodeJoined = "node_joined", Plain;
    /// A node is gone.
    NodeLeft = "node_left", Plain;
    /// A node is given tasks again.
    NodeActive = "node_active", Good;
    /// A node is given no more tasks.
    NodePaused = "node_paused", Plain;
    /// A node's tasks go elsewhere.
    NodeDrained = "node_drained", Plain;
    /// Another manager leads.
    NodeLeads = "node_leads", Plain;
    /// The source cannot be read.
    SourceLost = "sight_lost", Bad;
    /// It can be read again.
    SourceBack = "sight_back", Good;
}

impl HistoryEvent {
    /// Something that happened to `name`.
    fn new(at: i64, what: EventKind, name: impl Into<String>) -> Self {
        Self {
            at,
            what,
            name: name.into(),
            service: None,
            node: None,
            detail: None,
            scaled: None,
        }
    }
}

/// The last hour, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    events: VecDeque<HistoryEvent>,
    /// Whether the last poll failed.
    source_lost: bool,
}

impl History {
    /// Adds the events that follow from two views in a row. Without an earlier one: those
    /// of the last hour that the view still shows.
    pub fn observe(&mut self, before: Option<&View>, view: &View) {
        let now = view.taken_at;
        if std::mem::take(&mut self.source_lost) {
            self.add(HistoryEvent::new(now, EventKind::SourceBack, ""));
        }
        let mut found = match before {
            Some(before) => compare::between(before, view),
            None => compare::within(view, now - HOUR),
        };
        found.sort_by_key(|one| one.at);
        for one in found {
            self.add(one);
        }
        self.prune(now);
    }

    /// Adds that a poll failed, once until one succeeds.
    pub fn source_failed(&mut self, trouble: SourceError, now: i64) {
        if !std::mem::replace(&mut self.source_lost, true) {
            let mut lost = HistoryEvent::new(now, EventKind::SourceLost, "");
            lost.detail = Some(trouble.code().to_owned());
            self.add(lost);
        }
        self.prune(now);
    }

    /// The events, the latest first.
    pub fn latest(&self) -> impl Iterator<Item = &HistoryEvent> {
        self.events.iter().rev()
    }

    /// Inserts by time: clocks of nodes differ, and some events are reported late.
    fn add(&mut self, one: HistoryEvent) {
        let later = self.events.iter().rev();
        let place = self.events.len() - later.take_while(|other| other.at > one.at).count();
        self.events.insert(place, one);
        if self.events.len() > MAX_EVENTS {
            self.events.pop_front();
        }
    }

    fn prune(&mut self, now: i64) {
        while self.events.front().is_some_and(|one| one.at < now - HOUR) {
            self.events.pop_front();
        }
    }
}
