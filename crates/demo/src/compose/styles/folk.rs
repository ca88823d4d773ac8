//! Fingerpicking, strumming, a waltz.

use crate::compose::style::{Changes, Groove, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["I IV I V", "I V/7 vi IV", "I iii IV V", "Iadd9 IV vi V"],
    chorus: &["IV I V vi", "IV V I/3 IV", "vi IV I V", "IV I/3 ii7 V"],
    bridge: &["vi iii IV I", "ii vi IV Vsus4", "vi V IV V"],
    end: "Iadd9",
};
const MINOR: Changes = Changes {
    verse: &["i bVII bVI bVII", "i iv i v", "i bIII bVII iv"],
    chorus: &["bVI bIII bVII i", "bIII bVII i bVI", "iv bVII bIII bVI"],
    bridge: &["bVI bVII i i", "iv bVI bIII V"],
    end: "i",
};

const PICKED: Style = Style {
    swing: 0.52,
    swing_unit: 1,
    loose: 0.008,
    major: MAJOR,
    minor: MINOR,
    pentatonic: false,
    rhythms: Rhythms {
        verse: &[
            "..x-x-x-x---x-..x---x-x-x-------",
            "x---x-x-x---x---..x-x-x-x-------",
            "....x-x-x-x-x---x---x-x---------",
        ],
        chorus: &[
            "x---x---x-x-x---x---x-x-x-------",
            "x-----x-x---x---x-x-x---x-------",
            "x---x-x-x-----x-x---x---x-------",
        ],
    },
    grooves: &[
        Groove { when: "c", lines: &[(Drum::KickSoft, "x.......x.x....."), (Drum::Rim, "....x.......x..."), (Drum::Shaker, "x.o.x.o.x.o.x.oo"), (Drum::Tambourine, "....x.......x...")], crash: false },
        Groove { when: "Cv", lines: &[(Drum::KickSoft, "x.......x......."), (Drum::Rim, "....o.......x..."), (Drum::Shaker, "x.o.x.o.x.o.x.o.")], crash: false },
    ],
    fills: &[],
    drum_gain: 0.85,
    drum_reverb: 0.12,
    room_seconds: 1.3,
    room_dark: 4_500.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::Nylon, role: Role::Pick(&["0.2.3.2.0.3.4.2.", "0.3.2.4.0.3.2.3.", "0.1.3.4.0.3.2.1."]), when: "IVCBO", centre: 60, gain: 0.374, pan: -0.22, reverb: 0.18, ..PART },
        Part { instrument: Instrument::Steel, role: Role::Strum(&["D---d-du-ud-d-du", "D---d-u---u-d-u-"]), when: "C", centre: 62, gain: 0.14, pan: 0.4, reverb: 0.15, ..PART },
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R-------5-------", "R-----..R---a---"]), when: "vCBO", centre: 38, gain: 0.42, reverb: 0.05, ..PART },
        Part { instrument: Instrument::Flute, role: Role::Lead(0.72), when: "VC", centre: 71, gain: 0.156, pan: 0.08, reverb: 0.3, ..PART },
        Part { instrument: Instrument::MusicBox, role: Role::Answer, when: "IvcB", centre: 76, gain: 0.14, pan: 0.35, reverb: 0.4, echo: 0.15, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "cBO", centre: 62, gain: 0.056, reverb: 0.4, ..PART },
    ],
};

const STRUMMED: Style = Style {
    swing: 0.55,
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Stomp, "x.......x.......")], crash: false },
        Groove { when: "V", lines: &[(Drum::Stomp, "x.......x......."), (Drum::Clap, "....o.......o..."), (Drum::Shaker, "x.o.x.o.x.o.x.o.")], crash: false },
        Groove { when: "C", lines: &[(Drum::Stomp, "X.......X.x....."), (Drum::Clap, "....x.......x..."), (Drum::Tambourine, "x.o.X.o.x.o.X.o."), (Drum::KickSoft, "x.......x.x.....")], crash: false },
        Groove { when: "BO", lines: &[(Drum::Shaker, "x.o.x.o.x.o.x.o.")], crash: false },
    ],
    parts: &[
        Part { instrument: Instrument::Steel, role: Role::Strum(&["D---d-du-ud-d-du", "D-d-D-udu-d-D-du"]), when: "IVCO", centre: 61, gain: 0.172, pan: -0.35, reverb: 0.15, ..PART },
        Part { instrument: Instrument::Nylon, role: Role::Pick(&["0.3.2.4.0.3.2.3.", "0.2.4.2.0.2.5.2."]), when: "vCB", centre: 64, gain: 0.26, pan: 0.35, reverb: 0.2, ..PART },
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R---5---R---5---", "R---..5-R---a---"]), when: "VCO", centre: 38, gain: 0.44, reverb: 0.05, ..PART },
        Part { instrument: Instrument::Flute, role: Role::Lead(0.75), when: "IC", centre: 74, gain: 0.165, pan: 0.12, reverb: 0.28, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.7), when: "VC", centre: 66, gain: 0.187, reverb: 0.25, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "cB", centre: 64, gain: 0.056, reverb: 0.35, ..PART },
    ],
    ..PICKED
};

const WALTZ: Style = Style {
    rhythms: Rhythms {
        verse: &["x---x---x---x-------....", "x-----x-x---x---x-------", "....x---x---x---x-x-x---"],
        chorus: &["x---x-x-x---x---x---x---", "x-------x---x-x-x-------", "x---x---x---x-----x-x---"],
    },
    grooves: &[
        Groove { when: "cv", lines: &[(Drum::KickSoft, "x..........."), (Drum::BrushTap, "....x...x..."), (Drum::Tambourine, "........o...")], crash: false },
        Groove { when: "C", lines: &[(Drum::KickSoft, "x..........."), (Drum::BrushTap, "....o...x...")], crash: false },
    ],
    parts: &[
        Part { instrument: Instrument::Nylon, role: Role::Pick(&["0.2.3.2.4.2.", "0.1.2.3.4.3."]), when: "IVCO", centre: 60, gain: 0.34, pan: -0.2, reverb: 0.18, ..PART },
        Part { instrument: Instrument::Steel, role: Role::Strum(&["D---d---d-u-"]), when: "cC", centre: 62, gain: 0.14, pan: 0.4, reverb: 0.15, ..PART },
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R-------5---", "R-----------"]), when: "VCO", centre: 38, gain: 0.42, reverb: 0.05, ..PART },
        Part { instrument: Instrument::Flute, role: Role::Lead(0.72), when: "VC", centre: 72, gain: 0.163, pan: 0.08, reverb: 0.3, ..PART },
        Part { instrument: Instrument::MusicBox, role: Role::Lead(0.5), when: "Ic", centre: 79, gain: 0.14, pan: 0.3, reverb: 0.4, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "CO", centre: 62, gain: 0.056, reverb: 0.4, ..PART },
    ],
    ..PICKED
};

pub(super) const STYLES: &[&Style] = &[&PICKED, &STRUMMED, &WALTZ];
