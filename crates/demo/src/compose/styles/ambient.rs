//! Pads, bells, long rooms.

use crate::compose::style::{Changes, PART, Part, Rhythms, Role, Style};
use crate::synth::Instrument;

const MAJOR: Changes = Changes {
    verse: &["Imaj9 Imaj9 IVmaj9 IVmaj9", "Iadd9 vi9 IVmaj9 Iadd9", "Imaj9 iii7 vi9 IVmaj9"],
    chorus: &["IVmaj9 Imaj9 ii9 vi9", "vi9 IVmaj9 Imaj9 V9sus4", "bVImaj7 IVmaj9 Imaj9 Imaj9"],
    bridge: &["ii9 ii9 IVmaj9 IVmaj9"],
    end: "Imaj9",
};
const MINOR: Changes = Changes {
    verse: &["i9 i9 bVImaj9 bVImaj9", "iadd9 bVImaj7 bIIImaj9 v7", "i9 iv9 i9 bVImaj9"],
    chorus: &["bVImaj9 bIIImaj9 i9 v7", "iv9 bVImaj9 bIIImaj9 bVII9sus4"],
    bridge: &["iv9 iv9 bVImaj9 bVImaj9"],
    end: "iadd9",
};

const STILL: Style = Style {
    swing: 0.5,
    swing_unit: 1,
    loose: 0.02,
    major: MAJOR,
    minor: MINOR,
    pentatonic: true,
    rhythms: Rhythms {
        verse: &[
            "x---------......x-------x-------",
            "....x-----------..x-----x-------",
            "x-------x---------------........",
        ],
        chorus: &["x-----x-----x---x---------------", "x---x-------x---x-------x-------"],
    },
    grooves: &[],
    fills: &[],
    drum_gain: 0.5,
    drum_reverb: 0.3,
    room_seconds: 5.0,
    room_dark: 4_000.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::Glass, role: Role::Hold, when: "IVCBO", centre: 58, gain: 0.111, reverb: 0.5, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "CBO", centre: 65, gain: 0.077, pan: 0.1, reverb: 0.5, ..PART },
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["R---------------"]), when: "VCB", centre: 36, gain: 0.24, reverb: 0.1, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Lead(0.55), when: "VCO", centre: 76, gain: 0.208, pan: 0.15, reverb: 0.7, echo: 0.5, ..PART },
        Part { instrument: Instrument::MusicBox, role: Role::Answer, when: "IvCB", centre: 84, gain: 0.126, pan: -0.4, reverb: 0.7, echo: 0.6, ..PART },
        Part { instrument: Instrument::Choir, role: Role::Hold, when: "CB", centre: 62, gain: 0.05, reverb: 0.7, ..PART },
    ],
};

const TIDES: Style = Style {
    room_seconds: 4.0,
    parts: &[
        Part { instrument: Instrument::FeltPiano, role: Role::Pick(&["0...2...3...4...", "0..3..2..4..3...", "0.2.3...4.3.2..."]), when: "IVCBO", centre: 62, gain: 0.216, pan: -0.1, reverb: 0.5, echo: 0.25, ..PART },
        Part { instrument: Instrument::Glass, role: Role::Hold, when: "VCBO", centre: 57, gain: 0.09, reverb: 0.5, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "C", centre: 66, gain: 0.06, reverb: 0.6, ..PART },
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["R---------------"]), when: "VCB", centre: 36, gain: 0.24, reverb: 0.1, ..PART },
        Part { instrument: Instrument::Flute, role: Role::Lead(0.5), when: "C", centre: 70, gain: 0.101, pan: 0.2, reverb: 0.7, echo: 0.3, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Answer, when: "VCB", centre: 81, gain: 0.117, pan: 0.4, reverb: 0.7, echo: 0.5, ..PART },
    ],
    ..STILL
};

pub(super) const STYLES: &[&Style] = &[&STILL, &TIDES];
