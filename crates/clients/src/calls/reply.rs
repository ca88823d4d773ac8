use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wing_contracts::{ProviderError, Refusal};

use super::call_error::CallError;

/// The parts of a problem detail (RFC 9457) that a caller goes by.
#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    detail: String,
}

/// Reads the response of the service `name`.
pub(super) async fn read<T: DeserializeOwned>(
    name: &str,
    answer: Response,
) -> Result<T, CallError> {
    let status = answer.status();
    match status {
        StatusCode::NOT_FOUND => Err(CallError::Answer(ProviderError::NotFound)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(CallError::Answer(ProviderError::Denied))
        }
        _ if status.is_success() => {
            let body = answer.bytes().await.map_err(CallError::of_connection)?;
            let body = if body.is_empty() {
                &b"null"[..]
            } else {
                &body[..]
            };
            serde_json::from_slice(body)
                .map_err(|error| CallError::Transient(format!("an unreadable answer: {error}")))
        }
        _ if status.is_client_error() => {
            let body = answer.bytes().await.map_err(CallError::of_connection)?;
            Err(refusal(name, status, &body))
        }
        _ if status.is_server_error() => Err(CallError::Transient(status.to_string())),
        _ => Err(unreadable(name, status)),
    }
}

fn refusal(name: &str, status: StatusCode, body: &[u8]) -> CallError {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return unreadable(name, status);
    };
    if problem.code == "idempotency_key_in_use" {
        return CallError::InProgress;
    }
    CallError::Answer(ProviderError::Refused(Refusal {
        status: status.as_u16(),
        code: problem.code,
        detail: problem.detail,
    }))
}

/// An answer that none of our processes gives.
fn unreadable(name: &str, status: StatusCode) -> CallError {
    let text = format!("{name} answered {status}");
    CallError::Answer(ProviderError::Unavailable(text))
}
