//! Streaming renditions, made by one ffmpeg process that decodes the original once.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::ffmpeg::file_url;
use crate::process::Process;
use crate::recognise::{Source, survey};
use crate::{AudioError, Codec, Container, Ffmpeg, Format, Limits};

/// A rendition for listening in browsers: at most two channels, no tags, no pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rendition {
    /// Opus at 128 kb/s in Ogg, for every browser that plays it.
    Opus128,
    /// AAC-LC at 160 kb/s in MP4 with its index in front, for Safari.
    Aac160,
}

impl Rendition {
    /// What the finished file is.
    pub fn format(self) -> Format {
        match self {
            Rendition::Opus128 => Format {
                container: Container::Ogg,
                codec: Codec::Opus,
            },
            Rendition::Aac160 => Format {
                container: Container::Mp4,
                codec: Codec::Aac,
            },
        }
    }

    /// A stable snake_case name for storage keys and `?format=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Rendition::Opus128 => "opus_128",
            Rendition::Aac160 => "aac_160",
        }
    }

    fn add_to(self, command: &mut Command) {
        match self {
            // Complexity 5 saves a third of the time of 10; the loss at 128 kb/s is inaudible.
            Rendition::Opus128 => command
                .args([
                    "-af",
                    "aformat=sample_rates=48000:channel_layouts=mono|stereo",
                ])
                .args(["-c:a", "libopus", "-b:a", "128k", "-vbr", "on"])
                .args([
                    "-compression_level",
                    "5",
                    "-application",
                    "audio",
                    "-f",
                    "ogg",
                ]),
            Rendition::Aac160 => command
                .args([
                    "-af",
                    "aformat=sample_rates=44100|48000:channel_layouts=mono|stereo",
                ])
                .args(["-c:a", "aac", "-b:a", "160k", "-aac_coder", "fast"])
                .args(["-movflags", "+faststart", "-f", "ipod"]),
        };
    }
}

/// One file to be made.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// What to make.
    pub rendition: Rendition,
    /// Where to write it. An existing file is overwritten; the caller writes to a temporary path
    /// and renames, for a failure leaves a part behind.
    pub path: &'a Path,
}

/// Bounds on one [`Ffmpeg::transcode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranscodeLimits {
    /// Length of the source as analysed; progress is measured against it, and ffmpeg stops a
    /// second beyond it.
    pub duration: Duration,
    /// Longest time the process may take.
    pub max_process_time: Duration,
}

impl Ffmpeg {
    /// Makes all `outputs` from the audio file `src`, decoding it once, on one thread at low
    /// priority. The same source gives the same bytes every time.
    ///
    /// `progress` is called with the fraction done, 0 to 1; once `cancel` is set, ffmpeg is killed.
    ///
    /// # Errors
    /// Those of [`analyse`](crate::analyse), [`AudioError::TranscoderFailed`] with ffmpeg's last words, [`AudioError::TimedOut`],
    /// [`AudioError::Cancelled`], [`AudioError::Io`].
    pub fn transcode(
        &self,
        src: &Path,
        outputs: &[Output<'_>],
        limits: TranscodeLimits,
        progress: &mut dyn FnMut(f64),
        cancel: &AtomicBool,
    ) -> Result<(), AudioError> {
        let any = Limits {
            max_duration: Duration::MAX,
            ..Limits::default()
        };
        let survey = survey(&mut Source::new(&File::open(src)?, cancel)?, &any)?;
        let (mut command, input) = self.reading(src, &survey)?;
        let longest = format!("{}ms", limits.duration.as_millis() + 1000);
        let mut first = true;
        for output in outputs {
            if !std::mem::take(&mut first) {
                // The mapping of `reading` holds for the first output only.
                command.args([
                    "-map",
                    "0:a:0",
                    "-map_metadata",
                    "-1",
                    "-map_chapters",
                    "-1",
                ]);
            }
            command.args(["-vn", "-sn", "-dn", "-t", &longest, "-threads", "1"]);
            command.args(["-fflags", "+bitexact", "-flags:a", "+bitexact"]);
            output.rendition.add_to(&mut command);
            command.arg("-y").arg(file_url(output.path));
        }
        command.args(["-progress", "pipe:1"]);
        let mut process = Process::start(command, input, limits.max_process_time, cancel)?;
        let mut lines = Lines::default();
        let mut buf = [0; 4096];
        loop {
            let read = process.read(&mut buf)?;
            if read == 0 {
                break;
            }
            let total = limits.duration.as_micros().max(1) as f64;
            lines.take(&buf[..read], |line| {
                let time = line
                    .strip_prefix("out_time_us=")
                    .and_then(|us| us.parse::<f64>().ok());
                if let Some(time) = time {
                    progress((time / total).clamp(0.0, 1.0));
                }
            });
        }
        let (status, log) = process.finish()?;
        let empty = |output: &Output<'_>| !output.path.metadata().is_ok_and(|file| file.len() > 0);
        if !status.success() || outputs.iter().any(empty) {
            return Err(AudioError::TranscoderFailed { log: log.tail });
        }
        Ok(())
    }
}

/// Puts lines together from pieces.
#[derive(Default)]
struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) {
        for byte in bytes {
            if *byte == b'\n' {
                line(String::from_utf8_lossy(&self.pending).trim());
                self.pending.clear();
            } else if self.pending.len() < 1024 {
                self.pending.push(*byte);
            }
        }
    }
}
