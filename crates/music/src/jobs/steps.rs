//! The steps of processing, each blocking work on a thread that yields to requests.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use wing_audio::{
    Analysis, Cover, Ffmpeg, Limits, Output, Rendition as Make, Tags, TranscodeLimits,
};
use wing_contracts::UploadId;
use wing_kit::images::{ImageError, ImageRef, StoreError};
use wing_kit::media::MediaError;

use super::process::Trouble;
use crate::error::Error;
use crate::model::{AudioFile, Rendition, RenditionKind};
use crate::service::Music;
use crate::service::local_copy::LocalCopy;
use crate::service::workshop::at_low_priority;
use crate::store;
use crate::store::files::{Found, State};

/// How often progress is published.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Longest time ffmpeg may take for one track, beside the track's own length.
/// It needs about a fortieth of that length.
const TRANSCODING: Duration = Duration::from_secs(120);

/// Where one track is worked on.
pub(super) struct Bench {
    music: Music,
    state: State,
    cancel: Arc<AtomicBool>,
    _watch: tokio_util::task::AbortOnDropHandle<()>,
}

impl Bench {
    pub(super) fn new(music: &Music, state: State, stop: &CancellationToken) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let watch = tokio::spawn({
            let (cancel, stop) = (Arc::clone(&cancel), stop.clone());
            async move {
                stop.cancelled().await;
                cancel.store(true, Ordering::Relaxed);
            }
        });
        Self {
            music: music.clone(),
            state,
            cancel,
            _watch: tokio_util::task::AbortOnDropHandle::new(watch),
        }
    }

    /// Stores and publishes what is being done.
    pub(super) async fn step(
        &self,
        step: &'static str,
        percent: Option<i32>,
    ) -> Result<(), Trouble> {
        let mut progress = Progress::new(self, step);
        let work = tokio::task::spawn_blocking(move || progress.write(percent));
        Ok(work
            .await
            .map_err(|error| Trouble::passing("internal", "the server stumbled", error))??)
    }

    /// Runs one step's work at low priority, with progress and cancellation.
    async fn work<T: Send + 'static>(
        &self,
        step: &'static str,
        work: impl FnOnce(&mut dyn FnMut(f64), &AtomicBool) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.step(step, Some(0)).await?;
        let mut progress = Progress::new(self, step);
        let cancel = Arc::clone(&self.cancel);
        let done = at_low_priority(move || work(&mut |done| progress.at(done), &cancel)).await;
        done.unwrap_or_else(|| {
            Err(Trouble::passing(
                "internal",
                "the server stumbled over this file",
                "a panic, or no thread",
            ))
        })
    }
}

/// Reports how far a step is, not too often.
struct Progress {
    music: Music,
    state: State,
    last: Instant,
}

impl Progress {
    fn new(bench: &Bench, step: &'static str) -> Self {
        let mut state = bench.state.clone();
        step.clone_into(&mut state.step);
        state.progress = Some(0);
        (state.failure_code, state.failure) = (None, None);
        Self {
            music: bench.music.clone(),
            state,
            last: Instant::now(),
        }
    }

    fn at(&mut self, done: f64) {
        let percent = Some((done.clamp(0.0, 1.0) * 100.0) as i32);
        if percent == self.state.progress || self.last.elapsed() < REPORT_EVERY {
            return;
        }
        self.last = Instant::now();
        if let Err(error) = self.write(percent) {
            tracing::debug!(%error, "progress was not stored");
        }
    }

    fn write(&mut self, percent: Option<i32>) -> Result<(), Error> {
        self.state.progress = percent;
        let now = self.music.clock.now();
        self.state.at = now.0;
        let state = &self.state;
        self.music.db.write_blocking(|tx| {
            Ok::<_, Error>(store::files::set_step(
                tx,
                state.track,
                &state.step,
                percent,
                now,
            )?)
        })?;
        self.music.desk.publish(self.state.clone());
        Ok(())
    }
}

/// A track's original, in the media store.
pub(super) struct Original {
    key: String,
    hash: String,
    size: i64,
    file: LocalCopy,
}

impl Original {
    /// The original as a rendition to stream.
    pub(super) fn rendition(&self, analysis: &Analysis) -> Rendition {
        Rendition {
            kind: "original".into(),
            key: self.key.clone(),
            hash: self.hash.clone(),
            mime: analysis.format.mime().into(),
            size: self.size,
        }
    }
}

/// Takes the uploaded file over into the media store, named by its content.
pub(super) async fn store(bench: &Bench, file: &AudioFile) -> Result<Original, Trouble> {
    let music = &bench.music;
    let size = file.original_size;
    if let Some(key) = &file.original_key
        && music
            .media
            .size(key)
            .await
            .is_ok_and(|stored| stored.cast_signed() == size)
    {
        // An earlier attempt came this far.
        if let Some(upload) = file.upload_id {
            music.remove_part(upload).await?;
        }
        let stored = music.local_copy(key).await?;
        return Ok(original(key.clone(), size, stored));
    }
    let upload = file.upload_id.ok_or_else(missing)?;
    let part = arrived(bench, upload, size).await?;
    let hash = bench.work("storing", {
        let part = part.path().to_owned();
        move |progress, cancel| hash_of(&part, size.cast_unsigned(), progress, cancel)
    });
    let hash = hash.await?;
    let key = format!("originals/{}/{hash}", &hash[..2]);
    // Before the file moves, so that wherever this ends the file is found; and
    // so that nobody removes the same content of a track that is gone.
    music.claim_original(bench.state.track, key.clone()).await?;
    match music.media.size(&key).await {
        Ok(stored) if stored.cast_signed() == size => {}
        Ok(_) | Err(MediaError::Missing) => music.media.put_file(&key, part.path()).await?,
        Err(error) => return Err(error.into()),
    }
    music.remove_part(upload).await?;
    // What was put together here is still here; a part file was moved away.
    let stored = match part.is_passing() {
        true => part,
        false => music.local_copy(&key).await?,
    };
    Ok(original(key, size, stored))
}

/// The uploaded file on this machine.
async fn arrived(bench: &Bench, upload: UploadId, size: i64) -> Result<LocalCopy, Trouble> {
    let music = &bench.music;
    if music.media.is_local() {
        let part = music.part_path(upload);
        return match part.exists() {
            true => Ok(LocalCopy::stored(part)),
            false => Err(missing()),
        };
    }
    let pieces = music
        .db
        .read(move |conn| Ok::<_, Error>(store::uploads::pieces(conn, upload)?));
    let pieces = pieces.await?;
    if pieces.last().map_or(0, store::uploads::Piece::end) != size.cast_unsigned() {
        return Err(missing());
    }
    let copy = music.workshop.temp("upload")?;
    let mut file = tokio::fs::File::create(&copy).await?;
    for piece in &pieces {
        if bench.cancel.load(Ordering::Relaxed) {
            return Err(wing_audio::AudioError::Cancelled.into());
        }
        match music.media.fetch(&piece.key, &mut file).await {
            Ok(length) if length == piece.size.cast_unsigned() => {}
            Ok(_) | Err(MediaError::Missing) => return Err(missing()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(LocalCopy::passing(copy))
}

fn original(key: String, size: i64, file: LocalCopy) -> Original {
    let hash = key.rsplit('/').next().unwrap_or_default().to_owned();
    Original {
        key,
        hash,
        size,
        file,
    }
}

fn missing() -> Trouble {
    Trouble {
        code: "original_missing",
        words: "the uploaded file is not there any more; upload it again".into(),
        again: false,
        inside: None,
    }
}

/// SHA-256 of a file that must have `size` bytes.
fn hash_of(
    path: &Path,
    size: u64,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<String, Trouble> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut read = 0_u64;
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(wing_audio::AudioError::Cancelled.into());
        }
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        read += n as u64;
        progress(read as f64 / size.max(1) as f64);
    }
    if read == size {
        Ok(hex::encode(hasher.finalize()))
    } else {
        Err(missing())
    }
}

/// What a file is, sounds like, and says of itself.
pub(super) struct Measured {
    pub(super) analysis: Analysis,
    pub(super) tags: Tags,
}

impl Measured {
    /// As it is stored.
    pub(super) fn found(&self, warnings: &[&str]) -> Found {
        let (analysis, format) = (&self.analysis, &self.analysis.format);
        let number = |n: u32| i32::try_from(n).ok();
        Found {
            format: Some(format.name().into()),
            mime: Some(format.mime().into()),
            extension: Some(format.extension().into()),
            lossless: Some(format.lossless()),
            sample_rate: number(analysis.sample_rate),
            channels: number(analysis.channels),
            bit_depth: analysis.bit_depth.and_then(number),
            loudness_lufs: analysis.loudness_lufs,
            true_peak_dbtp: analysis.true_peak_dbtp,
            peaks: Some(analysis.waveform.clone()),
            warnings: warnings.join(","),
        }
    }
}

/// Decodes and measures the whole original, and reads its tags.
pub(super) async fn analyse(bench: &Bench, original: &Original) -> Result<Measured, Trouble> {
    let path = original.file.path().to_owned();
    let ffmpeg = bench.music.ffmpeg().await.cloned();
    let limits = Limits {
        max_duration: Duration::from_secs(bench.music.config.track_max_seconds),
        ..Limits::default()
    };
    let work = bench.work("analysing", move |progress, cancel| {
        let analysis = wing_audio::analyse(&path, &limits, ffmpeg.as_ref(), progress, cancel)?;
        let tags = wing_audio::read_tags(&path)?;
        Ok(Measured { analysis, tags })
    });
    work.await
}

/// Makes the streaming renditions and stores them.
pub(super) async fn transcode(
    bench: &Bench,
    ffmpeg: &Ffmpeg,
    original: &Original,
    analysis: &Analysis,
) -> Result<Vec<Rendition>, Trouble> {
    let makes = [
        (RenditionKind::Opus, Make::Opus128),
        (RenditionKind::Aac, Make::Aac160),
    ];
    let paths: Vec<_> = makes
        .iter()
        .map(|(_, make)| bench.music.workshop.temp(make.format().extension()))
        .collect::<Result<_, _>>()?;
    let targets: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let (source, ffmpeg) = (original.file.path().to_owned(), ffmpeg.clone());
    let duration = Duration::from_millis(analysis.duration_ms);
    let limits = TranscodeLimits {
        duration,
        max_process_time: TRANSCODING + duration,
    };
    let hashes = bench.work("transcoding", move |progress, cancel| {
        let outputs: Vec<Output<'_>> = makes
            .iter()
            .zip(&targets)
            .map(|((_, rendition), path)| Output {
                rendition: *rendition,
                path,
            })
            .collect();
        ffmpeg.transcode(&source, &outputs, limits, progress, cancel)?;
        targets
            .iter()
            .map(|path| {
                let size = std::fs::metadata(path)?.len();
                Ok((hash_of(path, size, &mut |_| {}, cancel)?, size))
            })
            .collect::<Result<Vec<_>, Trouble>>()
    });
    let hashes = hashes.await?;
    let mut renditions = Vec::with_capacity(makes.len());
    for (((kind, make), path), (hash, size)) in makes.iter().zip(&paths).zip(hashes) {
        // A key of the track's own: what goes with the track is nobody else's.
        let key = format!(
            "renditions/{}/{hash}.{}",
            bench.state.track,
            make.format().extension()
        );
        bench.music.announce_file(&key).await?;
        bench.music.media.put_file(&key, path).await?;
        renditions.push(Rendition {
            kind: kind.as_str().into(),
            key,
            hash,
            mime: make.format().mime().into(),
            size: size.cast_signed(),
        });
    }
    Ok(renditions)
}

/// Stores the picture in the file; `None` when there is none that can be used.
pub(super) async fn cover(
    bench: &Bench,
    cover: Option<&Cover>,
) -> Result<Option<ImageRef>, Trouble> {
    let Some(cover) = cover else { return Ok(None) };
    let stored = bench
        .music
        .pictures
        .store(None, cover.bytes.clone().into())
        .await;
    match stored {
        Ok(image) => Ok(Some(image)),
        Err(StoreError::Image(
            ImageError::NotRecognised
            | ImageError::Heif
            | ImageError::TooLarge
            | ImageError::Corrupt(_),
        )) => Ok(None),
        Err(StoreError::Image(ImageError::Busy | ImageError::TooMany)) => Err(Trouble::passing(
            "unavailable",
            "a part of the server is not available",
            "others store pictures at this moment",
        )),
        Err(StoreError::Image(ImageError::Media(error))) => Err(error.into()),
        Err(StoreError::Database(error)) => Err(Error::from(error).into()),
    }
}
