//! Uploads that stopped on their way, wherever they were begun: with the same
//! file they go on, or one discards them.

use actix_web::{HttpResponse, post, web};
use wing_contracts::UploadId;
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_ui::form::Typed;
use wing_ui::view::UnfinishedUpload;

use crate::error::Error;
use crate::service::Music;
use crate::service::uploads::Upload;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(discard);
}

/// What the viewer has begun and not made tracks of, latest first.
pub(super) async fn unfinished(
    music: &Music,
    viewer: &Viewer,
) -> Result<Vec<UnfinishedUpload>, Error> {
    let uploads = music.unfinished_uploads(viewer).await?;
    Ok(uploads.into_iter().map(item).collect())
}

fn item(upload: Upload) -> UnfinishedUpload {
    UnfinishedUpload {
        id: upload.id.to_string(),
        size: upload.size.cast_unsigned(),
        received: upload.received.cast_unsigned(),
        name: upload.filename,
    }
}

#[post("/desk/uploads/{id}/discard")]
async fn discard(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<UploadId>,
    form: Typed,
) -> Result<HttpResponse, Error> {
    match music.end_upload(&viewer, *id).await {
        // What expired meanwhile is gone as well.
        Err(Error::Refused(problem)) if problem.code() == "upload_expired" => {}
        ended => ended?,
    }
    let page = wing_kit::http::links::local_path(form.get("next"));
    let page = page.split('?').next().unwrap_or("/desk");
    Ok(see_other(&format!("{page}?did=discarded")))
}
