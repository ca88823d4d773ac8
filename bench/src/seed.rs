//! A catalogue of the size the bars speak of: 50,000 published tracks on 5,000
//! albums by 2,500 artists, written as rows, with everything a track has but
//! its sound.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use wing_audio::WAVEFORM_BUCKETS;
use wing_contracts::{AlbumId, ArtistId, TrackId, UserId};
use wing_kit::db::{DbError, Engine};
use wing_kit::{Config, Db};

/// Published tracks.
pub const TRACKS: usize = 50_000;
const TRACKS_PER_ALBUM: usize = 10;
const ALBUMS_PER_ARTIST: usize = 2;
/// Rows in one statement.
const BATCH: usize = 250;

/// What was written.
pub struct Catalogue {
    /// All tracks, those published first at the front.
    pub tracks: Vec<TrackId>,
}

/// Makes the tables and fills them, on SQLite in `data` or on another database.
///
/// # Errors
/// When the database refuses.
pub fn fill(data: &Path, database: Option<&str>) -> Result<Catalogue> {
    let directory = data.display().to_string();
    let config = Config::from_lookup(|name| match name {
        "WING_DATA" => Some(directory.clone()),
        "WING_DATABASE_URL" => database.map(ToOwned::to_owned),
        _ => None,
    })?;
    let db = wing_monolith::open_database(&config)?;
    let mut rows = Rows::new(db.engine());
    let tracks = rows.catalogue();
    rows.flush_all();
    write(&db, &rows.statements).context("filling the database")?;
    Ok(Catalogue { tracks })
}

fn write(db: &Db, statements: &[String]) -> Result<()> {
    db.write_blocking(|tx| {
        for statement in statements {
            tx.conn().batch_execute(statement).map_err(DbError::Query)?;
        }
        Ok::<_, DbError>(())
    })?;
    if db.engine() == Engine::Postgres {
        // What its autovacuum does within a minute.
        db.read_blocking(|conn| conn.batch_execute("ANALYZE").map_err(DbError::Query))?;
    }
    Ok(())
}

/// Rows of one table that wait to become a statement.
struct Table {
    into: &'static str,
    rows: Vec<String>,
}

struct Rows {
    engine: Engine,
    artists: Table,
    albums: Table,
    tracks: Table,
    files: Table,
    renditions: Table,
    entries: Table,
    statements: Vec<String>,
}

impl Rows {
    fn new(engine: Engine) -> Self {
        let table = |into| Table {
            into,
            rows: Vec::new(),
        };
        Self {
            engine,
            artists: table(
                "artists (id, owner_id, slug, name, bio, links, portrait, created_at, updated_at)",
            ),
            albums: table(
                "albums (id, artist_id, slug, title, description, label, distributor, released_on, \
                 cover, published_at, created_at, updated_at)",
            ),
            tracks: table(
                "tracks (id, artist_id, album_id, slug, title, track_number, genre, lyrics, \
                 downloadable, status, publish_when_ready, duration_ms, play_count, like_count, \
                 published_at, created_at, updated_at)",
            ),
            files: table(
                "track_files (track_id, step, original_name, original_size, format, mime, extension, \
                 lossless, sample_rate, channels, bit_depth, loudness_lufs, true_peak_dbtp, peaks, \
                 warnings, updated_at)",
            ),
            renditions: table("renditions (track_id, kind, key, hash, mime, size)"),
            entries: table("search_entries (kind, id, artist_id, weight, text)"),
            statements: Vec::new(),
        }
    }

    fn catalogue(&mut self) -> Vec<TrackId> {
        let began = wing_kit::Clock::system().now().0 - 400 * 86_400_000;
        let albums = TRACKS / TRACKS_PER_ALBUM;
        let mut ids = Vec::with_capacity(TRACKS);
        let mut artist = (ArtistId::new(), String::new());
        for album in 0..albums {
            let at = began + i64::try_from(album).unwrap_or(0) * 6_000_000;
            if album % ALBUMS_PER_ARTIST == 0 {
                artist = self.artist(album / ALBUMS_PER_ARTIST, at);
            }
            let (id, title) = self.album(album, &artist, at);
            for number in 1..=TRACKS_PER_ALBUM {
                let n = album * TRACKS_PER_ALBUM + number;
                // Some tracks stand on no album.
                let on = (number < TRACKS_PER_ALBUM).then_some(id);
                let at = at + i64::try_from(number).unwrap_or(0) * 60_000;
                ids.push(self.track(n, number, &artist, on, &title, at));
            }
        }
        ids
    }

    fn artist(&mut self, n: usize, at: i64) -> (ArtistId, String) {
        let (id, owner) = (ArtistId::new(), UserId::new());
        let name = format!("{} {}", word(n), word(n / 7 + 3));
        let (id_text, owner) = (self.bytes(id.as_bytes()), self.bytes(owner.as_bytes()));
        let portrait = hash(n, 1);
        let bio = sentences(n, 3);
        self.artists.rows.push(format!(
            "({id_text}, {owner}, 'artist-{n}', '{name}', '{bio}', '[]', '{portrait}', {at}, {at})"
        ));
        self.entries.rows.push(format!(
            "('artist', {id_text}, {id_text}, {}, '{}')",
            n % 90,
            name.to_lowercase()
        ));
        self.flush();
        (id, name)
    }

    fn album(&mut self, n: usize, artist: &(ArtistId, String), at: i64) -> (AlbumId, String) {
        let id = AlbumId::new();
        let title = format!("{} of {}", word(n / 3 + 11), word(n));
        let (id_text, of) = (self.bytes(id.as_bytes()), self.bytes(artist.0.as_bytes()));
        let (cover, description) = (hash(n, 2), sentences(n, 4));
        self.albums.rows.push(format!(
            "({id_text}, {of}, 'album-{n}', '{title}', '{description}', 'Own label', 'Own hands', \
             '2026-01-01', '{cover}', {at}, {at}, {at})"
        ));
        let text = format!("{title} {}", artist.1).to_lowercase();
        self.entries
            .rows
            .push(format!("('album', {id_text}, {of}, {}, '{text}')", n % 90));
        (id, title)
    }

    fn track(
        &mut self,
        n: usize,
        number: usize,
        artist: &(ArtistId, String),
        album: Option<AlbumId>,
        album_title: &str,
        at: i64,
    ) -> TrackId {
        const GENRES: [&str; 8] = [
            "electronica",
            "folk",
            "pop",
            "ballad",
            "hip-hop",
            "rock",
            "jazz",
            "ambient",
        ];
        let id = TrackId::new();
        let genre = GENRES[n % GENRES.len()];
        let title = format!("{} {}", word(n), word(n / 31 + 5));
        let (id_text, of) = (self.bytes(id.as_bytes()), self.bytes(artist.0.as_bytes()));
        let on = album.map_or("NULL".to_owned(), |album| self.bytes(album.as_bytes()));
        let (lyrics, plays, likes) = (sentences(n, 12), n * 37 % 5000, n * 13 % 400);
        let milliseconds = 90_000 + n * 71 % 180_000;
        self.tracks.rows.push(format!(
            "({id_text}, {of}, {on}, 'track-{n}', '{title}', {number}, '{genre}', '{lyrics}', FALSE, \
             'published', TRUE, {milliseconds}, {plays}, {likes}, {at}, {at}, {at})"
        ));
        let peaks: Vec<u8> = (0..WAVEFORM_BUCKETS)
            .map(|bucket| mixed(n, bucket).to_be_bytes()[0])
            .collect();
        let peaks = match self.engine {
            Engine::Sqlite => format!("x'{}'", hex::encode(peaks)),
            Engine::Postgres => format!("'\\x{}'", hex::encode(peaks)),
        };
        self.files.rows.push(format!(
            "({id_text}, 'done', 'take {n}.flac', 30000000, 'FLAC', 'audio/flac', 'flac', TRUE, 44100, \
             2, 16, -14.2, -1.1, {peaks}, '', {at})"
        ));
        for (kind, mime) in [
            ("opus", "audio/ogg"),
            ("aac", "audio/mp4"),
            ("original", "audio/flac"),
        ] {
            let hash = hash(n, kind.len());
            self.renditions.rows.push(format!(
                "({id_text}, '{kind}', '{}', '{hash}', '{mime}', 3000000)",
                sound_key(id, kind)
            ));
        }
        let text = format!("{title} {} {album_title}", artist.1).to_lowercase();
        self.entries
            .rows
            .push(format!("('track', {id_text}, {of}, {plays}, '{text}')"));
        self.flush();
        id
    }

    fn bytes(&self, id: &[u8; 16]) -> String {
        match self.engine {
            Engine::Sqlite => format!("x'{}'", hex::encode(id)),
            Engine::Postgres => format!("'{}'", hex::encode(id)),
        }
    }

    /// Turns full batches into statements. Those that others refer to come
    /// first, so they go out whenever anything does.
    fn flush(&mut self) {
        if self.renditions.rows.len() >= BATCH {
            self.flush_all();
        }
    }

    fn flush_all(&mut self) {
        let tables = [
            &mut self.artists,
            &mut self.albums,
            &mut self.tracks,
            &mut self.files,
            &mut self.renditions,
            &mut self.entries,
        ];
        for table in tables {
            if !table.rows.is_empty() {
                let rows = table.rows.join(",\n");
                self.statements
                    .push(format!("INSERT INTO {} VALUES\n{rows}", table.into));
                table.rows.clear();
            }
        }
    }
}

/// Under which key of the media store a seeded track's sound is expected.
pub fn sound_key(track: TrackId, kind: &str) -> String {
    format!("music/bench/{track}.{kind}")
}

/// Repeatable noise.
pub fn mixed(a: usize, b: usize) -> u64 {
    let mut x = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (b as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 32)
}

fn hash(n: usize, salt: usize) -> String {
    (0..4).fold(String::new(), |mut text, part| {
        let _ = write!(text, "{:016x}", mixed(n, salt * 16 + part));
        text
    })
}

fn word(n: usize) -> &'static str {
    const WORDS: [&str; 40] = [
        "Amber", "Harbour", "Velvet", "Signal", "Northern", "Paper", "Lantern", "Quiet", "Static",
        "Copper", "Orchard", "Tidal", "Midnight", "Glass", "Ember", "Hollow", "Silver", "Window",
        "Thunder", "Cedar", "Distant", "Marble", "Echo", "Winter", "Garden", "Neon", "River",
        "Feather", "Crooked", "Saffron", "Atlas", "Meadow", "Carbon", "Gentle", "Mirror", "Rust",
        "Comet", "Willow", "Borrowed", "Sunday",
    ];
    WORDS[(mixed(n, 99) % 40) as usize]
}

fn sentences(n: usize, count: usize) -> String {
    (0..count).fold(String::new(), |mut text, i| {
        let _ = writeln!(
            text,
            "{} and {} under the {} sky",
            word(n + i),
            word(n * 3 + i),
            word(n * 5 + i)
        );
        text
    })
}
