//! Purging uploads that rested too long and what was removed so long ago that it
//! cannot come back, and deleting the files that nothing refers to then.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use tokio_util::sync::CancellationToken;
use wing_contracts::{TrackId, UploadId};
use wing_kit::db::DbError;
use wing_kit::jobs::{Handler, Job, JobError};
use wing_kit::media::MediaStore;
use wing_kit::media::shared::Sweep;

use crate::error::Error;
use crate::service::Music;
use crate::service::pictures::{Files, release_file};
use crate::store;

/// How long what was removed can come back.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
/// How long the row of an upload outlives the making of its track, to tell a
/// repeated request that it was used.
const USED_MS: i64 = 7 * 24 * 3600 * 1000;
/// A part file without a row is only dropped when it is older than this.
const STRAY: Duration = Duration::from_secs(3600);
const BATCH: i64 = 200;
/// How long it is known from which network a play came.
const NETWORK_MS: i64 = 24 * 3600 * 1000;

/// Purges every ten minutes, in one of all replicas.
pub(super) struct Purge(pub Music);

#[async_trait]
impl Handler for Purge {
    fn kind(&self) -> &'static str {
        "purge_music"
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_secs(600))
    }

    async fn run(&self, _: &Job, stop: &CancellationToken) -> Result<(), JobError> {
        match stop.run_until_cancelled(purge(&self.0)).await {
            Some(purged) => purged.map_err(|error| JobError::Retry(error.to_string())),
            None => Err(JobError::Retry("the process ends".into())),
        }
    }

    async fn given_up(&self, _: &Job, reason: &str) -> Result<(), DbError> {
        tracing::error!(reason, "what was removed stays until the next purge");
        Ok(())
    }
}

/// The hourly sweep over this domain's stored files.
pub(super) fn sweep(music: &Music) -> Sweep {
    let files = Arc::new(Files(music.clone()));
    Sweep::new(music.db.clone(), music.clock.clone(), files)
}

/// Purges once.
pub(super) async fn purge(music: &Music) -> Result<(), Error> {
    drop_uploads(music).await?;
    drop_strays(music).await?;
    purge_removed(music).await?;
    let limit = music.clock.now().plus_ms(-NETWORK_MS);
    let pruned = music
        .db
        .write(move |tx| Ok::<_, Error>(store::plays::prune_networks(tx, limit)?));
    pruned.await.map(drop)
}

async fn drop_uploads(music: &Music) -> Result<(), Error> {
    let now = music.clock.now();
    let expired = music
        .db
        .read(move |conn| Ok::<_, Error>(store::uploads::expired(conn, now, BATCH)?));
    for id in expired.await? {
        if music
            .db
            .write(move |tx| Ok::<_, Error>(store::uploads::delete_open(tx, id)?))
            .await?
        {
            music.remove_part(id).await?;
            tracing::info!(upload = %id, "an upload rested too long");
        }
    }
    let before = now.plus_ms(-USED_MS);
    let used = music
        .db
        .read(move |conn| Ok::<_, Error>(store::uploads::taken_over(conn, before, BATCH)?));
    for id in used.await? {
        music
            .db
            .write(move |tx| Ok::<_, Error>(store::uploads::delete(tx, id)?))
            .await?;
    }
    Ok(())
}

/// What arrived of uploads that are gone: of a process killed between the two.
async fn drop_strays(music: &Music) -> Result<(), Error> {
    let dir = music.parts_dir();
    let found = if music.media.is_local() {
        tokio::task::spawn_blocking(move || old_parts(&dir))
            .await
            .unwrap_or_default()
    } else {
        old_pieces(&music.media).await?
    };
    for ids in found.chunks(500) {
        let asked = ids.to_vec();
        let known = music
            .db
            .read(move |conn| Ok::<_, Error>(store::uploads::known(conn, &asked)?))
            .await?;
        for id in ids.iter().filter(|id| !known.contains(id)) {
            music.remove_part(*id).await?;
        }
    }
    Ok(())
}

fn old_parts(dir: &std::path::Path) -> Vec<UploadId> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let old = |entry: &std::fs::DirEntry| {
        let age = entry
            .metadata()
            .and_then(|meta| meta.modified())
            .ok()?
            .elapsed()
            .ok()?;
        (age > STRAY).then_some(())
    };
    entries
        .flatten()
        .filter_map(|entry| {
            old(&entry)?;
            UploadId::from_str(entry.file_name().to_str()?).ok()
        })
        .collect()
}

async fn old_pieces(media: &MediaStore) -> Result<Vec<UploadId>, Error> {
    let mut found = Vec::new();
    let mut keys = media.list("uploads");
    while let Some((key, stored)) = keys.try_next().await? {
        let old = stored.elapsed().is_ok_and(|age| age > STRAY);
        let id = key.split('/').nth(1).and_then(|id| id.parse().ok());
        // The pieces of an upload come one after another.
        if let Some(id) = id.filter(|id| old && found.last() != Some(id)) {
            found.push(id);
        }
    }
    Ok(found)
}

async fn purge_removed(music: &Music) -> Result<(), Error> {
    let limit = music.clock.now().plus_ms(-KEPT_MS);
    loop {
        let ids = music
            .db
            .read(move |conn| Ok::<_, Error>(store::purge::tracks_to_purge(conn, limit, 50)?));
        let ids = ids.await?;
        if ids.is_empty() {
            break;
        }
        for id in ids {
            purge_track(music, id).await?;
        }
    }
    let (this, now) = (music.clone(), music.clock.now());
    music
        .db
        .write(move |tx| {
            for hash in store::purge::delete_shells(tx, limit)? {
                this.release_picture(tx, Some(&hash), now)?;
            }
            Ok(())
        })
        .await
}

/// Deletes the rows of one track. Its files are released with them, so that the
/// sweep deletes those that nothing else refers to.
async fn purge_track(music: &Music, id: TrackId) -> Result<(), Error> {
    let limit = music.clock.now().plus_ms(-KEPT_MS);
    let (this, now) = (music.clone(), music.clock.now());
    let upload = music
        .db
        .write(move |tx| {
            let Some(gone) = store::purge::delete_track(tx, id, limit)? else {
                return Ok(None);
            };
            for key in &gone.files {
                release_file(tx, key, now)?;
            }
            this.release_picture(tx, gone.cover.as_deref(), now)?;
            if let Some(upload) = gone.upload {
                store::uploads::delete(tx, upload)?;
            }
            Ok::<_, Error>(gone.upload)
        })
        .await?;
    tracing::info!(track = %id, "purged");
    if let Some(upload) = upload {
        // If the process ends here, it is found among the strays.
        music.remove_part(upload).await?;
    }
    Ok(())
}
