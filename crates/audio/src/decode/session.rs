//! The part every decoder shares: limits, progress, cancelling, trimming, and the final judgement.

use std::sync::atomic::{AtomicBool, Ordering};

use symphonia::core::audio::Channels;

use super::meter::Meter;
use super::{Analysis, DecodedBy, Limits, Warning};
use crate::recognise::Survey;
use crate::{AudioError, Codec};

/// Steps in which progress is reported.
const STEPS: u64 = 200;

/// Samples beyond this (+60 dBFS) are not sound but damage.
const ABSURD: f32 = 1000.0;

/// One decode of one file.
pub(super) struct Session<'a> {
    pub(super) survey: &'a Survey,
    pub(super) limits: &'a Limits,
    pub(super) cancel: &'a AtomicBool,
    progress: &'a mut dyn FnMut(f64),
    meter: Option<Meter>,
    /// Frames that came out of the decoder, trimmed ones included.
    decoded: u64,
    reported: u64,
    warnings: Vec<Warning>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        survey: &'a Survey,
        limits: &'a Limits,
        progress: &'a mut dyn FnMut(f64),
        cancel: &'a AtomicBool,
    ) -> Self {
        let warnings = survey.warnings.clone();
        Session {
            survey,
            limits,
            cancel,
            progress,
            meter: None,
            decoded: 0,
            reported: 0,
            warnings,
        }
    }

    /// Whether the caller wants to stop.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Called once the decoder knows its format; called again, it must be the same.
    pub(super) fn open(&mut self, rate: u32, channels: &Channels) -> Result<(), AudioError> {
        self.limits.check_rate(rate)?;
        let count = u32::try_from(channels.count()).unwrap_or(u32::MAX);
        if count == 0 {
            return Err(AudioError::corrupt("the decoder found no channels"));
        }
        self.limits.check_channels(count)?;
        match &self.meter {
            None => self.meter = Some(Meter::new(rate, channels)?),
            Some(meter) if (meter.rate, meter.channels) == (rate, count) => {}
            Some(_) => {
                return Err(AudioError::UnsupportedCodec(
                    "a change of sample rate".into(),
                ));
            }
        }
        Ok(())
    }

    /// Takes decoded frames, one slice per channel; `trim` drops what the survey says to drop.
    pub(super) fn feed(&mut self, planes: &[&[f32]], trim: bool) -> Result<(), AudioError> {
        if self.is_cancelled() {
            return Err(AudioError::Cancelled);
        }
        let Some(meter) = &mut self.meter else {
            return Err(AudioError::corrupt("samples came before their description"));
        };
        if planes.len() != meter.channels as usize {
            return Err(AudioError::corrupt("the number of channels changes"));
        }
        let frames = planes[0].len() as u64;
        let (from, to) = if trim {
            let first = self.survey.skip;
            let last = self
                .survey
                .keep
                .map_or(u64::MAX, |keep| first.saturating_add(keep));
            let inside = |at: u64| at.saturating_sub(self.decoded).min(frames) as usize;
            (inside(first), inside(last))
        } else {
            (0, frames as usize)
        };
        self.decoded += frames;
        if from < to {
            if from == 0 && to == frames as usize {
                meter.feed(planes)?;
            } else {
                let cut: Vec<&[f32]> = planes.iter().map(|plane| &plane[from..to]).collect();
                meter.feed(&cut)?;
            }
        }
        if meter.highest > ABSURD {
            return Err(AudioError::corrupt("samples are far beyond full scale"));
        }
        if meter.frames > self.limits.max_frames(meter.rate) {
            return Err(AudioError::TooLong {
                limit: self.limits.max_duration,
            });
        }
        self.report();
        Ok(())
    }

    fn report(&mut self) {
        let Some(total) = self.survey.frames else {
            return;
        };
        let step = (self.decoded.min(total) * STEPS)
            .checked_div(total)
            .unwrap_or(0);
        if step > self.reported {
            self.reported = step;
            (self.progress)(step as f64 / STEPS as f64);
        }
    }

    /// The file ended in the middle of its audio, as far as that can be known.
    pub(super) fn ends_early(&self) -> AudioError {
        match &self.meter {
            Some(meter) => {
                let promised = self.survey.frames;
                AudioError::ends_early(
                    self.decoded,
                    promised.filter(|_| self.survey.rate == Some(meter.rate)),
                    meter.rate,
                )
            }
            None => AudioError::truncated("it ends before the first sound"),
        }
    }

    /// Notes something odd.
    pub(super) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Holds what came out against what was promised, and gives the result.
    pub(super) fn finish(self, decoded_by: DecodedBy) -> Result<Analysis, AudioError> {
        let survey = self.survey;
        let Some(meter) = self.meter.filter(|meter| meter.frames > 0) else {
            return Err(AudioError::NoSamples);
        };
        if let Some(promised) = survey.frames
            && survey.rate == Some(meter.rate)
        {
            let tolerance = if survey.format.codec == Codec::Flac {
                0
            } else {
                // Encoder delays are trimmed by some decoders and counted by some headers.
                u64::from(meter.rate) / 10 + survey.skip
            };
            let missing = promised.saturating_sub(self.decoded);
            if missing > tolerance {
                // Frames of other formats were walked to the end already: there it is damage.
                if survey.format.codec == Codec::Flac {
                    return Err(AudioError::ends_early(
                        self.decoded,
                        Some(promised),
                        meter.rate,
                    ));
                }
                let seconds = |frames: u64| frames as f64 / f64::from(meter.rate);
                return Err(AudioError::Corrupt(format!(
                    "{:.1} of {:.1} seconds could be decoded",
                    seconds(self.decoded),
                    seconds(promised)
                )));
            }
        }
        let (rate, channels) = (meter.rate, meter.channels);
        let measured = meter.finish()?;
        let milliseconds = |scale: u64| measured.frames.saturating_mul(scale) / u64::from(rate);
        let audio_bytes = survey.span.end - survey.span.start;
        Ok(Analysis {
            format: survey.format,
            duration_ms: milliseconds(1000),
            sample_rate: rate,
            channels,
            bit_depth: survey.bits.filter(|_| survey.format.lossless()),
            bitrate: (u128::from(audio_bytes) * 8 * u128::from(rate) / u128::from(measured.frames))
                as u64,
            loudness_lufs: measured.loudness_lufs,
            true_peak_dbtp: measured.true_peak_dbtp,
            waveform: measured.waveform,
            decoded_by,
            warnings: self.warnings,
        })
    }
}
