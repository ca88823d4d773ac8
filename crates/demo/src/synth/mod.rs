//! Turns a score into sound.
//!
//! Every distinct note (instrument, pitch, length, touch) is rendered once and
//! then mixed wherever it occurs, block by block; that is what makes a minute
//! of music cost a fraction of a second.

mod drums;
mod effects;
mod filter;
mod guitar;
mod instrument;
mod keys;
mod lead;
mod low;
mod master;
mod mixer;
mod pads;
mod tone;
mod wave;

pub(crate) use drums::Drum;
pub(crate) use instrument::Instrument;
pub(crate) use instrument::Voice;
pub(crate) use mixer::{Hit, Room, Score, Strip};

use crate::TrackPlan;
use crate::compose;

/// Frames in a second of every rendered track.
pub const SAMPLE_RATE: u32 = 44_100;
pub(crate) const RATE: f32 = SAMPLE_RATE as f32;

/// Rendered stereo sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcm {
    /// Interleaved left and right, 16 bits signed, [`SAMPLE_RATE`] frames a second.
    pub samples: Vec<i16>,
}

impl Pcm {
    /// Number of stereo frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.samples.len() / 2
    }

    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(SAMPLE_RATE)
    }
}

/// Composes and plays a track: about -14 LUFS, peaks below -1 dBFS, ended by a
/// fade. The same plan always gives the same samples.
#[must_use]
pub fn render_track(plan: &TrackPlan) -> Pcm {
    let score = compose::score(plan);
    let mut mix = mixer::play(&score);
    master::finish(&mut mix, plan);
    Pcm {
        samples: mix
            .iter()
            .map(|&sample| (sample * 32_767.0) as i16)
            .collect(),
    }
}

/// Frequency in hertz of a MIDI note number (A4 = 69 = 440 Hz).
pub(crate) fn hertz(pitch: i32) -> f32 {
    440.0 * 2f32.powf((pitch - 69) as f32 / 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruments_are_in_tune() {
        use Instrument as I;
        for instrument in [
            I::Piano,
            I::ElectricPiano,
            I::Organ,
            I::Vibraphone,
            I::Nylon,
            I::Steel,
            I::CleanGuitar,
            I::LeadGuitar,
            I::Flute,
            I::Voice,
            I::MutedTrumpet,
            I::FingerBass,
            I::Upright,
            I::SubBass,
        ] {
            for pitch in [45, 57, 64, 71] {
                let tone = Voice {
                    instrument,
                    pitch,
                    gate: 40_000,
                    touch: 1,
                    take: 0,
                }
                .render();
                let best = (-30..=30)
                    .max_by(|&a, &b| {
                        strength(&tone.left, pitch, a).total_cmp(&strength(&tone.left, pitch, b))
                    })
                    .unwrap();
                assert!(
                    best.abs() <= 8,
                    "{instrument:?} at {pitch} is {best} cents off"
                );
            }
        }
    }

    /// How much of a frequency, `cents` beside a pitch, is in the second half second.
    fn strength(samples: &[f32], pitch: i32, cents: i32) -> f32 {
        let step = std::f32::consts::TAU * hertz(pitch) * 2f32.powf(cents as f32 / 1200.0) / RATE;
        let stretch = &samples[8_000..samples.len().min(36_000)];
        let (mut re, mut im) = (0f64, 0f64);
        for (i, &sample) in stretch.iter().enumerate() {
            let phase = f64::from(step) * i as f64;
            re += f64::from(sample) * phase.cos();
            im += f64::from(sample) * phase.sin();
        }
        re.hypot(im) as f32
    }
}
