//! What makes a genre sound like itself, as data.

use crate::synth::{Drum, Instrument};

/// How a piece is played.
pub(super) struct Style {
    /// Share of a pair that its first note takes: 0.5 straight, 0.667 triplets.
    pub(super) swing: f64,
    /// Steps of a swung note: 1 for sixteenths, 2 for eighths.
    pub(super) swing_unit: usize,
    /// Seconds by which players stray from the beat.
    pub(super) loose: f32,
    pub(super) major: Changes,
    pub(super) minor: Changes,
    /// Melodies use the pentatonic scale.
    pub(super) pentatonic: bool,
    /// Two-bar rhythms of melodies: `x` begins a note, `-` holds, `.` rests.
    pub(super) rhythms: Rhythms,
    pub(super) grooves: &'static [Groove],
    pub(super) fills: &'static [&'static [Line]],
    pub(super) drum_gain: f32,
    pub(super) drum_reverb: f32,
    pub(super) parts: &'static [Part],
    /// Seconds of reverberation.
    pub(super) room_seconds: f32,
    /// Hertz above which the reverberation is damped.
    pub(super) room_dark: f32,
    /// How far the kick pushes ducked parts down.
    pub(super) duck: f32,
}

/// Progressions to choose from; bars split by blanks, half bars by commas.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub(super) verse: &'static [&'static str],
    pub(super) chorus: &'static [&'static str],
    pub(super) bridge: &'static [&'static str],
    /// The last chord.
    pub(super) end: &'static str,
}

/// Melodic rhythms by section.
#[derive(Clone, Copy)]
pub(super) struct Rhythms {
    pub(super) verse: &'static [&'static str],
    pub(super) chorus: &'static [&'static str],
}

/// A drum and its steps in one bar or more: `X` loud, `x`, `o` soft, `.` rest.
pub(super) type Line = (Drum, &'static str);

/// What the drummer plays in some sections. The first that fits is played.
pub(super) struct Groove {
    pub(super) when: &'static str,
    pub(super) lines: &'static [Line],
    /// A crash on the first beat of the section.
    pub(super) crash: bool,
}

/// One player.
pub(super) struct Part {
    pub(super) instrument: Instrument,
    pub(super) role: Role,
    /// Sections in which it plays: letters of [`crate::SectionKind`]; a small
    /// letter leaves out the first section of its kind.
    pub(super) when: &'static str,
    /// MIDI note it plays around.
    pub(super) centre: i32,
    pub(super) gain: f32,
    pub(super) pan: f32,
    pub(super) reverb: f32,
    pub(super) echo: f32,
    pub(super) ducked: bool,
}

/// What a player does.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// Bars of `R` root, `5` fifth, `8` octave, `3` third, `7` seventh, `a`
    /// approach to the next root, `-` hold, `.` rest. One is chosen.
    Bass(&'static [&'static str]),
    /// A walking bass.
    Walk,
    /// Chords: `X` loud, `x`, `-` hold, `.` rest. One is chosen.
    Stabs(&'static [&'static str]),
    /// Strummed chords: `D d` down, `U u` up, `-` ring on, `.` stop.
    Strum(&'static [&'static str]),
    /// Single tones of the chord: `0` the bass, `1` to `6` voices upwards, `.` rest.
    Pick(&'static [&'static str]),
    /// Holds each chord.
    Hold,
    /// The melody; loud in this share of velocity.
    Lead(f32),
    /// Short answers in the melody's rests.
    Answer,
}

/// Settings most parts share.
pub(super) const PART: Part = Part {
    instrument: Instrument::Piano,
    role: Role::Hold,
    when: "IVCBSO",
    centre: 60,
    gain: 0.2,
    pan: 0.0,
    reverb: 0.2,
    echo: 0.0,
    ducked: false,
};
