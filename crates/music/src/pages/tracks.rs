//! `/tracks/{slug}`

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_ui::view::TrackItem;
use wing_ui::{Lang, Page};

use super::{lists, meta, page, view};
use crate::error::Error;
use crate::model::{AudioFile, Track, TrackStatus};
use crate::service::Music;
use crate::service::track_lists::{Sort, TrackQuery};

/// Bars of the large waveform.
pub const BARS: usize = 240;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(track_page);
}

#[derive(Template)]
#[template(path = "track.html")]
pub(super) struct TrackPage {
    pub page: Page,
    pub track: Track,
    pub item: TrackItem,
    pub manages: bool,
    pub lyrics: String,
    pub sound: Option<Sound>,
    /// More of its album, else of its artist.
    pub more: Vec<TrackItem>,
    pub bars: usize,
}

impl TrackPage {
    fn is_public(&self) -> bool {
        self.track.status == TrackStatus::Published
    }

    /// Whether there is sound to hear.
    fn is_ready(&self) -> bool {
        matches!(
            self.track.status,
            TrackStatus::Published | TrackStatus::Draft
        )
    }

    fn genre(&self) -> &'static str {
        self.track.genre.as_str()
    }
}

/// What was measured in a track's file, in words and figures.
pub(super) struct Sound {
    pub format: String,
    pub loudness: Option<String>,
    pub peak: Option<String>,
}

impl Sound {
    /// `None` before the file was looked at.
    pub fn of(lang: Lang, file: &AudioFile) -> Option<Self> {
        let mut parts = vec![file.format.clone()?];
        if let Some(rate) = file.sample_rate {
            parts.push(format!("{} kHz", tenths(f64::from(rate) / 1000.0)));
        }
        if let Some(depth) = file.bit_depth {
            parts.push(format!("{depth} bit"));
        }
        match file.channels {
            Some(1) => parts.push(crate::t(lang, "sound.mono").into()),
            Some(2) => parts.push(crate::t(lang, "sound.stereo").into()),
            Some(more) => parts.push(crate::t(lang, "sound.channels").with("count", more).into()),
            None => {}
        }
        if file.lossless == Some(true) {
            parts.push(crate::t(lang, "sound.lossless").into());
        }
        Some(Self {
            format: parts.join(" · "),
            loudness: file.loudness_lufs.map(|lufs| format!("{lufs:.1} LUFS")),
            peak: file.true_peak_dbtp.map(|peak| format!("{peak:.1} dBTP")),
        })
    }
}

/// `44.1` and `48`, without a zero behind the point.
fn tenths(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0")
        .map_or(text.clone(), ToOwned::to_owned)
}

#[get("/tracks/{slug}")]
async fn track_page(
    music: web::Data<Music>,
    req: HttpRequest,
    slug: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let viewer = Viewer::of(&req);
    let viewer = viewer.as_ref();
    let (track, _) = music.get_track_by_slug(viewer, &slug).await?;
    let album = track.album.as_ref().filter(|album| album.published);
    let more = TrackQuery {
        album: album.map(|album| album.id),
        artist: Some(track.artist.id),
        sort: Sort::Popular,
        limit: Some(7),
        ..Default::default()
    };
    let (detail, more) = tokio::try_join!(
        music.track_detail(viewer, track.id),
        lists::tracks(&music, viewer, more)
    )?;
    let track = detail.track;
    let mut item = view::track(&track, detail.liked);
    item.peaks = detail
        .file
        .as_ref()
        .and_then(|file| file.peaks.clone())
        .unwrap_or_default();
    let page = page(
        &music,
        &req,
        format!("{} – {}", track.title, track.artist.name),
    )
    .canonical(item.url());
    let described = crate::t(page.lang, "track.description")
        .with("genre", page.genre(track.genre.as_str()))
        .with("length", page.duration(track.duration_ms))
        .with("artist", &track.artist.name);
    let head = meta::track(&page, &track, &item);
    let sound = detail
        .file
        .as_ref()
        .and_then(|file| Sound::of(page.lang, file));
    Ok(wing_ui::render(&TrackPage {
        page: page.description(described).meta(head),
        manages: detail.manages,
        lyrics: detail.lyrics,
        sound,
        more: more
            .items
            .into_iter()
            .filter(|other| other.id != item.id)
            .take(6)
            .collect(),
        bars: BARS,
        item,
        track,
    }))
}
