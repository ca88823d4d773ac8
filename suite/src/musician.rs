//! Somebody who makes artists, albums and tracks.

use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::text;
use crate::wait::wait_with;
use crate::{Client, sound, tus};

/// From one look at a track that is processed to the next.
const LOOKING: Duration = Duration::from_millis(100);

/// A client whose account is a musician's.
#[derive(Clone, Debug)]
pub struct Musician {
    /// The client.
    pub client: Client,
}

impl Deref for Musician {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A track to make; what is not set is left to the file's tags.
#[derive(Clone, Debug)]
pub struct NewTrack {
    /// The file.
    pub file: Vec<u8>,
    /// What the file is called.
    pub filename: String,
    /// Further fields of the request.
    pub fields: Value,
}

impl NewTrack {
    /// A short track of this title that is published once it is ready.
    pub fn titled(title: &str) -> Self {
        let fields = json!({"title": title, "genre": "electronica", "downloadable": true});
        Self {
            file: sound::file("short.flac"),
            filename: "short.flac".into(),
            fields,
        }
    }

    /// Another file.
    pub fn file(mut self, filename: &str, bytes: Vec<u8>) -> Self {
        filename.clone_into(&mut self.filename);
        self.file = bytes;
        self
    }

    /// One more field.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields[field] = value.into();
        self
    }
}

impl Musician {
    /// The musician whose account `client` holds.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// An artist of this name.
    pub async fn artist(&self, name: &str) -> Value {
        let body = json!({"name": name, "genres": ["electronica"], "bio": "Recorded at home."});
        self.post_json("/api/v1/artists", &body)
            .await
            .expect(201)
            .json()
    }

    /// A published album of an artist.
    pub async fn album(&self, artist: &Value, title: &str) -> Value {
        let body = json!({"artist_id": artist["id"], "title": title, "published": true});
        self.post_json("/api/v1/albums", &body)
            .await
            .expect(201)
            .json()
    }

    /// An album that only its artist sees.
    pub async fn draft_album(&self, artist: &Value, title: &str) -> Value {
        let body = json!({"artist_id": artist["id"], "title": title});
        self.post_json("/api/v1/albums", &body)
            .await
            .expect(201)
            .json()
    }

    /// Uploads the file and makes a track of it, which is then processed.
    pub async fn begin_track(&self, artist: &Value, new: NewTrack) -> Value {
        let upload = tus::upload(self, &new.file, &new.filename).await;
        let mut body = new.fields;
        body["artist_id"] = artist["id"].clone();
        body["upload_id"] = upload.into();
        self.post_json("/api/v1/tracks", &body)
            .await
            .expect(202)
            .json()
    }

    /// Waits until a track is no longer being processed.
    pub async fn processed(&self, track: &Value) -> Value {
        let path = format!("/api/v1/tracks/{}", text(&track["id"]));
        wait_with(LOOKING, "the track is processed", || async {
            let track = self.get(&path).await.expect(200).json();
            (track["status"] != "processing").then_some(track)
        })
        .await
    }

    /// A track that everybody can hear.
    pub async fn track(&self, artist: &Value, new: NewTrack) -> Value {
        let begun = self.begin_track(artist, new).await;
        let track = self.processed(&begun).await;
        assert_eq!(track["status"], "published", "{track:#}");
        track
    }

    /// A published track of this title, by an artist of its own.
    pub async fn published(&self, title: &str) -> Value {
        let artist = self.artist(&format!("Band of {title}")).await;
        self.track(&artist, NewTrack::titled(title)).await
    }
}
