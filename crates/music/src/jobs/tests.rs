//! A file's whole way, and its end, on a service of the test's own.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use actix_web::web::Bytes;
use async_trait::async_trait;
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;
use wing_contracts::users::{UserDirectory, UserSummary};
use wing_contracts::{ArtistId, ProviderError, Role, SessionId, TrackId, UploadId, UserId};
use wing_kit::auth::{Via, Viewer};
use wing_kit::images::ImageRef;
use wing_kit::media::{MediaStore, shared};
use wing_kit::{Clock, Config, Db};

use super::process::ProcessTrack;
use super::purge;
use crate::error::Error;
use crate::model::{ArtistDraft, CreateTrack, Track, TrackStatus};
use crate::service::create_track::Order;
use crate::service::uploads::{Begin, Sending};
use crate::{Music, Parts, store};

const DAY_MS: i64 = 24 * 3600 * 1000;

struct Nobody;

#[async_trait]
impl UserDirectory for Nobody {
    async fn summaries(&self, _: &[UserId]) -> Result<HashMap<UserId, UserSummary>, ProviderError> {
        Ok(HashMap::new())
    }
}

struct Place {
    music: Music,
    viewer: Viewer,
    artist: ArtistId,
    data: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        Self::with(|data| MediaStore::directory(&data.join("media")).expect("media")).await
    }

    /// One with media in a directory, and one with media in an object store.
    async fn of_both_kinds() -> [Self; 2] {
        [
            Self::new().await,
            Self::with(|_| MediaStore::in_memory()).await,
        ]
    }

    async fn with(media: impl FnOnce(&Path) -> MediaStore) -> Self {
        let data = tempfile::tempdir().expect("dir");
        let dir = data.path().display().to_string();
        let config = Config::from_lookup(|name| match name {
            "WING_DATA" => Some(dir.clone()),
            "WING_FFMPEG" => Some("off".into()),
            _ => None,
        });
        let config = config.expect("settings");
        let db = Db::open(&config.database_url(), 2, &[crate::MIGRATIONS]).expect("database");
        let parts = Parts {
            config: &config,
            db,
            media: media(&config.data),
            clock: Clock::system(),
            users: Arc::new(Nobody),
            stop: CancellationToken::new(),
        };
        let music = Music::new(parts).expect("service");
        let viewer = Viewer {
            id: UserId::new(),
            session: SessionId::new(),
            role: Role::Musician,
            name: "Musician".into(),
            picture: None,
            version: 0,
            expires_at: i64::MAX,
            via: Via::Bearer,
        };
        let draft = ArtistDraft {
            name: "Blue Room".into(),
            ..ArtistDraft::default()
        };
        let artist = music
            .create_artist(&viewer, &draft)
            .await
            .expect("artist")
            .id;
        Self {
            music,
            viewer,
            artist,
            data,
        }
    }

    async fn upload(&self, bytes: &[u8]) -> UploadId {
        let begin = Begin {
            size: bytes.len() as u64,
            filename: "01 Night Walk.wav".into(),
            ..Begin::default()
        };
        let upload = self
            .music
            .begin_upload(&self.viewer, begin)
            .await
            .expect("begun");
        let body = futures_util::stream::iter([Ok(Bytes::copy_from_slice(bytes))]);
        let sending = Sending {
            offset: 0,
            checksum: None,
            length: None,
            body,
        };
        self.music
            .receive_upload(&self.viewer, upload.id, sending)
            .await
            .expect("received")
            .id
    }

    async fn create(&self, upload_id: UploadId) -> Result<Track, Error> {
        let new = CreateTrack {
            artist_id: self.artist,
            album_id: None,
            title: None,
            genre: None,
            lyrics: None,
            track_number: None,
            downloadable: true,
            upload_id,
            published: true,
        };
        self.music.create_track(&self.viewer, new).await
    }

    async fn process(&self, track_id: TrackId) -> Result<(), super::process::Trouble> {
        let order = Order {
            track_id,
            provisional_title: None,
            provisional_genre: None,
        };
        ProcessTrack::new(self.music.clone())
            .process(order, 1, &CancellationToken::new())
            .await
    }

    async fn track(&self, bytes: &[u8]) -> Track {
        let upload = self.upload(bytes).await;
        let track = self.create(upload).await.expect("created");
        self.process(track.id).await.expect("processed");
        self.music
            .get_track(Some(&self.viewer), track.id)
            .await
            .expect("there")
            .0
    }

    async fn original(&self, id: TrackId) -> String {
        let file = self
            .music
            .db
            .read(move |conn| Ok::<_, Error>(store::files::find(conn, id)?));
        file.await
            .expect("reads")
            .expect("a file")
            .original_key
            .expect("stored")
    }

    async fn is_stored(&self, key: &str) -> bool {
        self.music.media.size(key).await.is_ok()
    }

    /// Files and objects that belong to unfinished uploads.
    async fn parts(&self) -> usize {
        let files = std::fs::read_dir(self.data.path().join("uploads")).map_or(0, Iterator::count);
        files + self.music.media.list("uploads").count().await
    }
}

/// A second of a quiet saw in 16-bit mono WAV.
fn wav() -> Vec<u8> {
    let samples: Vec<u8> = (0..8_000_i32)
        .flat_map(|n| ((n % 80 * 20) as i16).to_le_bytes())
        .collect();
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + samples.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    for half in [1_u16, 1] {
        wav.extend(half.to_le_bytes());
    }
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(2_u16.to_le_bytes());
    wav.extend(16_u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(samples);
    wav
}

#[actix_web::test]
async fn an_upload_becomes_a_track_once() {
    for place in Place::of_both_kinds().await {
        becomes_a_track_once(place).await;
    }
}

async fn becomes_a_track_once(place: Place) {
    let upload = place.upload(&wav()).await;
    let track = place.create(upload).await.expect("created");
    assert_eq!(
        (track.title.as_str(), track.status),
        ("Night Walk", TrackStatus::Processing)
    );
    assert!(matches!(
        place.create(upload).await,
        Err(Error::UploadNotUsable)
    ));

    place.process(track.id).await.expect("processed");
    let (track, _) = place
        .music
        .get_track(None, track.id)
        .await
        .expect("everybody sees it");
    assert_eq!(
        (track.status, track.duration_ms),
        (TrackStatus::Published, 1_000)
    );
    assert_eq!(place.parts().await, 0, "the file was taken over");
    // A job that is run again finds nothing to do.
    place.process(track.id).await.expect("nothing to do");
}

#[actix_web::test]
async fn what_is_no_audio_says_so() {
    let place = Place::new().await;
    let upload = place.upload(b"<html><body>hello</body></html>").await;
    let track = place.create(upload).await.expect("created");
    let trouble = place.process(track.id).await.expect_err("refused");
    assert_eq!((trouble.code, trouble.again), ("not_audio", false));
}

#[actix_web::test]
async fn a_file_cut_short_by_a_power_cut_goes_on_where_it_ends() {
    let place = Place::new().await;
    let begin = Begin {
        size: 10,
        ..Begin::default()
    };
    let id = place
        .music
        .begin_upload(&place.viewer, begin)
        .await
        .expect("begun")
        .id;
    let send = |offset, bytes: &'static [u8]| {
        let body = futures_util::stream::iter([Ok(Bytes::from_static(bytes))]);
        place.music.receive_upload(
            &place.viewer,
            id,
            Sending {
                offset,
                checksum: None,
                length: None,
                body,
            },
        )
    };
    assert_eq!(send(0, b"01234567").await.expect("received").received, 8);
    std::fs::write(place.music.part_path(id), b"0123").expect("cut");
    assert_eq!(
        place
            .music
            .upload(&place.viewer, id)
            .await
            .expect("there")
            .received,
        4
    );
    assert!(send(8, b"89").await.is_err(), "there is a hole before it");
    assert_eq!(send(4, b"456789").await.expect("received").received, 10);
    assert_eq!(
        std::fs::read(place.music.part_path(id)).expect("reads"),
        b"0123456789"
    );
}

#[actix_web::test]
async fn an_original_goes_with_the_last_track_that_has_it() {
    for place in Place::of_both_kinds().await {
        goes_with_the_last_track(place).await;
    }
}

async fn goes_with_the_last_track(place: Place) {
    let (first, second) = (place.track(&wav()).await, place.track(&wav()).await);
    let key = place.original(first.id).await;
    assert_eq!(
        place.original(second.id).await,
        key,
        "the same content is stored once"
    );

    place
        .music
        .delete_track(&place.viewer, first.id)
        .await
        .expect("removed");
    place.music.clock.advance_ms(29 * DAY_MS);
    purge::purge(&place.music).await.expect("purged");
    place
        .music
        .restore_track(&place.viewer, first.id)
        .await
        .expect("can still come back");

    place
        .music
        .delete_track(&place.viewer, first.id)
        .await
        .expect("removed");
    place.music.clock.advance_ms(31 * DAY_MS);
    place.purge().await;
    assert!(
        place
            .music
            .restore_track(&place.viewer, first.id)
            .await
            .is_err()
    );
    assert!(place.is_stored(&key).await, "the other track needs it");

    place
        .music
        .delete_track(&place.viewer, second.id)
        .await
        .expect("removed");
    place.music.clock.advance_ms(31 * DAY_MS);
    place.purge().await;
    assert!(!place.is_stored(&key).await);
}

/// A picture of one colour in PNG.
fn png(colour: u8) -> Bytes {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(8, 8, image::Rgb([colour; 3]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("encodes");
    bytes.into_inner().into()
}

impl Place {
    /// Purges, and lets the hours pass after which unreferenced files are deleted.
    async fn purge(&self) {
        for _ in 0..3 {
            purge::purge(&self.music).await.expect("purged");
            purge::sweep(&self.music).run().await.expect("swept");
            self.music.clock.advance_ms(shared::REST_MS + 1);
        }
    }

    async fn has_files_of(&self, hash: &str) -> bool {
        self.is_stored(&format!("music/images/{hash}/1024.webp"))
            .await
    }
}

#[actix_web::test]
async fn a_picture_stays_while_anything_shows_it_and_goes_hours_after() {
    let place = Place::new().await;
    let (music, viewer) = (&place.music, &place.viewer);
    let track = place.track(&wav()).await;
    let cover = music.set_track_cover(viewer, track.id, png(7)).await;
    let hash = cover.expect("shown").cover.expect("a cover");
    let portrait = music.set_portrait(viewer, place.artist, png(7)).await;
    assert_eq!(portrait.expect("shown").portrait.as_deref(), Some(&*hash));

    music
        .remove_track_cover(viewer, track.id)
        .await
        .expect("taken away");
    place.purge().await;
    assert!(place.has_files_of(&hash).await, "the portrait shows it");

    music
        .remove_portrait(viewer, place.artist)
        .await
        .expect("taken away");
    purge::sweep(music).run().await.expect("swept");
    assert!(place.has_files_of(&hash).await, "not at once");
    place.purge().await;
    assert!(!place.has_files_of(&hash).await);
}

#[actix_web::test]
async fn a_picture_given_again_while_it_is_about_to_be_deleted_shows() {
    let place = Place::new().await;
    let (music, viewer) = (&place.music, &place.viewer);
    let stored: ImageRef = music.pictures.store(None, png(7)).await.expect("stored");
    music.clock.advance_ms(shared::REST_MS + 1);
    purge::sweep(music).run().await.expect("seen once");
    // Given an hour after, at the moment at which the sweep would delete it.
    music.clock.advance_ms(shared::REST_MS + 1);
    let shown = music.set_portrait(viewer, place.artist, png(7)).await;
    assert_eq!(
        shown.expect("shown").portrait.as_deref(),
        Some(stored.as_str())
    );
    place.purge().await;
    assert!(place.has_files_of(stored.as_str()).await);
}

#[actix_web::test]
async fn an_upload_that_rests_too_long_is_dropped() {
    for place in Place::of_both_kinds().await {
        is_dropped_when_it_rests_too_long(place).await;
    }
}

async fn is_dropped_when_it_rests_too_long(place: Place) {
    let id = place.upload(&wav()).await;
    place.music.clock.advance_ms(2 * DAY_MS);
    let gone = place
        .music
        .upload(&place.viewer, id)
        .await
        .expect_err("expired");
    assert_eq!(gone.problem().status().as_u16(), 410);
    assert!(matches!(
        place.create(id).await,
        Err(Error::UploadNotUsable)
    ));
    purge::purge(&place.music).await.expect("purged");
    assert_eq!(place.parts().await, 0);
    assert!(matches!(
        place.music.upload(&place.viewer, id).await,
        Err(Error::NotFound)
    ));
}
