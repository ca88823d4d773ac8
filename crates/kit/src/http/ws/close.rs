use std::io::ErrorKind;

use actix_ws::{CloseCode, CloseReason, ProtocolError};

/// Why the server ends a connection (RFC 6455, 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// 1000: what the connection was for is over.
    Done,
    /// 1001: the process stops; connect again.
    GoingAway,
    /// 1002: what came is not the protocol.
    Protocol,
    /// 1003: only text is understood.
    Unsupported,
    /// 1007: a text that is not UTF-8.
    NotText,
    /// 1008: the client may not go on, as when it was logged out.
    Policy,
    /// 1009: a message was too large.
    TooLarge,
    /// 1011: a failure of ours, or a client that does not answer any more.
    Failed,
    /// 1013: the client reads too slowly; connect again later.
    TryAgainLater,
}

impl Close {
    /// What an error while receiving means.
    pub(super) fn of_error(error: &ProtocolError) -> Self {
        match error {
            ProtocolError::Overflow => Self::TooLarge,
            ProtocolError::Io(error) => match error.kind() {
                ErrorKind::InvalidData => Self::NotText,
                // Frames that are too large together; also a broken connection, on
                // which no code is heard.
                _ => Self::TooLarge,
            },
            _ => Self::Protocol,
        }
    }

    /// The code on the wire.
    pub(super) fn code(self) -> CloseCode {
        match self {
            Self::Done => CloseCode::Normal,
            Self::GoingAway => CloseCode::Away,
            Self::Protocol => CloseCode::Protocol,
            Self::Unsupported => CloseCode::Unsupported,
            Self::NotText => CloseCode::Invalid,
            Self::Policy => CloseCode::Policy,
            Self::TooLarge => CloseCode::Size,
            Self::Failed => CloseCode::Error,
            Self::TryAgainLater => CloseCode::Again,
        }
    }
}

impl From<Close> for CloseReason {
    fn from(close: Close) -> Self {
        Self {
            code: close.code(),
            description: None,
        }
    }
}
