/// Why a call to another domain gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// There is no such thing, or the caller may not know of it.
    #[error("not found")]
    NotFound,
    /// The caller may know of it but not do this.
    #[error("denied")]
    Denied,
    /// The domain could not be reached or failed; the text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
}
