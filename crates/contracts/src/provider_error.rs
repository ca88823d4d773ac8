/// Why a call to another domain gave no answer.
///
/// A domain that asked for a change treats [`ProviderError::Unknown`] as
/// something that may have happened: it repeats the call with the same key, or
/// asks how things stand. All others say that nothing happened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// There is no such thing, or the caller may not know of it.
    #[error("not found")]
    NotFound,
    /// The caller may know of it but not do this.
    #[error("denied")]
    Denied,
    /// The domain answered and refused, for a reason that has a code.
    #[error(transparent)]
    Refused(Refusal),
    /// The domain could not be reached or failed; the text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The call was sent and its answer was lost or never came: whether it had
    /// its effect is not known. The text is for the log.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}

impl ProviderError {
    /// The code of a refusal, such as `sold_out`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            Self::NotFound | Self::Denied | Self::Unavailable(_) | Self::Unknown(_) => None,
        }
    }
}

/// What another domain refused, as its problem details (RFC 9457) say it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused: {status} {code}: {detail}")]
pub struct Refusal {
    /// The HTTP status, from 400 to 499.
    pub status: u16,
    /// Stable, for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}
