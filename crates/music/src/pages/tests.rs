//! Every page with samples, in both languages, also with what nobody should type.

use actix_web::cookie::Cookie;
use actix_web::test::TestRequest;
use askama::Template;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId, UserId};
use wing_kit::Problem;
use wing_ui::view::{Choice, TrackItem, UnfinishedUpload};
use wing_ui::{GENRES, Lang, Page, Role, Viewer};

use super::desk::samples as desk;
use super::{
    albums, artists, embed, feeds, genres, home, latest, likes, meta, search, tracks, view,
};
use crate::model::{
    Album, AlbumDraft, AlbumRef, AlbumText, Artist, ArtistDraft, ArtistRef, ArtistText, Genre,
    Track, TrackStatus,
};

const NOW: i64 = 1_795_132_800_000;

/// One text in every place where people write.
struct Sample<'a> {
    text: &'a str,
    lang: Lang,
}

impl Sample<'_> {
    fn page(&self, title: &str) -> Page {
        let req = TestRequest::with_uri("/desk?x=1")
            .cookie(Cookie::new(Lang::COOKIE, self.lang.code()))
            .to_http_request();
        let viewer = Viewer {
            id: UserId::new().to_string(),
            name: self.text.to_owned(),
            role: Role::Musician,
            picture_url: None,
        };
        Page::new(&req, title)
            .origin("https://wing.example")
            .viewer(Some(viewer))
            .csrf("token")
            .now(NOW)
    }

    fn artist(&self) -> Artist {
        Artist {
            id: ArtistId::new(),
            owner: UserId::new(),
            slug: "blue-room".into(),
            text: ArtistText {
                name: self.text.into(),
                bio: self.text.into(),
                debut_on: Some("2024-03-01".into()),
                links: serde_json::from_value(serde_json::json!([
                    {"label": self.text, "url": "https://example.com/band"},
                ]))
                .expect("links"),
                video_url: Some("https://youtu.be/abc".into()),
            },
            portrait: Some("a".repeat(64)),
            genres: vec![Genre::Rock],
            created_at: Timestamp(NOW),
            deleted_at: None,
        }
    }

    fn artist_ref(&self) -> ArtistRef {
        ArtistRef {
            id: ArtistId::new(),
            slug: "blue-room".into(),
            name: self.text.into(),
            owner: UserId::new(),
        }
    }

    fn unfinished(&self) -> Vec<UnfinishedUpload> {
        vec![UnfinishedUpload {
            id: "u".into(),
            name: self.text.into(),
            size: 3_000_000,
            received: 2_000_000,
        }]
    }

    fn album(&self) -> Album {
        Album {
            id: AlbumId::new(),
            artist: self.artist_ref(),
            slug: "night".into(),
            text: AlbumText {
                title: self.text.into(),
                description: self.text.into(),
                label: self.text.into(),
                distributor: self.text.into(),
                released_on: Some("2026-05-01".into()),
            },
            cover: None,
            published_at: None,
            created_at: Timestamp(NOW),
            deleted_at: None,
        }
    }

    fn track(&self, status: TrackStatus) -> Track {
        Track {
            id: TrackId::new(),
            artist: self.artist_ref(),
            album: Some(AlbumRef {
                id: AlbumId::new(),
                slug: "night".into(),
                title: self.text.into(),
                published: true,
            }),
            slug: "last-train".into(),
            title: self.text.into(),
            track_number: Some(3),
            genre: Genre::Folk,
            downloadable: true,
            status,
            cover: None,
            own_cover: false,
            duration_ms: 187_000,
            play_count: 12_345,
            like_count: 1,
            published_at: Some(Timestamp(NOW)),
            created_at: Timestamp(NOW),
            deleted_at: None,
        }
    }

    fn item(&self) -> TrackItem {
        view::track(&self.track(TrackStatus::Published), true)
    }

    fn sound(&self) -> Option<tracks::Sound> {
        Some(tracks::Sound {
            format: self.text.into(),
            loudness: Some("-14.2 LUFS".into()),
            peak: Some("-1.0 dBTP".into()),
        })
    }

    /// Every template once, by name.
    fn all(&self) -> Vec<(&'static str, String)> {
        let (item, album) = (self.item(), self.album());
        let albums = vec![view::album(&album, &Default::default())];
        let artist = self.artist();
        let cards = vec![view::artist(&artist, &Default::default())];
        let html = |page: &dyn askama::DynTemplate| page.dyn_render().expect("renders");
        let mut all = vec![
            (
                "home",
                html(&home::HomePage {
                    page: self.page(""),
                    featured: Some(item.clone()),
                    featured_genre: "folk".into(),
                    latest: vec![item.clone()],
                    popular: vec![item.clone()],
                    albums: albums.clone(),
                    artists: cards.clone(),
                    genres: &GENRES,
                }),
            ),
            (
                "fresh home",
                html(&home::HomePage {
                    page: self.page("").viewer(None),
                    featured: None,
                    featured_genre: String::new(),
                    latest: Vec::new(),
                    popular: Vec::new(),
                    albums: Vec::new(),
                    artists: Vec::new(),
                    genres: &GENRES,
                }),
            ),
            (
                "latest",
                html(&latest::LatestPage {
                    page: self.page(self.text),
                    after: self.text.into(),
                    albums: albums.clone(),
                    tracks: vec![item.clone()],
                    next: Some("bmV4dA".into()),
                }),
            ),
            (
                "genres",
                html(&genres::GenresPage {
                    page: self.page(self.text),
                    genres: &GENRES,
                }),
            ),
            (
                "genre",
                html(&genres::GenrePage {
                    page: self.page(self.text),
                    genre: "rock",
                    popular: true,
                    after: String::new(),
                    albums: albums.clone(),
                    artists: cards.clone(),
                    tracks: vec![item.clone()],
                    next: None,
                }),
            ),
            (
                "artists",
                html(&artists::ArtistsPage {
                    page: self.page(self.text),
                    artists: cards.clone(),
                    next: None,
                }),
            ),
            (
                "search",
                html(&search::SearchPage {
                    page: self.page(self.text).query(self.text),
                    q: self.text.into(),
                    kind: "artist",
                    artists: cards.clone(),
                    albums: albums.clone(),
                    tracks: vec![item.clone()],
                    genres: &GENRES,
                }),
            ),
            (
                "empty search",
                html(&search::SearchPage {
                    page: self.page(self.text),
                    q: self.text.into(),
                    kind: "",
                    artists: Vec::new(),
                    albums: Vec::new(),
                    tracks: Vec::new(),
                    genres: &GENRES,
                }),
            ),
            (
                "likes",
                html(&likes::LikesPage {
                    page: self.page(self.text),
                    after: String::new(),
                    tracks: vec![item.clone()],
                    next: None,
                }),
            ),
            (
                "likes frame",
                html(&likes::LikesFrame {
                    page: self.page(""),
                    tracks: Vec::new(),
                    more: false,
                }),
            ),
            (
                "embed",
                html(&embed::EmbedPage {
                    page: self.page(self.text),
                    item: item.clone(),
                }),
            ),
        ];
        all.extend(self.single(&item, &albums));
        all.extend(self.on_the_desk(&cards));
        all
    }

    fn single(
        &self,
        item: &TrackItem,
        albums: &[wing_ui::view::AlbumItem],
    ) -> Vec<(&'static str, String)> {
        let (artist, album) = (self.artist(), self.album());
        let track = self.track(TrackStatus::Published);
        let page = self.page(self.text);
        let described = page.clone().description(meta::summary(self.text));
        vec![
            (
                "artist",
                artists::ArtistPage {
                    page: described.clone().meta(meta::artist(&page, &artist)),
                    portrait: view::image(artist.portrait.as_ref()),
                    genres: vec!["rock".into()],
                    debut: Some(NOW),
                    managed_by: Some(self.text.into()),
                    manages: true,
                    player: Some("https://www.youtube-nocookie.com/embed/abc".into()),
                    albums: albums.to_vec(),
                    top: vec![item.clone()],
                    latest: vec![item.clone()],
                    artist,
                }
                .render()
                .expect("renders"),
            ),
            (
                "album",
                albums::AlbumPage {
                    page: described.clone().meta(meta::album(
                        &page,
                        &album,
                        std::slice::from_ref(item),
                    )),
                    item: albums[0].clone(),
                    released: Some(NOW),
                    manages: true,
                    tracks: vec![item.clone()],
                    length: 187_000,
                    unpublished: vec![
                        self.track(TrackStatus::Failed),
                        self.track(TrackStatus::Draft),
                    ],
                    more: albums.to_vec(),
                    album,
                }
                .render()
                .expect("renders"),
            ),
            (
                "track",
                tracks::TrackPage {
                    page: described.clone().meta(meta::track(&page, &track, item)),
                    item: item.clone(),
                    manages: true,
                    lyrics: self.text.into(),
                    sound: self.sound(),
                    more: vec![item.clone()],
                    bars: 240,
                    track,
                }
                .render()
                .expect("renders"),
            ),
            (
                "draft",
                tracks::TrackPage {
                    page: described,
                    item: item.clone(),
                    manages: true,
                    lyrics: String::new(),
                    sound: None,
                    more: Vec::new(),
                    bars: 240,
                    track: self.track(TrackStatus::Processing),
                }
                .render()
                .expect("renders"),
            ),
        ]
    }

    fn on_the_desk(&self, cards: &[wing_ui::view::ArtistItem]) -> Vec<(&'static str, String)> {
        let rows = [
            TrackStatus::Published,
            TrackStatus::Failed,
            TrackStatus::Processing,
        ]
        .map(|status| desk::Row {
            track: self.track(status),
            state: if status == TrackStatus::Published {
                "ready"
            } else {
                status.as_str()
            },
            words: self.text.into(),
        });
        let wrong = Problem::invalid_field("title", "too_long", self.text.to_owned());
        let (plays, likes) = desk::Chart::of(&[(20_777, 3, 1)], NOW);
        let albums = vec![Choice {
            value: "1".into(),
            label: self.text.into(),
        }];
        let home = |musician| desk::DeskHome {
            page: self.page(self.text),
            musician,
            artists: cards.to_vec(),
            removed: vec![self.artist()],
            streams_originals: true,
        };
        let track = self.track(TrackStatus::Draft);
        let written = desk::Written {
            title: self.text.into(),
            lyrics: self.text.into(),
            ..Default::default()
        };
        let mut form =
            desk::TrackForm::new(self.page(self.text), track, &written, albums, Some(&wrong));
        (form.sound, form.original_name) = (self.sound(), self.text.into());
        let draft = AlbumDraft {
            title: self.text.into(),
            description: self.text.into(),
            ..Default::default()
        };
        let album = self.album();
        let page = self.page(self.text);
        vec![
            ("desk", home(true).render().expect("renders")),
            ("invitation", home(false).render().expect("renders")),
            (
                "artist's desk",
                desk::ArtistDesk {
                    page: self.page(self.text),
                    artist: self.artist(),
                    portrait: None,
                    rows: rows.into(),
                    next: Some("/desk/artists/x?cursor=y".into()),
                    albums: vec![view::album(&self.album(), &Default::default())],
                    first: true,
                    unfinished: self.unfinished(),
                    removed_tracks: vec![self.track(TrackStatus::Draft)],
                    removed_albums: vec![self.album()],
                    plays,
                    likes,
                    counted_seconds: 30,
                    streams_originals: true,
                    largest: 2_147_483_648,
                    storage: (1_234_567_890, 50_000_000_000),
                }
                .render()
                .expect("renders"),
            ),
            (
                "artist's form",
                desk::ArtistForm::new(
                    self.page(self.text),
                    Some(self.artist()),
                    &ArtistDraft::from(&self.artist()),
                    Some(&wrong),
                )
                .render()
                .expect("renders"),
            ),
            (
                "new artist",
                desk::ArtistForm::new(self.page(self.text), None, &ArtistDraft::default(), None)
                    .render()
                    .expect("renders"),
            ),
            (
                "album's form",
                desk::AlbumPage {
                    fields: desk::album_fields(&page, &draft, Some(&wrong)),
                    picture_error: Some(self.text.into()),
                    item: view::album(&album, &Default::default()),
                    places: vec![desk::Place {
                        track: self.track(TrackStatus::Draft),
                        number: "x".into(),
                        error: Some(self.text.into()),
                    }],
                    unfinished: self.unfinished(),
                    page,
                    album,
                }
                .render()
                .expect("renders"),
            ),
            ("track's form", form.render().expect("renders")),
        ]
    }
}

#[test]
fn every_page_renders_in_both_languages() {
    for lang in Lang::ALL {
        for (name, html) in (Sample {
            text: "밤 산책 & Night",
            lang,
        })
        .all()
        {
            if name != "likes frame" {
                assert!(
                    html.contains(&format!("lang=\"{}\"", lang.code())),
                    "{name}"
                );
            }
            let shown = html.split("id=\"texts\"").next().unwrap_or_default();
            for untranslated in [
                ">ui.", ">desk.", ">track.", ">album.", ">artist.", ">form.", "%{", ">search.",
                ">home.",
            ] {
                assert!(
                    !shown.contains(untranslated),
                    "{name} in {}: {untranslated}",
                    lang.code()
                );
            }
        }
    }
}

#[test]
fn what_people_write_shows_as_text() {
    let long = "가".repeat(300);
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</textarea></script><b>",
        "\u{202e}desrever\u{2066}",
        "%{title} {{ page.csrf }}",
        "'; drop table tracks; --",
        &long,
    ] {
        for (name, html) in (Sample {
            text: hostile,
            lang: Lang::En,
        })
        .all()
        {
            for bad in ["<script>alert", "<img src=x", "</textarea></script>", "<b>"] {
                assert!(!html.contains(bad), "{name}: {bad} of {hostile:?}");
            }
            assert_eq!(
                html.matches("<script").count(),
                html.matches("</script>").count(),
                "{name}"
            );
        }
    }
}

#[test]
fn no_page_needs_styles_or_scripts_of_its_own() {
    for (name, html) in (Sample {
        text: "Night",
        lang: Lang::Ko,
    })
    .all()
    {
        assert!(
            !html.contains(" style=") && !html.contains("<style"),
            "{name}"
        );
        for event in [" onclick=", " onload=", " onerror=", "javascript:"] {
            assert!(!html.contains(event), "{name}: {event}");
        }
        for id in html
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert_eq!(
                html.matches(&format!(" id=\"{id}\"")).count(),
                1,
                "{name}: two things are called {id}"
            );
        }
    }
}

#[test]
fn a_page_has_one_heading_of_the_first_rank() {
    for (name, html) in (Sample {
        text: "Night",
        lang: Lang::Ko,
    })
    .all()
    {
        let wanted = usize::from(!matches!(name, "likes frame" | "embed"));
        assert_eq!(html.matches("<h1").count(), wanted, "{name}");
    }
}

#[test]
fn a_feed_is_xml_whatever_the_titles() {
    let sample = Sample {
        text: "<b> & \"]]>",
        lang: Lang::En,
    };
    let entry = feeds::Entry {
        item: sample.item(),
        published: NOW,
        summary: sample.text.into(),
    };
    let feed = feeds::Feed {
        page: sample.page(sample.text),
        about: "/latest".into(),
        path: "/feed.xml".into(),
        entries: vec![entry],
        updated: NOW,
    };
    let xml = feed.render().expect("renders");
    assert!(xml.starts_with("<?xml") && !xml.contains("<b>") && !xml.contains("]]>"));
    assert!(xml.contains("<link rel=\"alternate\" type=\"text/html\" href=\"https://wing.example/tracks/last-train\"/>"));
    assert!(xml.contains("<updated>2026-11-20T00:00:00Z</updated>"));
}

#[test]
fn a_track_has_structured_data() {
    let sample = Sample {
        text: "</script><script>",
        lang: Lang::En,
    };
    let html = sample
        .all()
        .into_iter()
        .find(|(name, _)| *name == "track")
        .expect("the track")
        .1;
    for part in [
        "<meta property=\"og:type\" content=\"music.song\">",
        "<meta name=\"twitter:player\" content=\"https://wing.example/tracks/last-train/embed\">",
        "application/json+oembed\" href=\"https://wing.example/oembed?url=https%3A%2F%2Fwing.example%2Ftracks%2Flast-train\"",
        "application/atom+xml",
        "\"@type\":\"MusicRecording\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn both_languages_say_the_same() {
    wing_ui::testing::assert_translations(env!("CARGO_MANIFEST_DIR"));
}
