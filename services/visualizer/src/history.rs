//! What happened in the last hour.

mod compare;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::Serialize;

use crate::source::Trouble;
use crate::view::View;

/// How far back it goes, in milliseconds.
pub const HOUR: i64 = 3_600_000;
/// How much it holds, whatever happens.
const MOST: usize = 1000;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What.
    pub what: What,
    /// The id of the service it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The name of the service, task or node it happened to.
    pub name: String,
    /// The name of the node it happened on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Why, in the words of who noticed; or the version it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many there were, and how many there are meant to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaled: Option<(u64, u64)>,
}

macro_rules! whats {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $tone:ident;)*) => {
        /// What can happen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum What {$(
            $(#[doc = $doc])+
            #[serde(rename = $code)]
            $name,
        )*}

        impl What {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in texts and in JSON.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How it is meant to be taken.
            pub fn tone(self) -> Tone {
                match self { $(Self::$name => Tone::$tone,)* }
            }
        }
    };
}

/// How a happening is meant to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth knowing.
    Plain,
    /// Somebody should look.
    Bad,
}

whats! {
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
    /// What runs cannot be seen.
    SightLost = "sight_lost", Bad;
    /// It can be seen again.
    SightBack = "sight_back", Good;
}

impl Happening {
    /// Something that happened to `name`.
    fn new(at: i64, what: What, name: impl Into<String>) -> Self {
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
    happenings: VecDeque<Happening>,
    /// Whether nothing could be seen at the last look.
    blind: bool,
}

impl History {
    /// Notes what follows from what was seen before and what is seen now. With
    /// nothing before: what is still shown of the last hour.
    pub fn see(&mut self, before: Option<&View>, view: &View) {
        let now = view.taken_at;
        if std::mem::take(&mut self.blind) {
            self.add(Happening::new(now, What::SightBack, ""));
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

    /// Notes that nothing could be seen.
    pub fn lose_sight(&mut self, trouble: Trouble, now: i64) {
        if !std::mem::replace(&mut self.blind, true) {
            let mut lost = Happening::new(now, What::SightLost, "");
            lost.detail = Some(trouble.code().to_owned());
            self.add(lost);
        }
        self.prune(now);
    }

    /// What happened, the last first.
    pub fn latest(&self) -> impl Iterator<Item = &Happening> {
        self.happenings.iter().rev()
    }

    /// Puts it where it belongs: clocks of nodes differ, and some things are reported
    /// late.
    fn add(&mut self, one: Happening) {
        let later = self.happenings.iter().rev();
        let place = self.happenings.len() - later.take_while(|other| other.at > one.at).count();
        self.happenings.insert(place, one);
        if self.happenings.len() > MOST {
            self.happenings.pop_front();
        }
    }

    fn prune(&mut self, now: i64) {
        while self
            .happenings
            .front()
            .is_some_and(|one| one.at < now - HOUR)
        {
            self.happenings.pop_front();
        }
    }
}
