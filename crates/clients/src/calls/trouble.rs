use wing_contracts::ProviderError;

/// Why one attempt failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It never reached the neighbour, and may at once: nobody listened.
    NotSent(String),
    /// It was sent, and its answer was lost or says that it may work at once,
    /// such as that of a replica that is leaving.
    Passing(String),
    /// It was sent, and took too long.
    Late,
    /// There was no time left to send it.
    OutOfTime,
    /// The circuit is open.
    Open,
    /// An earlier attempt of the same call is still being carried out.
    Running,
    /// An answer, and no failure of the neighbour.
    Answer(ProviderError),
}

impl Trouble {
    /// Whether it speaks against the replica.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Passing(_) | Self::Late | Self::OutOfTime => true,
            Self::Open | Self::Running | Self::Answer(_) => false,
        }
    }

    /// Whether the same may work in a moment.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::NotSent(_) | Self::Passing(_) | Self::Running)
    }

    /// Whether the neighbour may have carried the call out.
    pub(super) fn may_have_effect(&self) -> bool {
        matches!(self, Self::Passing(_) | Self::Late | Self::Running)
    }

    /// For metrics.
    pub(super) fn outcome(&self) -> &'static str {
        match self {
            Self::NotSent(_) | Self::Passing(_) | Self::Running => "failed",
            Self::Late | Self::OutOfTime => "late",
            Self::Open => "open",
            Self::Answer(_) => "refused",
        }
    }

    /// An error of the connection, without the address it was sent to.
    pub(super) fn of_connection(error: reqwest::Error) -> Self {
        let was_sent = !error.is_connect();
        let mut text = error.without_url().to_string();
        if text.is_empty() {
            text.push_str("no answer");
        }
        if was_sent {
            Self::Passing(text)
        } else {
            Self::NotSent(text)
        }
    }

    /// The error of a call whose last attempt ended so; `is_unknown` when one of
    /// its attempts may have had its effect.
    pub(super) fn into_error(self, name: &str, is_unknown: bool) -> ProviderError {
        let why = match self {
            Self::Answer(error) => return error,
            Self::NotSent(text) | Self::Passing(text) => text,
            Self::Late | Self::OutOfTime => "no answer in time".to_owned(),
            Self::Open => "not asked: it failed just now".to_owned(),
            Self::Running => "the same call is still running".to_owned(),
        };
        let text = format!("{name}: {why}");
        if is_unknown {
            ProviderError::Unknown(text)
        } else {
            ProviderError::Unavailable(text)
        }
    }
}
