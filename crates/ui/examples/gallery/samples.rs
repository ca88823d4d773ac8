//! Sample data for the gallery and for the test that renders every component.

use actix_web::HttpRequest;
use askama::Template;
use wing_ui::view::{AlbumItem, ArtistItem, Choice, Field, ImageSet, TrackItem, UnfinishedUpload};
use wing_ui::{FlashKind, GENRES, Meta, Nav, Page, Role, Viewer};

/// Every component on one page.
#[derive(Template)]
#[template(path = "gallery.html")]
pub struct Gallery {
    pub page: Page,
    pub name: String,
    pub none: Option<String>,
    pub more: Option<String>,
    pub featured: TrackItem,
    pub tracks: Vec<TrackItem>,
    pub albums: Vec<AlbumItem>,
    pub artists: Vec<ArtistItem>,
    pub genres: Vec<String>,
    pub fields: Vec<Field>,
    pub unfinished: Vec<UnfinishedUpload>,
}

const TITLES: [(&str, &str); 6] = [
    ("새벽 세 시의 편의점", "모래시계 클럽"),
    ("Paper Lantern", "Harbour Static"),
    ("다정한 소음", "남쪽 창"),
    ("Low Tide Radio", "Harbour Static"),
    ("비 오는 날의 롤러코스터", "토성의 개"),
    (
        "Every Window Is a Station on the Night Train Home",
        "Slow Comet Ensemble",
    ),
];

/// The page for a request, with titles as musicians type them.
pub fn gallery(req: &HttpRequest, now: i64) -> Gallery {
    filled(req, now, &TITLES)
}

/// The same page with given titles and names.
pub fn filled(req: &HttpRequest, now: i64, titles: &[(&str, &str)]) -> Gallery {
    let (title, name) = titles[0];
    let viewer = Viewer {
        id: "v1".into(),
        name: name.into(),
        role: Role::Musician,
        picture_url: None,
    };
    let meta = Meta {
        og_type: Some("music.song"),
        image: Some("/media/images/ab/640.jpg".into()),
        audio: Some("/api/v1/tracks/t0/stream".into()),
        musician: Some("/artists/sample".into()),
        album: Some("/albums/sample".into()),
        duration_ms: Some(187_000),
        player: Some("/embed/tracks/sample".into()),
        oembed: Some("/oembed?url=x".into()),
        feed: Some((name.into(), "/artists/sample/feed".into())),
        json_ld: vec![
            serde_json::json!({ "@context": "https://schema.org", "@type": "MusicRecording", "name": title }),
        ],
        noindex: false,
    };
    let page = Page::new(req, title)
        .viewer(Some(viewer))
        .csrf("token")
        .nav(Nav::Latest)
        .canonical("/gallery")
        .description(title)
        .flash(FlashKind::Success, title)
        .flash(FlashKind::Error, name)
        .query(title)
        .meta(meta)
        .now(now);
    Gallery {
        page,
        name: name.into(),
        none: None,
        more: Some("/latest?cursor=abc".into()),
        featured: track(0, titles),
        tracks: (0..8).map(|at| track(at, titles)).collect(),
        albums: (0..6).map(|at| album(at, titles, now)).collect(),
        artists: (0..6).map(|at| artist(at, titles)).collect(),
        genres: GENRES.map(String::from).into(),
        fields: fields(title),
        unfinished: vec![UnfinishedUpload {
            id: "u0".into(),
            name: format!("{title}.flac"),
            size: 31_400_000,
            received: 12_000_000,
        }],
    }
}

fn track(at: usize, titles: &[(&str, &str)]) -> TrackItem {
    let (title, artist) = titles[at % titles.len()];
    TrackItem {
        id: format!("t{at}"),
        slug: format!("sample-{at}"),
        title: title.into(),
        artist: artist.into(),
        artist_slug: format!("artist-{at}"),
        album: at.is_multiple_of(2).then(|| artist.into()),
        album_slug: at.is_multiple_of(2).then(|| format!("album-{at}")),
        cover: (at == 7).then(|| ImageSet::new("/media/music/images/ab12", &[160, 320, 640])),
        duration_ms: 120_000 + 13_700 * at as i64,
        number: Some(at as i32 + 1),
        plays: 7_i64.pow(at as u32) * 3,
        likes: at as i64 * 11,
        liked: at % 3 == 1,
        peaks: peaks(at),
    }
}

fn peaks(at: usize) -> Vec<u8> {
    // A swell with a beat on it: what a song's outline looks like from afar.
    (0..800)
        .map(|n| {
            let x = n as f32 / 800.0;
            let swell =
                0.35 + 0.5 * (x * 3.1).sin() * (1.0 - 0.5 * (x * 17.0 + at as f32).sin().abs());
            let beat = 0.55 + 0.45 * (x * 211.0).sin().abs() * (x * 67.0).cos().abs();
            (swell * beat * 255.0).clamp(4.0, 255.0) as u8
        })
        .collect()
}

fn album(at: usize, titles: &[(&str, &str)], now: i64) -> AlbumItem {
    let (title, artist) = titles[(at + 2) % titles.len()];
    AlbumItem {
        id: format!("album-{at}"),
        slug: format!("album-{at}"),
        title: title.into(),
        artist: artist.into(),
        artist_slug: format!("artist-{at}"),
        cover: None,
        released_at: Some(now - at as i64 * 40 * 86_400_000),
        track_count: Some(at as i64 + 1),
        draft: at == 4,
    }
}

fn artist(at: usize, titles: &[(&str, &str)]) -> ArtistItem {
    ArtistItem {
        id: format!("artist-{}", at + 20),
        slug: format!("artist-{at}"),
        name: titles[at % titles.len()].1.into(),
        portrait: None,
        genres: vec![GENRES[at].into(), "unheard-of".into()],
        track_count: Some(4),
    }
}

fn fields(typed: &str) -> Vec<Field> {
    let choice = |id: &str| Choice {
        value: id.into(),
        label: id.into(),
    };
    vec![
        Field::new("email", "Email", typed)
            .kind("email")
            .required()
            .autocomplete("email")
            .error(Some(typed.into())),
        Field::new("password", "Password", "")
            .kind("password")
            .required()
            .help(typed),
        Field::new("bio", "Bio", typed)
            .kind("textarea")
            .max_length(2000),
        Field::new("genre", "Genre", "rock")
            .kind("select")
            .choices(GENRES.map(choice).into()),
        Field::new("downloadable", typed, "true").kind("checkbox"),
    ]
}
