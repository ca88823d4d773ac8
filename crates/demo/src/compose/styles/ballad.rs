//! Slow songs: a piano that strings join.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["Iadd9 V/7 vi7 I/5", "I iii7 IVmaj7 V7sus4,V", "Iadd9 V/7 vi7,iii/5 IVmaj7"],
    chorus: &["IVmaj7 V iii7 vi7", "IV V/7 I,I/7 vi7", "I V/7 vi7 IVadd9", "IVmaj7 V/4 iii7 vi7,I/5"],
    bridge: &["vi7 iii7 IVmaj7 V", "ii7 iii7 IVmaj7 V7sus4", "bVImaj7 bVII bVImaj7 V"],
    end: "Iadd9",
};
const MINOR: Changes = Changes {
    verse: &["iadd9 v7/b7 bVImaj7 bVII", "i bVII/2 bIII iv7", "i9 iv7 bVII bIIImaj7"],
    chorus: &["bVImaj7 bVII i7 bIII", "iv7 bVII bIIImaj7 bVImaj7", "i7 bVImaj7 bIII bVII"],
    bridge: &["iv7 v7 bVImaj7 bVII", "bVImaj7 iv7 ii7b5 V7"],
    end: "iadd9",
};
const FILLS: &[&[Line]] = &[
    &[(Drum::Tom, "x.x."), (Drum::TomLow, ".x.x")],
    &[(Drum::Snare, "x..o"), (Drum::Kick, "x.x.")],
];

const PIANO: Style = Style {
    swing: 0.5,
    swing_unit: 1,
    loose: 0.008,
    major: MAJOR,
    minor: MINOR,
    pentatonic: false,
    rhythms: Rhythms {
        verse: &[
            "....x-x-x-x-x---x-x-x---x-------",
            "x-x-x---..x-x-x-x---x-x-x-------",
            "..x-x-x-x-----x-x-x-x---x-------",
        ],
        chorus: &[
            "x-----x-x---x---x-----x-x-------",
            "x---x---x-x-x---x---x-x-x-------",
            "x-------x-x-x-x-x-------x-x-x---",
        ],
    },
    grooves: &[
        Groove { when: "c", lines: &[(Drum::Kick, "X.....x.X......."), (Drum::Snare, "....x.......x..."), (Drum::Hat, "x.o.x.o.x.o.x.o."), (Drum::Ride, "x...x...x...x...")], crash: true },
        Groove { when: "C", lines: &[(Drum::KickSoft, "x.......x......."), (Drum::Rim, "....x.......x..."), (Drum::Hat, "o.o.o.o.o.o.o.o.")], crash: false },
        Groove { when: "B", lines: &[(Drum::KickSoft, "x.......x......."), (Drum::Shaker, "x.o.x.o.x.o.x.o.")], crash: true },
    ],
    fills: FILLS,
    drum_gain: 0.62,
    drum_reverb: 0.18,
    room_seconds: 2.2,
    room_dark: 5_000.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::Piano, role: Role::Pick(&["0.1.2.3.4.3.2.3.", "0.2.3.4.5.4.3.2.", "0...1.2.3...2.3."]), when: "IVCBO", centre: 60, gain: 0.27, pan: -0.05, reverb: 0.25, ..PART },
        Part { instrument: Instrument::Piano, role: Role::Stabs(&["x---x---x---x---", "X-------x---x---"]), when: "Cb", centre: 66, gain: 0.12, pan: 0.05, reverb: 0.25, ..PART },
        Part { instrument: Instrument::FingerBass, role: Role::Bass(&["R-------R---..5-", "R-----R-R-----a-"]), when: "vCBO", centre: 36, gain: 0.32, reverb: 0.02, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "vCBO", centre: 64, gain: 0.093, reverb: 0.35, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.75), when: "VCB", centre: 67, gain: 0.24, reverb: 0.32, echo: 0.08, ..PART },
        Part { instrument: Instrument::Choir, role: Role::Hold, when: "c", centre: 70, gain: 0.056, reverb: 0.5, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Answer, when: "ICO", centre: 80, gain: 0.075, pan: 0.3, reverb: 0.5, ..PART },
    ],
};

const WALTZ: Style = Style {
    rhythms: Rhythms {
        verse: &["x---x---x-x-x-------....", "x-----x-x---x---x-------", "....x-x-x---x---x-x-x---"],
        chorus: &["x---x-x-x---x---x---x---", "x-------x---x-x-x-------", "x-----x-x---x-----x-x---"],
    },
    grooves: &[
        Groove { when: "c", lines: &[(Drum::KickSoft, "x..........."), (Drum::BrushTap, "....x...x..."), (Drum::Ride, "x...x...x...")], crash: false },
        Groove { when: "CB", lines: &[(Drum::KickSoft, "x..........."), (Drum::BrushTap, "....o...o...")], crash: false },
    ],
    fills: &[],
    drum_gain: 0.9,
    parts: &[
        Part { instrument: Instrument::FeltPiano, role: Role::Pick(&["0.1.2.3.2.1.", "0.2.3.4.3.2."]), when: "IVCBO", centre: 60, gain: 0.32, pan: -0.05, reverb: 0.28, ..PART },
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R-----------", "R-------5---"]), when: "vCB", centre: 37, gain: 0.432, reverb: 0.05, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "CBO", centre: 63, gain: 0.084, reverb: 0.35, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.72), when: "VC", centre: 67, gain: 0.238, reverb: 0.3, ..PART },
        Part { instrument: Instrument::Flute, role: Role::Lead(0.6), when: "Bc", centre: 76, gain: 0.119, pan: 0.2, reverb: 0.4, ..PART },
        Part { instrument: Instrument::Nylon, role: Role::Strum(&["d-------u---"]), when: "vC", centre: 63, gain: 0.144, pan: 0.35, reverb: 0.2, ..PART },
    ],
    ..PIANO
};

pub(super) const STYLES: &[&Style] = &[&PIANO, &WALTZ];
