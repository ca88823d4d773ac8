//! The instruments a score may ask for.

use super::drums::{self, Drum};
use super::tone::Tone;
use super::{guitar, keys, lead, low, pads};
use crate::rng::Rng;

/// What plays a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Instrument {
    Piano,
    FeltPiano,
    ElectricPiano,
    Organ,
    Vibraphone,
    Bell,
    MusicBox,
    WarmPad,
    Strings,
    Choir,
    SuperSaw,
    Glass,
    SynthPluck,
    Nylon,
    Steel,
    CleanGuitar,
    PowerChord,
    LeadGuitar,
    Flute,
    SoftLead,
    SquareLead,
    Voice,
    MutedTrumpet,
    SubBass,
    FingerBass,
    Upright,
    SynthBass,
    AcidBass,
    Boom,
    Kit(Drum),
}

/// Everything that decides how one note sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Voice {
    pub(crate) instrument: Instrument,
    /// MIDI note number.
    pub(crate) pitch: i32,
    /// Frames until the key is let go.
    pub(crate) gate: usize,
    /// How hard it is played: 0 soft, 1 middle, 2 hard.
    pub(crate) touch: u8,
    /// Which of several slightly different performances.
    pub(crate) take: u8,
}

impl Voice {
    /// Plays the note.
    pub(super) fn render(&self) -> Tone {
        let mut rng = Rng::new(self.pitch as u64 * 16 + u64::from(self.take), "voice");
        match self.instrument {
            Instrument::Piano => keys::piano(self, 1.0),
            Instrument::FeltPiano => keys::piano(self, 0.35),
            Instrument::ElectricPiano => keys::electric_piano(self),
            Instrument::Organ => keys::organ(self),
            Instrument::Vibraphone => keys::vibraphone(self),
            Instrument::Bell => keys::bell(self),
            Instrument::MusicBox => keys::music_box(self),
            Instrument::WarmPad => pads::warm(self, &mut rng),
            Instrument::Strings => pads::strings(self, &mut rng),
            Instrument::Choir => pads::choir(self, &mut rng),
            Instrument::SuperSaw => pads::super_saw(self, &mut rng),
            Instrument::Glass => pads::glass(self, &mut rng),
            Instrument::SynthPluck => lead::pluck(self),
            Instrument::Nylon => guitar::nylon(self, &mut rng),
            Instrument::Steel => guitar::steel(self, &mut rng),
            Instrument::CleanGuitar => guitar::clean(self, &mut rng),
            Instrument::PowerChord => guitar::power_chord(self, &mut rng),
            Instrument::LeadGuitar => guitar::lead(self, &mut rng),
            Instrument::Flute => lead::flute(self, &mut rng),
            Instrument::SoftLead => lead::soft(self),
            Instrument::SquareLead => lead::square(self),
            Instrument::Voice => lead::voice(self, &mut rng),
            Instrument::MutedTrumpet => lead::muted_trumpet(self),
            Instrument::SubBass => low::sub(self),
            Instrument::FingerBass => low::finger(self),
            Instrument::Upright => low::upright(self, &mut rng),
            Instrument::SynthBass => low::synth(self),
            Instrument::AcidBass => low::acid(self),
            Instrument::Boom => low::boom(self),
            Instrument::Kit(drum) => drums::hit(drum, self.touch, &mut rng),
        }
    }

    /// How hard it is played, from 0 to 1.
    pub(super) fn force(&self) -> f32 {
        f32::from(self.touch) * 0.5
    }
}
