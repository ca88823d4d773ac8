use serde::Serialize;

/// The state of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is not yet scheduled on a node.
    #[default]
    Waiting,
    /// Its image is being fetched.
    Preparing,
    /// It has begun and is not healthy yet.
    Starting,
    /// It runs, and is healthy where that is checked.
    Running,
    /// It runs, and lacks something it needs.
    Unready,
    /// It received the signal to stop.
    Stopping,
    /// It ended with success.
    Complete,
    /// It was stopped.
    Stopped,
    /// It ended by itself, or was not healthy.
    Failed,
    /// Its node could not run it.
    Rejected,
    /// Its node is gone.
    Orphaned,
    /// It does not answer, or its node does not.
    Away,
}

/// A group of states that are shown alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// All is well.
    Running,
    /// It is on its way up.
    Coming,
    /// It is on its way down, or is gone as was wished.
    Going,
    /// It needs an operator.
    Trouble,
}

impl Group {
    /// All of them, in the order in which people look for them.
    pub const ALL: [Self; 4] = [Self::Running, Self::Coming, Self::Going, Self::Trouble];

    /// Its name in texts and addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Coming => "coming",
            Self::Going => "going",
            Self::Trouble => "trouble",
        }
    }

    /// The key of its name in the translations.
    pub fn text_key(self) -> &'static str {
        match self {
            Self::Running => "group.running",
            Self::Coming => "group.coming",
            Self::Going => "group.going",
            Self::Trouble => "group.trouble",
        }
    }

    /// The group of this name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }
}

impl State {
    /// The group it belongs to.
    pub fn group(self) -> Group {
        match self {
            Self::Running => Group::Running,
            Self::Waiting | Self::Preparing | Self::Starting => Group::Coming,
            Self::Stopping | Self::Complete | Self::Stopped => Group::Going,
            Self::Unready | Self::Failed | Self::Rejected | Self::Orphaned | Self::Away => {
                Group::Trouble
            }
        }
    }

    /// Whether the task uses resources of its node.
    pub fn is_there(self) -> bool {
        match self {
            Self::Waiting
            | Self::Preparing
            | Self::Starting
            | Self::Running
            | Self::Unready
            | Self::Stopping => true,
            Self::Complete
            | Self::Stopped
            | Self::Failed
            | Self::Rejected
            | Self::Orphaned
            | Self::Away => false,
        }
    }

    /// Whether it serves, or would if it had all it needs.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Unready)
    }

    /// Whether it ended otherwise than was wished.
    pub fn has_failed(self) -> bool {
        matches!(
            self,
            Self::Failed | Self::Rejected | Self::Orphaned | Self::Away
        )
    }

    /// Its name in texts and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Unready => "unready",
            Self::Stopping => "stopping",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Orphaned => "orphaned",
            Self::Away => "away",
        }
    }
}
