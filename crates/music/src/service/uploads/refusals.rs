//! How an upload is refused.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use wing_kit::Problem;

use crate::error::Error;

/// `Upload-Offset`, in bytes.
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

pub(super) fn refused(status: StatusCode, code: &'static str, detail: &'static str) -> Error {
    Problem::new(status, code, detail).into()
}

pub(super) fn changed_elsewhere() -> Error {
    Problem::conflict(
        "upload_changed",
        "The upload was ended or gone on with elsewhere. Ask where it stands.",
    )
    .into()
}

pub(super) fn too_large(detail: &'static str) -> Error {
    refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
}

pub(super) fn storage_used_up() -> Error {
    Problem::conflict(
        "storage_used_up",
        "Your account keeps as much music as it may. Remove tracks that are not needed any more, or ask the operator for more.",
    )
    .into()
}

pub(super) fn mismatch(at: u64) -> Error {
    Problem::conflict(
        "offset_mismatch",
        "The upload does not stand there; `Upload-Offset` says where it does.",
    )
    .header(UPLOAD_OFFSET, at.into())
    .into()
}

/// 460, which tus made up for this.
pub(super) fn checksum_mismatch() -> Error {
    let status = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
    refused(
        status,
        "checksum_mismatch",
        "The body is not what its checksum says; nothing of it was kept. Send it again.",
    )
}
