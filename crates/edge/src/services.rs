use crate::table::Owner;

/// Where the database of a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Outside the Swarm, at the address that a secret holds.
    Outside,
    /// In the Swarm, on a node of its own.
    Inside,
}

/// What the deployment has to know of a service. A new one answers here, once.
impl Owner {
    /// Whose answers it needs.
    pub const fn asks(self) -> &'static [Self] {
        match self {
            Self::Music => &[Self::User],
            _ => &[],
        }
    }

    /// Whether heavy work is done by replicas of their own, which nobody outside
    /// talks to.
    pub const fn has_workers(self) -> bool {
        matches!(self, Self::Music)
    }

    /// Whether its image brings ffmpeg along.
    pub const fn needs_ffmpeg(self) -> bool {
        matches!(self, Self::Music)
    }

    /// Where its database is. Accounts stay where they are when a Swarm is built
    /// anew, and other systems may come to share them.
    pub const fn database(self) -> Home {
        match self {
            Self::User => Home::Outside,
            _ => Home::Inside,
        }
    }

    /// The package in `services/` and what its program is called.
    pub fn program(self) -> String {
        format!("wing-{}", self.name())
    }
}
