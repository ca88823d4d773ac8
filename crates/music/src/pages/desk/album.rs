//! Albums on the desk: created, edited, put in order, published, removed.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use wing_contracts::{AlbumId, ArtistId, TrackId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_kit::http::multipart;
use wing_ui::Page;
use wing_ui::form::{Refusal, Typed, respond};
use wing_ui::view::{AlbumItem, Field, UnfinishedUpload};

use super::artist::own;
use super::unfinished::unfinished;
use super::{musician, page};
use crate::error::Error;
use crate::model::{Album, AlbumDraft, Artist, Track, UpdateAlbum};
use crate::pages::view;
use crate::service::albums::number_field;
use crate::service::{Music, manages_as};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(new)
        .service(create)
        .service(edit)
        .service(save)
        .service(order)
        .service(delete)
        .service(restore)
        .service(set_cover)
        .service(remove_cover);
}

/// The fields of what is written about an album, in the order they are shown.
pub(in crate::pages) fn fields(
    page: &Page,
    draft: &AlbumDraft,
    wrong: Option<&Problem>,
) -> Vec<Field> {
    let refusal = Refusal::new(page.lang, crate::t, wrong);
    let field = |name: &'static str, key, value: &String| {
        Field::new(name, crate::t(page.lang, key), value).error(refusal.of_field(name))
    };
    vec![
        field("title", "album.title", &draft.title)
            .required()
            .max_length(200),
        field("released_on", "album.released", &draft.released_on).kind("date"),
        field("label", "album.label", &draft.label).max_length(100),
        field("distributor", "album.distributor", &draft.distributor).max_length(100),
        field("description", "album.about", &draft.description)
            .kind("textarea")
            .max_length(5_000),
    ]
}

#[derive(Template)]
#[template(path = "desk/album_new.html")]
struct NewAlbumPage {
    page: Page,
    artist: Artist,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "desk/album.html")]
pub(in crate::pages) struct AlbumPage {
    pub page: Page,
    pub album: Album,
    pub item: AlbumItem,
    pub fields: Vec<Field>,
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

fn new_page(
    music: &Music,
    req: &HttpRequest,
    artist: Artist,
    draft: &AlbumDraft,
    wrong: Option<&Problem>,
) -> NewAlbumPage {
    let page = page(music, req, "");
    let title = crate::t(page.lang, "desk.album.new").into();
    let page = Refusal::new(page.lang, crate::t, wrong).flash(Page { title, ..page });
    NewAlbumPage {
        fields: fields(&page, draft, wrong),
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
    let mut draft = AlbumDraft::default();
    typed.read::<UpdateAlbum>()?.apply(&mut draft);
    let created = music.create_album(&viewer, *id, &draft).await;
    let outcome = created.map(|album| see_other(&format!("/desk/albums/{}?did=created", album.id)));
    let again = async |problem: &Problem| Ok(new_page(&music, &req, artist, &draft, Some(problem)));
    respond(outcome, again).await
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
    typed: Option<&UpdateAlbum>,
    wrong: Option<&Problem>,
) -> Result<AlbumPage, Error> {
    let album = own_album(music, viewer, id).await?;
    let (tracks, unfinished) = tokio::try_join!(
        music.album_tracks(Some(viewer), &album),
        unfinished(music, viewer),
    )?;
    let page = page(music, req, album.text.title.as_str());
    let refusal = Refusal::new(page.lang, crate::t, wrong);
    let page = refusal.flash(page);
    let mut draft = AlbumDraft::from(&album);
    if let Some(typed) = typed {
        typed.apply(&mut draft);
    }
    Ok(AlbumPage {
        fields: fields(&page, &draft, wrong),
        picture_error: refusal.of_field("picture"),
        item: view::album(&album, &std::collections::HashMap::new()),
        places: tracks
            .into_iter()
            .map(|track| Place {
                number: track
                    .track_number
                    .map_or_else(String::new, |number| number.to_string()),
                error: refusal.of_field(&number_field(track.id)),
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
async fn save(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let (published, did) = match typed.get("then") {
        "publish" => (Some(true), "published"),
        "unpublish" => (Some(false), "unpublished"),
        _ => (None, "saved"),
    };
    let update = UpdateAlbum {
        published,
        ..typed.read()?
    };
    let done = music.update_album(&viewer, *id, update.clone()).await;
    let outcome = done.map(|_| see_other(&format!("/desk/albums/{id}?did={did}")));
    let again = async |problem: &Problem| {
        album_page(&music, &req, &viewer, *id, Some(&update), Some(problem)).await
    };
    respond(outcome, again).await
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
    let done = music.order_album(&viewer, *id, named.collect()).await;
    let outcome = done.map(|()| see_other(&format!("/desk/albums/{id}?did=ordered")));
    let again = async |problem: &Problem| {
        let mut page = album_page(&music, &req, &viewer, *id, None, Some(problem)).await?;
        for place in &mut page.places {
            typed
                .get(&number_field(place.track.id))
                .clone_into(&mut place.number);
        }
        Ok(page)
    };
    respond(outcome, again).await
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
        let bytes = multipart::picture(form).await?;
        music.set_album_cover(&viewer, *id, bytes).await
    };
    let done = stored.await;
    let outcome = done.map(|_| see_other(&format!("/desk/albums/{id}?did=cover")));
    let again =
        async |problem: &Problem| album_page(&music, &req, &viewer, *id, None, Some(problem)).await;
    respond(outcome, again).await
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
