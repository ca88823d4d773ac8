//! Tracks' files: where processing stands, what was found, and the renditions the
//! sound is stored in.

use diesel::prelude::*;
use wing_contracts::{ArtistId, JobId, Timestamp, TrackId, UploadId, UserId};
use wing_kit::{Conn, Tx};

use super::plain::columns;
use super::schema::{artists, renditions, track_files, tracks};
use crate::model::{AudioFile, Rendition, TrackStatus};

columns! {
    pub(super) type Columns;
    pub(super) const COLUMNS;
    track_files::track_id,
    track_files::upload_id,
    track_files::job_id,
    track_files::step,
    track_files::progress,
    track_files::failure_code,
    track_files::failure,
    track_files::original_key,
    track_files::original_name,
    track_files::original_size,
    track_files::format,
    track_files::mime,
    track_files::extension,
    track_files::lossless,
    track_files::sample_rate,
    track_files::channels,
    track_files::bit_depth,
    track_files::loudness_lufs,
    track_files::true_peak_dbtp,
    track_files::peaks,
    track_files::warnings,
}

#[derive(Queryable)]
pub(super) struct Row {
    track_id: TrackId,
    upload_id: Option<UploadId>,
    job_id: Option<JobId>,
    step: String,
    progress: Option<i32>,
    failure_code: Option<String>,
    failure: Option<String>,
    original_key: Option<String>,
    original_name: String,
    original_size: i64,
    format: Option<String>,
    mime: Option<String>,
    extension: Option<String>,
    lossless: Option<bool>,
    sample_rate: Option<i32>,
    channels: Option<i32>,
    bit_depth: Option<i32>,
    loudness_lufs: Option<f64>,
    true_peak_dbtp: Option<f64>,
    peaks: Option<Vec<u8>>,
    warnings: String,
}

impl From<Row> for AudioFile {
    fn from(row: Row) -> Self {
        Self {
            track_id: row.track_id,
            upload_id: row.upload_id,
            job_id: row.job_id,
            step: row.step,
            progress: row.progress,
            failure_code: row.failure_code,
            failure: row.failure,
            original_key: row.original_key,
            original_name: row.original_name,
            original_size: row.original_size,
            format: row.format,
            mime: row.mime,
            extension: row.extension,
            lossless: row.lossless,
            sample_rate: row.sample_rate,
            channels: row.channels,
            bit_depth: row.bit_depth,
            loudness_lufs: row.loudness_lufs,
            true_peak_dbtp: row.true_peak_dbtp,
            peaks: row.peaks,
            warnings: row.warnings,
        }
    }
}

/// A new track's file.
pub struct New<'a> {
    /// The track.
    pub track: TrackId,
    /// Where the file comes from.
    pub upload: UploadId,
    /// What will process it.
    pub job: JobId,
    /// Its name as it was uploaded.
    pub name: &'a str,
    /// Bytes.
    pub size: i64,
}

/// Writes a new track's file, waiting to be processed.
pub fn insert(tx: &mut Tx<'_>, new: &New<'_>, now: Timestamp) -> QueryResult<()> {
    diesel::insert_into(track_files::table)
        .values((
            track_files::track_id.eq(new.track),
            track_files::upload_id.eq(Some(new.upload)),
            track_files::job_id.eq(Some(new.job)),
            track_files::step.eq("queued"),
            track_files::original_name.eq(new.name),
            track_files::original_size.eq(new.size),
            track_files::warnings.eq(""),
            track_files::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A track's file.
pub fn find(conn: &mut Conn, track: TrackId) -> QueryResult<Option<AudioFile>> {
    let row: Option<Row> = track_files::table
        .find(track)
        .select(COLUMNS)
        .get_result(conn)
        .optional()?;
    Ok(row.map(AudioFile::from))
}

/// Whether a track was made of this upload already.
pub fn is_used(conn: &mut Conn, upload: UploadId) -> QueryResult<bool> {
    let count: i64 = track_files::table
        .filter(track_files::upload_id.eq(Some(upload)))
        .count()
        .get_result(conn)?;
    Ok(count > 0)
}

/// Notes what is being done. A trouble of an earlier attempt is over with the
/// first step that goes on.
pub fn set_step(
    tx: &mut Tx<'_>,
    track: TrackId,
    step: &str,
    progress: Option<i32>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(track_files::table.find(track))
        .set((
            track_files::step.eq(step),
            track_files::progress.eq(progress),
            track_files::failure_code.eq(None::<String>),
            track_files::failure.eq(None::<String>),
            track_files::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Notes under which key the original is, or is about to be, stored.
pub fn set_original(tx: &mut Tx<'_>, track: TrackId, key: &str, now: Timestamp) -> QueryResult<()> {
    diesel::update(track_files::table.find(track))
        .set((
            track_files::original_key.eq(Some(key)),
            track_files::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Notes a trouble; whether processing ends with it is the track's status.
pub fn set_failure(
    tx: &mut Tx<'_>,
    track: TrackId,
    code: &str,
    words: &str,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(track_files::table.find(track))
        .set((
            track_files::failure_code.eq(Some(code)),
            track_files::failure.eq(Some(words)),
            track_files::progress.eq(None::<i32>),
            track_files::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Puts a file back to the start, to be processed by `job`.
pub fn restart(tx: &mut Tx<'_>, track: TrackId, job: JobId, now: Timestamp) -> QueryResult<()> {
    diesel::update(track_files::table.find(track))
        .set(track_files::job_id.eq(Some(job)))
        .execute(tx.conn())?;
    set_step(tx, track, "queued", None, now)
}

/// What was found in a file.
#[derive(AsChangeset)]
#[diesel(table_name = track_files, treat_none_as_null = true)]
pub struct Found {
    /// Format in words.
    pub format: Option<String>,
    /// Media type.
    pub mime: Option<String>,
    /// Conventional extension.
    pub extension: Option<String>,
    /// Whether nothing was lost in encoding.
    pub lossless: Option<bool>,
    /// Hz.
    pub sample_rate: Option<i32>,
    /// 1 is mono.
    pub channels: Option<i32>,
    /// Bits a sample.
    pub bit_depth: Option<i32>,
    /// LUFS.
    pub loudness_lufs: Option<f64>,
    /// dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// 0 to 255 each.
    pub peaks: Option<Vec<u8>>,
    /// Comma separated codes.
    pub warnings: String,
}

/// Writes what was found and the renditions the sound is stored in.
pub fn finish(
    tx: &mut Tx<'_>,
    track: TrackId,
    found: &Found,
    made: &[Rendition],
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(track_files::table.find(track))
        .set(found)
        .execute(tx.conn())?;
    set_step(tx, track, "done", None, now)?;
    diesel::delete(renditions::table.filter(renditions::track_id.eq(track))).execute(tx.conn())?;
    for one in made {
        diesel::insert_into(renditions::table)
            .values((
                renditions::track_id.eq(track),
                renditions::kind.eq(&one.kind),
                renditions::key.eq(&one.key),
                renditions::hash.eq(&one.hash),
                renditions::mime.eq(&one.mime),
                renditions::size.eq(one.size),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// The renditions a track's sound is stored in.
pub fn renditions(conn: &mut Conn, track: TrackId) -> QueryResult<Vec<Rendition>> {
    type Row = (String, String, String, String, i64);
    let rows: Vec<Row> = renditions::table
        .filter(renditions::track_id.eq(track))
        .select((
            renditions::kind,
            renditions::key,
            renditions::hash,
            renditions::mime,
            renditions::size,
        ))
        .load(conn)?;
    let form = |(kind, key, hash, mime, size)| Rendition {
        kind,
        key,
        hash,
        mime,
        size,
    };
    Ok(rows.into_iter().map(form).collect())
}

/// A track's waveform: duration in milliseconds and peaks.
pub fn waveform(conn: &mut Conn, track: TrackId) -> QueryResult<Option<(i64, Vec<u8>)>> {
    let row: Option<(i64, Option<Vec<u8>>)> = track_files::table
        .inner_join(tracks::table)
        .filter(track_files::track_id.eq(track))
        .select((tracks::duration_ms, track_files::peaks))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(duration, peaks)| Some((duration, peaks?))))
}

/// The copy made for downloads: its key, and the fingerprint of the tags in it.
pub fn download(conn: &mut Conn, track: TrackId) -> QueryResult<(Option<String>, Option<String>)> {
    let row = track_files::table
        .find(track)
        .select((track_files::download_key, track_files::download_mark))
        .first(conn)
        .optional()?;
    Ok(row.unwrap_or_default())
}

/// Notes the copy made for downloads.
pub fn set_download(
    tx: &mut Tx<'_>,
    track: TrackId,
    key: &str,
    fingerprint: &str,
) -> QueryResult<bool> {
    let changed = diesel::update(track_files::table.find(track))
        .set((
            track_files::download_key.eq(Some(key)),
            track_files::download_mark.eq(Some(fingerprint)),
        ))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// A track's state as the desk shows it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct State {
    /// The track.
    pub track: TrackId,
    /// Whose it is.
    pub artist: ArtistId,
    /// Who manages it.
    pub owner: UserId,
    /// Its title.
    pub title: String,
    /// See [`crate::model::TrackStatus`].
    pub status: TrackStatus,
    /// See [`AudioFile::step`].
    pub step: String,
    /// 0 to 100.
    pub progress: Option<i32>,
    /// Code of a trouble.
    pub failure_code: Option<String>,
    /// The trouble in words.
    pub failure: Option<String>,
    /// When processing last noted something, in milliseconds since the epoch.
    pub at: i64,
}

impl State {
    /// Whether this was so before `other` was: a state that was read first may be
    /// published after a newer one.
    pub fn is_before(&self, other: &Self) -> bool {
        (self.at, self.stage()) < (other.at, other.stage())
    }

    /// Whether both look the same.
    pub fn shows(&self, other: &Self) -> bool {
        let at = other.at;
        *other == Self { at, ..self.clone() }
    }

    /// How far on, within one millisecond.
    fn stage(&self) -> usize {
        let steps = ["queued", "storing", "analysing", "transcoding", "finishing"];
        let open = self.status == TrackStatus::Processing;
        steps
            .iter()
            .position(|step| open && *step == self.step)
            .unwrap_or(steps.len())
    }
}

columns! {
    type StateColumns;
    const STATE;
    tracks::id,
    artists::id,
    artists::owner_id,
    tracks::title,
    tracks::status,
    track_files::step,
    track_files::progress,
    track_files::failure_code,
    track_files::failure,
    track_files::updated_at,
}

/// One track's state.
pub fn state(conn: &mut Conn, track: TrackId) -> QueryResult<Option<State>> {
    track_files::table
        .inner_join(tracks::table.inner_join(artists::table))
        .filter(track_files::track_id.eq(track))
        .select(STATE)
        .first(conn)
        .optional()
}

/// The states of an account's tracks that are being processed, or changed
/// since `since`.
pub fn states_of(conn: &mut Conn, owner: UserId, since: Timestamp) -> QueryResult<Vec<State>> {
    track_files::table
        .inner_join(tracks::table.inner_join(artists::table))
        .filter(artists::owner_id.eq(owner))
        .filter(tracks::deleted_at.is_null())
        .filter(
            tracks::status.eq(TrackStatus::Processing).or(tracks::status
                .eq(TrackStatus::Failed)
                .and(track_files::updated_at.ge(since.0))),
        )
        .order((track_files::updated_at.desc(), tracks::id.desc()))
        .select(STATE)
        .limit(500)
        .load(conn)
}

/// The states that changed since `since`, whoever's.
pub fn states_since(conn: &mut Conn, since: Timestamp) -> QueryResult<Vec<State>> {
    track_files::table
        .inner_join(tracks::table.inner_join(artists::table))
        .filter(track_files::updated_at.ge(since.0))
        .filter(tracks::deleted_at.is_null())
        .order((track_files::updated_at, tracks::id))
        .select(STATE)
        .limit(1_000)
        .load(conn)
}

/// Bytes of the originals of an account's tracks, with those that can still come back.
pub fn bytes_of(conn: &mut Conn, owner: UserId) -> QueryResult<i64> {
    let sizes: Vec<i64> = track_files::table
        .inner_join(tracks::table.on(tracks::id.eq(track_files::track_id)))
        .inner_join(artists::table.on(artists::id.eq(tracks::artist_id)))
        .filter(artists::owner_id.eq(owner))
        .select(track_files::original_size)
        .load(conn)?;
    Ok(sizes.iter().sum())
}
