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
    Pcm { samples: mix.iter().map(|&sample| (sample * 32_767.0) as i16).collect() }
}

/// Frequency in hertz of a MIDI note number (A4 = 69 = 440 Hz).
pub(crate) fn hertz(pitch: i32) -> f32 {
    440.0 * 2f32.powf((pitch - 69) as f32 / 12.0)
}
