use wing_contracts::ProviderError;

/// Why one attempt failed.
#[derive(Debug)]
pub(super) enum CallError {
    /// The connection failed before anything was sent; a retry may work at once.
    NotSent(String),
    /// It was sent, and its response was lost or is a 5xx, such as that of a
    /// replica that is shutting down; a retry may work at once.
    Transient(String),
    /// It was sent, and no response came within the budget.
    TimedOut,
    /// The budget was used up before it was sent.
    DeadlinePassed,
    /// The circuit is open.
    CircuitOpen,
    /// An earlier attempt of the same call is still being carried out.
    InProgress,
    /// A definite response, which is no failure of the service.
    Answer(ProviderError),
}

impl CallError {
    /// Whether it counts as a failure for the replica's circuit.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Transient(_) | Self::TimedOut | Self::DeadlinePassed => true,
            Self::CircuitOpen | Self::InProgress | Self::Answer(_) => false,
        }
    }

    /// Whether a retry may work.
    pub(super) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NotSent(_) | Self::Transient(_) | Self::InProgress
        )
    }

    /// Whether the service may have carried the call out.
    pub(super) fn may_have_effect(&self) -> bool {
        matches!(self, Self::Transient(_) | Self::TimedOut | Self::InProgress)
    }

    /// For metrics.
    pub(super) fn outcome(&self) -> &'static str {
        match self {
            Self::NotSent(_) | Self::Transient(_) | Self::InProgress => "failed",
            Self::TimedOut | Self::DeadlinePassed => "late",
            Self::CircuitOpen => "open",
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
            Self::Transient(text)
        } else {
            Self::NotSent(text)
        }
    }

    /// The error of a call whose last attempt ended so; `is_unknown` when one of
    /// its attempts may have had its effect.
    pub(super) fn into_error(self, name: &str, is_unknown: bool) -> ProviderError {
        let why = match self {
            Self::Answer(error) => return error,
            Self::NotSent(text) | Self::Transient(text) => text,
            Self::TimedOut | Self::DeadlinePassed => "no answer in time".to_owned(),
            Self::CircuitOpen => "not asked: it failed just now".to_owned(),
            Self::InProgress => "the same call is still running".to_owned(),
        };
        let text = format!("{name}: {why}");
        if is_unknown {
            ProviderError::Unknown(text)
        } else {
            ProviderError::Unavailable(text)
        }
    }
}
