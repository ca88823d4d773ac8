//! `/desk/tracks/{id}`: a track's words, its cover, and where its file stands.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use wing_contracts::TrackId;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_kit::http::multipart;
use wing_ui::Page;
use wing_ui::form::{Refusal, Typed, respond};
use wing_ui::view::{Choice, Field, TrackItem};

use super::artist::{failure, step_in_words};
use super::{musician, page};
use crate::error::Error;
use crate::model::{AudioFile, Track, TrackStatus, UpdateTrack};
use crate::pages::tracks::{BARS, Sound};
use crate::pages::{form, status_key, view};
use crate::service::Music;
use crate::service::albums::AlbumQuery;
use crate::service::detail::TrackDetail;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(edit)
        .service(save)
        .service(publish)
        .service(delete)
        .service(restore)
        .service(set_cover)
        .service(remove_cover);
}

#[derive(Template)]
#[template(path = "desk/track.html")]
pub(in crate::pages) struct TrackForm {
    pub page: Page,
    pub track: Track,
    pub item: TrackItem,
    /// `processing`, `failed` or `ready`.
    pub state: &'static str,
    /// Whether it will be published once it is ready.
    pub awaited: bool,
    /// The state in words.
    pub words: String,
    pub sound: Option<Sound>,
    pub original_name: String,
    pub warnings: Vec<String>,
    pub title: Field,
    pub track_number: Field,
    pub album: Field,
    pub genre: Field,
    pub lyrics: Field,
    pub downloadable: Field,
    pub picture_error: Option<String>,
    pub bars: usize,
}

impl TrackForm {
    fn public(&self) -> bool {
        self.track.status == TrackStatus::Published
    }

    fn ready(&self) -> bool {
        self.state == "ready"
    }
}

/// What the form says; unlike a [`TrackDraft`](crate::model::TrackDraft) it keeps a
/// number as typed.
#[derive(Clone, Default)]
pub(in crate::pages) struct Written {
    pub title: String,
    pub album: String,
    pub track_number: String,
    pub genre: String,
    pub lyrics: String,
    pub downloadable: bool,
}

impl Written {
    fn of(typed: &Typed) -> Self {
        Self {
            title: typed.get("title").to_owned(),
            album: typed.get("album").to_owned(),
            track_number: typed.get("track_number").to_owned(),
            genre: typed.get("genre").to_owned(),
            lyrics: typed.get("lyrics").to_owned(),
            downloadable: typed.ticked("downloadable"),
        }
    }

    /// The API's body of it, with the number as it was read.
    fn update(&self, track_number: Option<i32>) -> Result<UpdateTrack, Error> {
        let album = Some(self.album.as_str()).filter(|id| !id.is_empty());
        let album = album.map(str::parse).transpose();
        Ok(UpdateTrack {
            title: Some(self.title.clone()),
            album_id: Some(album.map_err(|_| Error::ForeignAlbum)?),
            track_number: Some(track_number),
            genre: Some(self.genre.clone()),
            lyrics: Some(self.lyrics.clone()),
            downloadable: Some(self.downloadable),
            published: None,
        })
    }

    fn stored(track: &Track, lyrics: String) -> Self {
        Self {
            title: track.title.clone(),
            album: track
                .album
                .as_ref()
                .map(|album| album.id.to_string())
                .unwrap_or_default(),
            track_number: track
                .track_number
                .map(|number| number.to_string())
                .unwrap_or_default(),
            genre: track.genre.as_str().to_owned(),
            lyrics,
            downloadable: track.downloadable,
        }
    }
}

impl TrackForm {
    pub fn new(
        page: Page,
        track: Track,
        written: &Written,
        albums: Vec<Choice>,
        wrong: Option<&Problem>,
    ) -> Self {
        let lang = page.lang;
        let t = |key: &str| crate::t(lang, key);
        let refusal = Refusal::new(lang, crate::t, wrong);
        let error = |field| refusal.of_field(field);
        let page = refusal.flash(page);
        let state = match track.status {
            TrackStatus::Processing => "processing",
            TrackStatus::Failed => "failed",
            TrackStatus::Draft | TrackStatus::Published => "ready",
        };
        Self {
            item: view::track(&track, false),
            state,
            awaited: false,
            words: t(status_key(track.status)).into(),
            sound: None,
            original_name: String::new(),
            warnings: Vec::new(),
            title: Field::new("title", t("track.title"), &written.title)
                .required()
                .max_length(200)
                .error(error("title")),
            track_number: Field::new("track_number", t("track.number"), &written.track_number)
                .kind("number")
                .error(error("track_number")),
            album: Field::new("album", page.t("ui.album"), &written.album)
                .kind("select")
                .choices(albums)
                .error(error("album_id")),
            genre: Field::new("genre", t("track.genre"), &written.genre)
                .kind("select")
                .required()
                .choices(form::genres(lang))
                .error(error("genre")),
            lyrics: Field::new("lyrics", page.t("ui.lyrics"), &written.lyrics)
                .kind("textarea")
                .max_length(20_000)
                .error(error("lyrics")),
            downloadable: Field::new(
                "downloadable",
                t("track.downloadable"),
                written.downloadable.to_string(),
            )
            .kind("checkbox")
            .help(t("track.downloadable.help"))
            .error(error("downloadable")),
            picture_error: error("picture"),
            bars: BARS,
            track,
            page,
        }
    }

    /// Adds where its file stands and what was found in it.
    fn with_file(mut self, file: &AudioFile) -> Self {
        self.sound = Sound::of(self.page.lang, file);
        self.item.peaks = file.peaks.clone().unwrap_or_default();
        self.original_name.clone_from(&file.original_name);
        self.warnings = warnings(self.page.lang, &file.warnings);
        if self.state == "processing" {
            self.words = step_in_words(self.page.lang, &file.step);
        }
        self
    }
}

/// What was odd about a file but not wrong, in words; codes without words stay
/// unsaid.
fn warnings(lang: wing_ui::Lang, codes: &str) -> Vec<String> {
    let known = |code: &str| {
        let key = format!("warning.{code}");
        let text = crate::t(lang, &key);
        (text.as_str() != key).then(|| text.into())
    };
    codes
        .split(',')
        .filter(|code| !code.is_empty())
        .filter_map(known)
        .collect()
}

pub(super) async fn own_track(
    music: &Music,
    viewer: &Viewer,
    id: TrackId,
) -> Result<TrackDetail, Error> {
    musician(viewer)?;
    let detail = music.track_detail(Some(viewer), id).await?;
    if detail.manages {
        Ok(detail)
    } else {
        Err(Error::NotFound)
    }
}

async fn track_page(
    music: &Music,
    req: &HttpRequest,
    viewer: &Viewer,
    id: TrackId,
    typed: Option<Written>,
    wrong: Option<&Problem>,
) -> Result<TrackForm, Error> {
    let TrackDetail {
        track,
        lyrics,
        file,
        awaited,
        ..
    } = own_track(music, viewer, id).await?;
    let albums = AlbumQuery {
        artist: Some(track.artist.id),
        drafts: true,
        limit: Some(100),
        ..Default::default()
    };
    let albums = music.list_albums(Some(viewer), albums).await?;
    let page = page(music, req, track.title.as_str());
    let none = Choice {
        value: String::new(),
        label: crate::t(page.lang, "track.no_album").into(),
    };
    let albums = albums.items.into_iter().map(|album| Choice {
        value: album.id.to_string(),
        label: album.text.title,
    });
    let albums = std::iter::once(none).chain(albums).collect();
    let written = typed.unwrap_or_else(|| Written::stored(&track, lyrics));
    let failed = track.status == TrackStatus::Failed;
    let mut form = TrackForm::new(page, track, &written, albums, wrong);
    form.awaited = awaited;
    if let Some(file) = &file {
        form = form.with_file(file);
    }
    if failed {
        form.words = failure(music, viewer, form.page.lang, &form.track).await?;
    }
    Ok(form)
}

#[get("/desk/tracks/{id}")]
async fn edit(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<TrackId>,
) -> Result<HttpResponse, Error> {
    Ok(wing_ui::render(
        &track_page(&music, &req, &viewer, *id, None, None).await?,
    ))
}

#[post("/desk/tracks/{id}")]
async fn save(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<TrackId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let written = Written::of(&typed);
    let then = typed.get("then");
    let changed = async {
        let update = UpdateTrack {
            published: match then {
                "publish" => Some(true),
                "unpublish" => Some(false),
                _ => None,
            },
            ..written.update(typed.number("track_number"))?
        };
        music.update_track(&viewer, *id, update).await
    };
    let outcome = changed.await.map(|track| {
        let did = match (then, track.status) {
            ("publish", TrackStatus::Published) => "published",
            ("publish", TrackStatus::Processing) => "awaited",
            ("unpublish", TrackStatus::Draft) => "unpublished",
            _ => "saved",
        };
        see_other(&format!("/desk/tracks/{id}?did={did}"))
    });
    let again = async |problem: &Problem| {
        track_page(&music, &req, &viewer, *id, Some(written), Some(problem)).await
    };
    respond(outcome, again).await
}

/// The small button of the table.
#[post("/desk/tracks/{id}/publish")]
async fn publish(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<TrackId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let wanted = typed.ticked("published");
    let update = UpdateTrack {
        published: Some(wanted),
        ..UpdateTrack::default()
    };
    let changed = music.update_track(&viewer, *id, update).await;
    let outcome = changed.map(|track| {
        let did = if wanted { "published" } else { "unpublished" };
        see_other(&format!("/desk/artists/{}?did={did}", track.artist.id))
    });
    let again =
        async |problem: &Problem| track_page(&music, &req, &viewer, *id, None, Some(problem)).await;
    respond(outcome, again).await
}

#[post("/desk/tracks/{id}/delete")]
async fn delete(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    let artist = own_track(&music, &viewer, *id).await?.track.artist.id;
    music.delete_track(&viewer, *id).await?;
    Ok(see_other(&format!(
        "/desk/artists/{artist}?did=track_deleted"
    )))
}

#[post("/desk/tracks/{id}/restore")]
async fn restore(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    let track = music.restore_track(&viewer, *id).await?;
    Ok(see_other(&format!(
        "/desk/artists/{}?did=restored",
        track.artist.id
    )))
}

#[post("/desk/tracks/{id}/cover")]
async fn set_cover(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<TrackId>,
    form: Multipart,
) -> Result<HttpResponse, Error> {
    own_track(&music, &viewer, *id).await?;
    let stored = async {
        let bytes = multipart::picture(form).await?;
        music.set_track_cover(&viewer, *id, bytes).await
    };
    let done = stored.await;
    let outcome = done.map(|_| see_other(&format!("/desk/tracks/{id}?did=cover")));
    let again =
        async |problem: &Problem| track_page(&music, &req, &viewer, *id, None, Some(problem)).await;
    respond(outcome, again).await
}

#[post("/desk/tracks/{id}/cover/delete")]
async fn remove_cover(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    music.remove_track_cover(&viewer, *id).await?;
    Ok(see_other(&format!("/desk/tracks/{id}?did=cover_removed")))
}
