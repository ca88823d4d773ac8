//! Loudness, true peak and waveform of the samples that pass by.

use ebur128::{Channel, EbuR128, Mode};
use symphonia::core::audio::{Channels, Position};

use super::true_peak::TruePeak;
use super::waveform::Waveform;
use crate::AudioError;

/// The measuring instruments of one file.
pub(super) struct Meter {
    pub(super) rate: u32,
    pub(super) channels: u32,
    /// Frames measured.
    pub(super) frames: u64,
    /// Highest absolute sample.
    pub(super) highest: f32,
    loudness: EbuR128,
    true_peak: TruePeak,
    waveform: Waveform,
}

/// The readings.
pub(super) struct Measured {
    pub(super) frames: u64,
    pub(super) loudness_lufs: Option<f64>,
    pub(super) true_peak_dbtp: Option<f64>,
    pub(super) waveform: Vec<u8>,
}

impl Meter {
    pub(super) fn new(rate: u32, channels: &Channels) -> Result<Self, AudioError> {
        let count = u32::try_from(channels.count()).unwrap_or(u32::MAX);
        let mut loudness = EbuR128::new(count, rate, Mode::I).map_err(unmeasurable)?;
        if let Channels::Positioned(positions) = channels
            && count > 2
        {
            loudness
                .set_channel_map(&speaker_map(*positions))
                .map_err(unmeasurable)?;
        }
        Ok(Meter {
            rate,
            channels: count,
            frames: 0,
            highest: 0.0,
            loudness,
            true_peak: TruePeak::new(count as usize),
            waveform: Waveform::new(),
        })
    }

    /// Measures frames given as one slice per channel.
    pub(super) fn feed(&mut self, planes: &[&[f32]]) -> Result<(), AudioError> {
        let highest = self.waveform.add(planes);
        self.highest = self.highest.max(highest);
        // Beyond reason the file is refused anyway, and infinity would spoil the filters.
        if highest.is_finite() {
            self.loudness
                .add_frames_planar_f32(planes)
                .map_err(unmeasurable)?;
            self.true_peak.add(planes);
        }
        self.frames += planes.first().map_or(0, |plane| plane.len()) as u64;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Measured, AudioError> {
        let loudness = self.loudness.loudness_global().map_err(unmeasurable)?;
        // A sample may lie above the interpolated curve by the ripple of the filter.
        let peak = self.true_peak.finish().max(self.highest);
        Ok(Measured {
            frames: self.frames,
            loudness_lufs: loudness.is_finite().then_some(loudness),
            true_peak_dbtp: (peak > 0.0).then(|| 20.0 * f64::from(peak).log10()),
            waveform: self.waveform.finish(),
        })
    }
}

fn unmeasurable(error: ebur128::Error) -> AudioError {
    AudioError::corrupt(format!("the loudness cannot be measured: {error}"))
}

/// Where BS.1770-4 hears each channel, in the order decoders give them (by position bit).
fn speaker_map(positions: Position) -> Vec<Channel> {
    let backs = Position::REAR_LEFT | Position::REAR_RIGHT;
    let sides = Position::SIDE_LEFT | Position::SIDE_RIGHT;
    // With both pairs present the rear pair stands behind 120 degrees and is not weighted.
    let both = positions.contains(backs) && positions.contains(sides);
    positions
        .iter()
        .map(|position| match position {
            Position::FRONT_LEFT => Channel::Left,
            Position::FRONT_RIGHT => Channel::Right,
            Position::FRONT_CENTER => Channel::Center,
            Position::LFE1 | Position::LFE2 => Channel::Unused,
            Position::REAR_LEFT if both => Channel::Mp135,
            Position::REAR_RIGHT if both => Channel::Mm135,
            Position::SIDE_LEFT if both => Channel::Mp090,
            Position::SIDE_RIGHT if both => Channel::Mm090,
            Position::REAR_LEFT | Position::SIDE_LEFT => Channel::LeftSurround,
            Position::REAR_RIGHT | Position::SIDE_RIGHT => Channel::RightSurround,
            Position::FRONT_LEFT_CENTER => Channel::MpSC,
            Position::FRONT_RIGHT_CENTER => Channel::MmSC,
            Position::REAR_CENTER => Channel::Mp180,
            _ => Channel::Up000,
        })
        .collect()
}
