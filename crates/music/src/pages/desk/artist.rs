//! `/desk/artists/{id}`: everything of one artist in one place.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use std::collections::HashMap;
use wing_contracts::{ArtistId, TrackId};
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_ui::form::Typed;
use wing_ui::view::{AlbumItem, ImageSet, UnfinishedUpload, made_cover};
use wing_ui::{Lang, Page};

use super::stats::{Chart, DAYS};
use super::track::own_track;
use super::unfinished::unfinished;
use super::{musician, page};
use crate::error::Error;
use crate::model::{Album, Artist, Track, TrackStatus};
use crate::pages::desk_events::reason_in_words;
use crate::pages::{Listed, lists, status_key, view};
use crate::service::albums::AlbumQuery;
use crate::service::plays::COUNTED_SECONDS;
use crate::service::{Music, manages};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(artist_desk)
        .service(track_row)
        .service(restore);
}

/// A track in the table.
pub(in crate::pages) struct Row {
    pub track: Track,
    /// `processing`, `failed` or `ready`.
    pub state: &'static str,
    /// The state in words: step, reason, or whether it is published.
    pub words: String,
}

impl Row {
    fn public(&self) -> bool {
        self.track.status == TrackStatus::Published
    }

    fn ready(&self) -> bool {
        self.state == "ready"
    }
}

#[derive(Template)]
#[template(path = "desk/artist.html")]
pub(in crate::pages) struct ArtistDesk {
    pub page: Page,
    pub artist: Artist,
    pub portrait: Option<ImageSet>,
    pub rows: Vec<Row>,
    /// Whether the rows are the newest: what comes while one looks goes on top.
    pub first: bool,
    pub next: Option<String>,
    pub unfinished: Vec<UnfinishedUpload>,
    pub albums: Vec<AlbumItem>,
    pub removed_tracks: Vec<Track>,
    pub removed_albums: Vec<Album>,
    pub plays: Chart,
    pub likes: Chart,
    pub counted_seconds: i64,
    pub streams_originals: bool,
    /// Bytes.
    pub largest: u64,
    /// Bytes that the account keeps, and may.
    pub storage: (u64, u64),
}

impl ArtistDesk {
    fn made(&self) -> String {
        made_cover(&self.artist.id.to_string())
    }

    fn storage_words(&self) -> wing_ui::Text {
        let (used, most) = self.storage;
        crate::t(self.page.lang, "desk.storage")
            .with("used", self.page.bytes(used))
            .with("most", self.page.bytes(most))
    }

    fn largest_words(&self) -> String {
        format!("{} MB", self.page.number(self.largest / 1_000_000))
    }
}

/// One's artist, or as good as none.
pub(super) async fn own(music: &Music, viewer: &Viewer, id: ArtistId) -> Result<Artist, Error> {
    musician(viewer)?;
    let artist = music.get_artist(id).await?;
    if manages(Some(viewer), &artist) {
        Ok(artist)
    } else {
        Err(Error::NotFound)
    }
}

#[get("/desk/artists/{id}")]
async fn artist_desk(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    query: web::Query<Listed>,
) -> Result<HttpResponse, Error> {
    let artist = own(&music, &viewer, *id).await?;
    let albums = AlbumQuery {
        artist: Some(*id),
        drafts: true,
        limit: Some(100),
        ..Default::default()
    };
    let (tracks, albums, unfinished, removed_tracks, removed_albums, days, storage) = tokio::try_join!(
        music.desk_tracks(&viewer, *id, query.cursor.as_deref()),
        lists::albums(&music, Some(&viewer), albums),
        unfinished(&music, &viewer),
        music.removed_tracks(&viewer, *id),
        music.removed_albums(&viewer, *id),
        music.artist_days(&viewer, *id, DAYS as i32),
        music.storage_of(&viewer),
    )?;
    let page = page(&music, &req, artist.text.name.as_str());
    let rows = rows(&music, &viewer, page.lang, tracks.items).await?;
    let (plays, likes) = Chart::of(&days, music.clock.now().0);
    Ok(wing_ui::render(&ArtistDesk {
        next: tracks
            .next
            .map(|cursor| format!("/desk/artists/{id}?cursor={cursor}")),
        page,
        portrait: view::image(artist.portrait.as_ref()),
        artist,
        rows,
        first: query.cursor.is_none(),
        unfinished,
        albums: albums.items,
        removed_tracks,
        removed_albums,
        plays,
        likes,
        counted_seconds: COUNTED_SECONDS,
        streams_originals: music.streams_originals().await,
        largest: music.config.upload_max_bytes,
        storage,
    }))
}

/// A row of the table by itself, for a page that was there before the track.
#[derive(Template)]
#[template(path = "desk/track_row_alone.html")]
struct TrackRow {
    page: Page,
    row: Row,
}

#[get("/desk/tracks/{id}/row")]
async fn track_row(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<TrackId>,
) -> Result<HttpResponse, Error> {
    let track = own_track(&music, &viewer, *id).await?.track;
    let page = page(&music, &req, track.title.as_str());
    let mut rows = rows(&music, &viewer, page.lang, vec![track]).await?;
    let row = rows.pop().ok_or(Error::NotFound)?;
    Ok(wing_ui::render(&TrackRow { page, row }))
}

async fn rows(
    music: &Music,
    viewer: &Viewer,
    lang: Lang,
    tracks: Vec<Track>,
) -> Result<Vec<Row>, Error> {
    let busy = tracks
        .iter()
        .any(|track| matches!(track.status, TrackStatus::Processing | TrackStatus::Failed));
    let states: HashMap<_, _> = match (busy, tracks.first()) {
        (true, Some(track)) => {
            let states = music.desk_states(track.artist.owner).await?;
            states
                .into_iter()
                .map(|state| (state.track, state))
                .collect()
        }
        _ => HashMap::new(),
    };
    let mut rows = Vec::with_capacity(tracks.len());
    for track in tracks {
        let (state, words) = match track.status {
            TrackStatus::Draft | TrackStatus::Published => {
                ("ready", crate::t(lang, status_key(track.status)).into())
            }
            TrackStatus::Processing => {
                let step = states
                    .get(&track.id)
                    .map_or("queued", |state| state.step.as_str());
                ("processing", step_in_words(lang, step))
            }
            TrackStatus::Failed => {
                let known = states.get(&track.id).and_then(|state| {
                    Some(reason_in_words(
                        lang,
                        state.failure_code.as_deref()?,
                        state.failure.as_deref(),
                    ))
                });
                let words = match known {
                    Some(words) => words,
                    // Failed long ago, and few: worth a look of its own.
                    None => failure(music, viewer, lang, &track).await?,
                };
                ("failed", words)
            }
        };
        rows.push(Row {
            track,
            state,
            words,
        });
    }
    Ok(rows)
}

/// Why a track's file could not be used.
pub(super) async fn failure(
    music: &Music,
    viewer: &Viewer,
    lang: Lang,
    track: &Track,
) -> Result<String, Error> {
    let file = music.track_detail(Some(viewer), track.id).await?.file;
    let reason = file.and_then(|file| {
        Some(reason_in_words(
            lang,
            file.failure_code.as_deref()?,
            file.failure.as_deref(),
        ))
    });
    Ok(reason.unwrap_or_else(|| crate::t(lang, status_key(track.status)).into()))
}

/// What is being done with a file.
pub(super) fn step_in_words(lang: Lang, step: &str) -> String {
    let key = format!("step.{step}");
    let text = crate::t(lang, &key);
    if text.as_str() == key {
        crate::t(lang, "step.queued").into()
    } else {
        text.into()
    }
}

#[post("/desk/artists/{id}/restore")]
async fn restore(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    music.restore_artist(&viewer, *id).await?;
    Ok(see_other(&format!("/desk/artists/{id}?did=restored")))
}
