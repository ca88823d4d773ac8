//! Bright songs: a band with an electric piano, and synthesisers.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["Imaj7 vi7 IVmaj7 V", "Iadd9 V/7 vi7 IV", "vi7 IVmaj7 I V"],
    chorus: &["IVmaj7 V iii7 vi7", "I V vi IV", "IVmaj7 V iii7,VI7 ii7,V", "IV I/3 ii7 V"],
    bridge: &["ii7 iii7 IVmaj7 V7sus4", "vi7 iii7 IVmaj7 iv6"],
    end: "Imaj9",
};
const MINOR: Changes = Changes {
    verse: &["i9 bVII bVImaj7 v7", "i7 iv7 bVII bIIImaj7", "bVImaj7 v7 i7 i7"],
    chorus: &["bVImaj7 bVII i7 bIII", "i7 bVImaj7 bIII bVII", "iv7 bVII bIIImaj7 bVImaj7"],
    bridge: &["iv7 v7 bVImaj7 bVII", "bVImaj7 bVImaj7 iv7 V7"],
    end: "i9",
};
const FILLS: &[&[Line]] = &[
    &[(Drum::Snare, "x.xx"), (Drum::Kick, "x...")],
    &[(Drum::Tom, "xx.."), (Drum::TomLow, "..xX")],
    &[(Drum::Clap, "x.x."), (Drum::HatOpen, "...x")],
];

const BAND: Style = Style {
    swing: 0.54,
    swing_unit: 1,
    loose: 0.005,
    major: MAJOR,
    minor: MINOR,
    pentatonic: false,
    rhythms: Rhythms {
        verse: &[
            "..x-x-x-x-x--x--x-x-x---........",
            "x-x-x---..x-x---x-x-x-x-x---....",
            "....x-x-x-xx----..x-x-x-x---....",
        ],
        chorus: &[
            "x---x-x---x-x---x---x-x-x-------",
            "x--x--x-x-x-x---x--x--x---------",
            "x-x-x---x-x-x---x-x-x-x-x-------",
        ],
    },
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Hat, "x.o.x.o.x.o.x.o."), (Drum::Snap, "....x.......x...")], crash: false },
        Groove { when: "V", lines: &[(Drum::Kick, "X.....x.X......."), (Drum::Snare, "....x.......x..."), (Drum::Hat, "x.o.x.o.x.o.x.oo"), (Drum::Shaker, "..o...o...o...o.")], crash: false },
        Groove { when: "CO", lines: &[(Drum::Kick, "X..x..x.X.x....."), (Drum::Snare, "....X.......X..o"), (Drum::Clap, "....x.......x..."), (Drum::Hat, "xoxoxoxoxoxoxoxo"), (Drum::HatOpen, "..............x."), (Drum::Tambourine, "..x...x...x...x.")], crash: true },
        Groove { when: "B", lines: &[(Drum::KickSoft, "x.......x......."), (Drum::Rim, "....x.......x..."), (Drum::Shaker, "x.o.x.o.x.o.x.o.")], crash: true },
    ],
    fills: FILLS,
    drum_gain: 0.72,
    drum_reverb: 0.07,
    room_seconds: 1.4,
    room_dark: 6_000.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::FingerBass, role: Role::Bass(&["R--R..8.R-..5-7.", "R-..R-8-..R-..5a", "R--R--R-..8-7-5-"]), when: "VCO", centre: 39, gain: 0.3, reverb: 0.01, ..PART },
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["R---------------"]), when: "B", centre: 37, gain: 0.3, reverb: 0.0, ..PART },
        Part { instrument: Instrument::ElectricPiano, role: Role::Stabs(&["X--x--x---x-x---", "x---..x---x--x--"]), when: "IVCBO", centre: 62, gain: 0.144, pan: -0.18, reverb: 0.15, ..PART },
        Part { instrument: Instrument::CleanGuitar, role: Role::Stabs(&["..x...x...xx..x.", "....x..x....x.x."]), when: "VC", centre: 67, gain: 0.14, pan: 0.45, reverb: 0.15, echo: 0.1, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.75), when: "VCB", centre: 68, gain: 0.297, reverb: 0.22, echo: 0.12, ..PART },
        Part { instrument: Instrument::SoftLead, role: Role::Lead(0.6), when: "Ic", centre: 74, gain: 0.156, pan: 0.1, reverb: 0.25, echo: 0.25, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "CB", centre: 67, gain: 0.0756, reverb: 0.3, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Answer, when: "vC", centre: 80, gain: 0.09, pan: 0.35, reverb: 0.4, echo: 0.2, ..PART },
    ],
};

const SYNTHS: Style = Style {
    swing: 0.5,
    loose: 0.003,
    duck: 0.4,
    room_seconds: 1.9,
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Kick, "X.......X.......")], crash: false },
        Groove { when: "V", lines: &[(Drum::Kick, "X...X...X...X..."), (Drum::Snare, "....x.......x..."), (Drum::Hat, "x.x.x.x.x.x.x.x.")], crash: false },
        Groove { when: "CO", lines: &[(Drum::Kick, "X...X...X...X.x."), (Drum::Snare, "....X.......X..."), (Drum::Clap, "....x.......x..."), (Drum::Hat, "x.xxx.xxx.xxx.xx"), (Drum::HatOpen, "..x...x...x...x.")], crash: true },
        Groove { when: "B", lines: &[(Drum::Clap, "....x.......x..."), (Drum::Hat, "x...x...x...x..."), (Drum::Riser, "x...............................")], crash: true },
    ],
    parts: &[
        Part { instrument: Instrument::SynthBass, role: Role::Bass(&["R.RRR.RRR.RRR.8R", "R.R.R.R.R.R.8.7."]), when: "VCO", centre: 40, gain: 0.306, reverb: 0.01, ducked: true, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "IVCB", centre: 61, gain: 0.09, reverb: 0.3, ducked: true, ..PART },
        Part { instrument: Instrument::SynthPluck, role: Role::Pick(&["1.2.3.4.5.4.3.2.", "1.4.3.4.2.4.3.4."]), when: "IvCBO", centre: 69, gain: 0.224, pan: 0.3, reverb: 0.2, echo: 0.3, ..PART },
        Part { instrument: Instrument::CleanGuitar, role: Role::Stabs(&["..x..x....x..x.."]), when: "VC", centre: 66, gain: 0.126, pan: -0.45, reverb: 0.2, echo: 0.2, ..PART },
        Part { instrument: Instrument::SoftLead, role: Role::Lead(0.78), when: "C", centre: 71, gain: 0.25, reverb: 0.22, echo: 0.2, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.72), when: "VB", centre: 66, gain: 0.26, reverb: 0.25, echo: 0.15, ..PART },
        Part { instrument: Instrument::SuperSaw, role: Role::Hold, when: "C", centre: 66, gain: 0.076, reverb: 0.25, ducked: true, ..PART },
    ],
    ..BAND
};

pub(super) const STYLES: &[&Style] = &[&BAND, &SYNTHS];
