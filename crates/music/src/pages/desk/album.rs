//! Albums on the desk: created, edited, put in order, published, removed.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use wing_contracts::{AlbumId, ArtistId, TrackId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_ui::view::{AlbumItem, Field, UnfinishedUpload};
use wing_ui::{FlashKind, Page};

use super::artist::own;
use super::unfinished::unfinished;
use super::{file, musician, page};
use crate::error::Error;
use crate::model::{Album, Artist, Track};
use crate::pages::form::{self, Typed};
use crate::pages::{see_other, view};
use crate::service::albums::{AlbumDraft, number_field};
use crate::service::{Music, manages_as};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(new)
        .service(create)
        .service(edit)
        .service(update)
        .service(order)
        .service(delete)
        .service(restore)
        .service(set_cover)
        .service(remove_cover);
}

/// What is written about an album.
pub(in crate::pages) struct AlbumForm {
    pub title: Field,
    pub released_on: Field,
    pub label: Field,
    pub distributor: Field,
    pub description: Field,
}

impl AlbumForm {
    pub fn new(page: &Page, draft: &AlbumDraft, wrong: Option<&Problem>) -> Self {
        let t = |key: &str| crate::t(page.lang, key);
        let field = |name: &'static str, key, value: &String| {
            Field::new(name, t(key), value).error(form::error(page.lang, wrong, name))
        };
        Self {
            title: field("title", "album.title", &draft.title)
                .required()
                .max_length(200),
            released_on: field("released_on", "album.released", &draft.released_on).kind("date"),
            label: field("label", "album.label", &draft.label).max_length(100),
            distributor: field("distributor", "album.distributor", &draft.distributor)
                .max_length(100),
            description: field("description", "album.about", &draft.description)
                .kind("textarea")
                .max_length(5_000),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/album_new.html")]
struct NewAlbumPage {
    page: Page,
    artist: Artist,
    form: AlbumForm,
}

#[derive(Template)]
#[template(path = "desk/album.html")]
pub(in crate::pages) struct AlbumPage {
    pub page: Page,
    pub album: Album,
    pub item: AlbumItem,
    pub form: AlbumForm,
    pub picture_error: Option<String>,
    pub places: Vec<Place>,
    pub unfinished: Vec<UnfinishedUpload>,
}

/// A track of the album and its number there, as it is or was typed.
pub(in crate::pages) struct Place {
    pub track: Track,
    pub number: String,
    pub error: Option<String>,
}

fn draft(typed: &Typed) -> AlbumDraft {
    AlbumDraft {
        title: typed.get("title").to_owned(),
        description: typed.get("description").to_owned(),
        label: typed.get("label").to_owned(),
        distributor: typed.get("distributor").to_owned(),
        released_on: typed.get("released_on").to_owned(),
        published: typed.get("then") == "publish",
    }
}

fn refused(page: Page, wrong: Option<&Problem>) -> Page {
    match form::refusal(page.lang, wrong) {
        Some(text) => page.flash(FlashKind::Error, text),
        None => page,
    }
}

fn new_page(
    music: &Music,
    req: &HttpRequest,
    artist: Artist,
    draft: &AlbumDraft,
    wrong: Option<&Problem>,
) -> NewAlbumPage {
    let page = page(music, req, "");
    let title = crate::t(page.lang, "desk.album.new").into();
    let page = refused(Page { title, ..page }, wrong);
    NewAlbumPage {
        form: AlbumForm::new(&page, draft, wrong),
        page,
        artist,
    }
}

#[get("/desk/artists/{id}/albums/new")]
async fn new(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
) -> Result<HttpResponse, Error> {
    let artist = own(&music, &viewer, *id).await?;
    Ok(wing_ui::render(&new_page(
        &music,
        &req,
        artist,
        &AlbumDraft::default(),
        None,
    )))
}

#[post("/desk/artists/{id}/albums/new")]
async fn create(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let artist = own(&music, &viewer, *id).await?;
    let draft = draft(&typed);
    match music
        .create_album(&viewer, *id, &draft)
        .await
        .map_err(|error| error.problem())
    {
        Ok(album) => Ok(see_other(&format!("/desk/albums/{}?did=created", album.id))),
        Err(problem) if form::can_be_mended(&problem) => {
            let page = new_page(&music, &req, artist, &draft, Some(&problem));
            Ok(wing_ui::render_status(
                StatusCode::UNPROCESSABLE_ENTITY,
                &page,
            ))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// One's album, or as good as none.
async fn own_album(music: &Music, viewer: &Viewer, id: AlbumId) -> Result<Album, Error> {
    musician(viewer)?;
    let album = music.get_album(Some(viewer), id).await?;
    if manages_as(Some(viewer), album.artist.owner) {
        Ok(album)
    } else {
        Err(Error::NotFound)
    }
}

async fn album_page(
    music: &Music,
    req: &HttpRequest,
    viewer: &Viewer,
    id: AlbumId,
    typed: Option<AlbumDraft>,
    wrong: Option<&Problem>,
) -> Result<AlbumPage, Error> {
    let album = own_album(music, viewer, id).await?;
    let (tracks, unfinished) = tokio::try_join!(
        music.album_tracks(Some(viewer), &album),
        unfinished(music, viewer),
    )?;
    let page = refused(page(music, req, album.title.as_str()), wrong);
    let draft = typed.unwrap_or_else(|| AlbumDraft::from(&album));
    Ok(AlbumPage {
        form: AlbumForm::new(&page, &draft, wrong),
        picture_error: form::error(page.lang, wrong, "picture"),
        item: view::album(&album, &std::collections::HashMap::new()),
        places: tracks
            .into_iter()
            .map(|track| Place {
                number: track
                    .track_number
                    .map_or_else(String::new, |number| number.to_string()),
                error: form::error(page.lang, wrong, &number_field(track.id)),
                track,
            })
            .collect(),
        unfinished,
        page,
        album,
    })
}

#[get("/desk/albums/{id}")]
async fn edit(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<AlbumId>,
) -> Result<HttpResponse, Error> {
    Ok(wing_ui::render(
        &album_page(&music, &req, &viewer, *id, None, None).await?,
    ))
}

#[post("/desk/albums/{id}")]
async fn update(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let wanted = draft(&typed);
    let then = typed.get("then").to_owned();
    let change = wanted.clone();
    let changed = music.update_album(&viewer, *id, move |draft| {
        let published = match then.as_str() {
            "publish" => true,
            "unpublish" => false,
            _ => draft.published,
        };
        *draft = AlbumDraft {
            published,
            ..change.clone()
        };
    });
    match changed.await.map_err(|error| error.problem()) {
        Ok(_) => {
            let did = match typed.get("then") {
                "publish" => "published",
                "unpublish" => "unpublished",
                _ => "saved",
            };
            Ok(see_other(&format!("/desk/albums/{id}?did={did}")))
        }
        Err(problem) if form::can_be_mended(&problem) => {
            let page = album_page(&music, &req, &viewer, *id, Some(wanted), Some(&problem)).await?;
            Ok(wing_ui::render_status(
                StatusCode::UNPROCESSABLE_ENTITY,
                &page,
            ))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Writes the numbers typed beside the tracks.
#[post("/desk/albums/{id}/order")]
async fn order(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let named = typed.0.iter().filter_map(|(name, _)| {
        let id: TrackId = name.strip_prefix("number_")?.parse().ok()?;
        Some((id, typed.number(name)))
    });
    let ordered = music.order_album(&viewer, *id, named.collect()).await;
    match ordered.map_err(|error| error.problem()) {
        Ok(()) => Ok(see_other(&format!("/desk/albums/{id}?did=ordered"))),
        Err(problem) if form::can_be_mended(&problem) => {
            let mut page = album_page(&music, &req, &viewer, *id, None, Some(&problem)).await?;
            for place in &mut page.places {
                typed
                    .get(&number_field(place.track.id))
                    .clone_into(&mut place.number);
            }
            Ok(wing_ui::render_status(
                StatusCode::UNPROCESSABLE_ENTITY,
                &page,
            ))
        }
        Err(problem) => Err(problem.into()),
    }
}

#[post("/desk/albums/{id}/delete")]
async fn delete(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    let album = own_album(&music, &viewer, *id).await?;
    music.delete_album(&viewer, *id).await?;
    Ok(see_other(&format!(
        "/desk/artists/{}?did=album_deleted",
        album.artist.id
    )))
}

#[post("/desk/albums/{id}/restore")]
async fn restore(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    let album = music.restore_album(&viewer, *id).await?;
    Ok(see_other(&format!(
        "/desk/artists/{}?did=restored",
        album.artist.id
    )))
}

#[post("/desk/albums/{id}/cover")]
async fn set_cover(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    form: Multipart,
) -> Result<HttpResponse, Error> {
    own_album(&music, &viewer, *id).await?;
    let stored = async {
        let bytes = file::picture(&req, form).await?;
        music
            .set_album_cover(&viewer, *id, bytes)
            .await
            .map_err(|error| error.problem())
    };
    match stored.await {
        Ok(_) => Ok(see_other(&format!("/desk/albums/{id}?did=cover"))),
        Err(problem) if form::can_be_mended(&problem) => {
            let page = album_page(&music, &req, &viewer, *id, None, Some(&problem)).await?;
            Ok(wing_ui::render_status(
                StatusCode::UNPROCESSABLE_ENTITY,
                &page,
            ))
        }
        Err(problem) => Err(problem.into()),
    }
}

#[post("/desk/albums/{id}/cover/delete")]
async fn remove_cover(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    music.remove_album_cover(&viewer, *id).await?;
    Ok(see_other(&format!("/desk/albums/{id}?did=cover_removed")))
}
