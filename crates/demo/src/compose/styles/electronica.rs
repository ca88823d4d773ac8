//! House, broken beats and arpeggios.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["vi IV I V", "I iii IV IV", "IVmaj7 vi7 Imaj7 V"],
    chorus: &["IV V vi I", "IVmaj7 V iii7 vi7", "I V vi IV"],
    bridge: &["ii7 IVmaj7 vi7 V", "IV IV vi V"],
    end: "vi",
};
const MINOR: Changes = Changes {
    verse: &["i i bVI bVII", "i bVII bVI bVI", "i9 i9 iv9 bVImaj7"],
    chorus: &["i bVI bIII bVII", "bVImaj7 bVII i7 bIII", "bVI bVII i v7"],
    bridge: &["iv7 bVImaj7 bIII bVII", "bVI bVI iv v7"],
    end: "iadd9",
};
const RHYTHMS: Rhythms = Rhythms {
    verse: &[
        "x--x--x---x-----x--x--x---------",
        "....x-x-x---x-......x-x-x-----..",
        "x-----x-x-----x-x-----x---------",
    ],
    chorus: &[
        "x--x--x-x--x--x-x--x--x-x-------",
        "x---x-x---x-x---x---x-x-x-------",
        "x--x--x--x--x-x-x--x--x---------",
    ],
};
const FILLS: &[&[Line]] = &[
    &[(Drum::Clap, "x.xx"), (Drum::KickDance, "x...")],
    &[(Drum::Snare, "oxxX"), (Drum::HatOpen, "..x.")],
    &[(Drum::TomLow, "x.x."), (Drum::Tom, ".x.X")],
];

const HOUSE: Style = Style {
    swing: 0.53,
    swing_unit: 1,
    loose: 0.0015,
    major: MAJOR,
    minor: MINOR,
    pentatonic: false,
    rhythms: RHYTHMS,
    grooves: &[
        Groove {
            when: "I",
            lines: &[(Drum::KickDance, "X...X...X...X..."), (Drum::Shaker, "x.o.x.o.x.o.x.o.")],
            crash: false,
        },
        Groove {
            when: "V",
            lines: &[
                (Drum::KickDance, "X...X...X...X..."),
                (Drum::Clap, "....x.......x..."),
                (Drum::HatOpen, "..x...x...x...x."),
                (Drum::Shaker, "o.oxo.oxo.oxo.ox"),
            ],
            crash: true,
        },
        Groove {
            when: "C",
            lines: &[
                (Drum::KickDance, "X...X...X...X...X...X...X...X..x"),
                (Drum::Clap, "....X.......X......oX.......X..."),
                (Drum::HatOpen, "..X...X...X...X."),
                (Drum::Hat, "xoxoxoxoxoxoxoxo"),
                (Drum::Tambourine, "....x.......x..x"),
            ],
            crash: true,
        },
        Groove {
            when: "B",
            lines: &[(Drum::Shaker, "x.o.x.o.x.o.x.o."), (Drum::Snap, "....x.......x..."), (Drum::Riser, "x...............................")],
            crash: true,
        },
        Groove { when: "O", lines: &[(Drum::KickDance, "X...X...X...X..."), (Drum::Hat, "..x...x...x...x.")], crash: true },
    ],
    fills: FILLS,
    drum_gain: 0.75,
    drum_reverb: 0.04,
    room_seconds: 1.9,
    room_dark: 5_000.0,
    duck: 0.72,
    parts: &[
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["..R-..R-..R-..R-", "..R-..R-..8-..R-"]), when: "VCO", centre: 36, gain: 0.378, reverb: 0.0, ducked: true, ..PART },
        Part { instrument: Instrument::SynthBass, role: Role::Bass(&["..RR..R...R8..R.", "R.R8..R.R.R8..7."]), when: "vC", centre: 40, gain: 0.24, reverb: 0.02, ducked: true, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "IVBO", centre: 60, gain: 0.102, reverb: 0.35, ducked: true, ..PART },
        Part { instrument: Instrument::SuperSaw, role: Role::Stabs(&["X--x--x-..x--x--", "x--x--x-x--x--x-"]), when: "C", centre: 64, gain: 0.145, reverb: 0.25, ducked: true, ..PART },
        Part { instrument: Instrument::SynthPluck, role: Role::Pick(&["1.3.2.4.3.5.2.4.", "1.2.3.5.4.3.2.3.", "135.246.135.246."]), when: "IVB", centre: 67, gain: 0.272, pan: 0.2, reverb: 0.2, echo: 0.4, ducked: true },
        Part { instrument: Instrument::SquareLead, role: Role::Lead(0.75), when: "C", centre: 74, gain: 0.153, pan: -0.05, reverb: 0.25, echo: 0.3, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.7), when: "vB", centre: 67, gain: 0.20, reverb: 0.4, echo: 0.35, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Answer, when: "vCB", centre: 79, gain: 0.105, pan: -0.4, reverb: 0.5, echo: 0.4, ..PART },
    ],
};

const BROKEN: Style = Style {
    swing: 0.56,
    swing_unit: 1,
    loose: 0.004,
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Hat, "x..ox..ox..ox.o."), (Drum::Rim, "......x.......x.")], crash: false },
        Groove {
            when: "V",
            lines: &[
                (Drum::Kick, "X.....x...X....."),
                (Drum::SnareDusty, "....X..o....X..o"),
                (Drum::Hat, "x.xox.xox.xox.xo"),
                (Drum::Shaker, "..x...x...x...x."),
            ],
            crash: false,
        },
        Groove {
            when: "CO",
            lines: &[
                (Drum::Kick, "X..x....x.X.....X..x..x...X..x.."),
                (Drum::SnareDusty, "....X..o.o..X......oX..o.o..X.oo"),
                (Drum::Hat, "xoxxxoxoxoxxxoxo"),
                (Drum::HatOpen, "..............x."),
                (Drum::Snap, "....x.......x..."),
            ],
            crash: true,
        },
        Groove { when: "B", lines: &[(Drum::Shaker, "x.o.x.o.x.o.x.o."), (Drum::KickSoft, "x.........x.....")], crash: true },
    ],
    duck: 0.35,
    room_seconds: 2.6,
    drum_gain: 0.85,
    parts: &[
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["R-----..R---..5-", "R---..R-....R-a-"]), when: "VCBO", centre: 35, gain: 0.345, reverb: 0.0, ducked: true, ..PART },
        Part { instrument: Instrument::Glass, role: Role::Hold, when: "IVBO", centre: 62, gain: 0.10, reverb: 0.4, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "C", centre: 60, gain: 0.09, reverb: 0.35, ducked: true, ..PART },
        Part { instrument: Instrument::ElectricPiano, role: Role::Stabs(&["x-----x-----x---", "..x---x-....x---"]), when: "VC", centre: 62, gain: 0.126, pan: -0.2, reverb: 0.25, echo: 0.25, ..PART },
        Part { instrument: Instrument::MusicBox, role: Role::Pick(&["1..3..5.4..2..3.", "5..4..3..2..4.6."]), when: "ICB", centre: 74, gain: 0.168, pan: 0.3, reverb: 0.35, echo: 0.5, ..PART },
        Part { instrument: Instrument::SoftLead, role: Role::Lead(0.7), when: "VC", centre: 69, gain: 0.22, reverb: 0.3, echo: 0.35, ..PART },
        Part { instrument: Instrument::Choir, role: Role::Hold, when: "cB", centre: 67, gain: 0.065, reverb: 0.6, ..PART },
    ],
    ..HOUSE
};

const PULSE: Style = Style {
    swing: 0.5,
    parts: &[
        Part { instrument: Instrument::AcidBass, role: Role::Bass(&["RR8RRR8RRR8RR78R", "R.RR8.RRR.R8R.78"]), when: "VCO", centre: 40, gain: 0.338, reverb: 0.03, ducked: true, ..PART },
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["..R-..R-..R-..R-"]), when: "CB", centre: 35, gain: 0.36, reverb: 0.0, ducked: true, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "IVCBO", centre: 64, gain: 0.117, reverb: 0.4, ducked: true, ..PART },
        Part { instrument: Instrument::SynthPluck, role: Role::Pick(&["1324132413241324", "1231231231231234"]), when: "IvC", centre: 69, gain: 0.234, pan: -0.25, reverb: 0.2, echo: 0.35, ducked: true },
        Part { instrument: Instrument::SoftLead, role: Role::Lead(0.75), when: "VC", centre: 69, gain: 0.24, reverb: 0.25, echo: 0.3, ..PART },
        Part { instrument: Instrument::SuperSaw, role: Role::Stabs(&["x--x--x---x-x---"]), when: "cC", centre: 64, gain: 0.154, reverb: 0.25, ducked: true, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Answer, when: "VCB", centre: 79, gain: 0.112, pan: 0.4, reverb: 0.5, echo: 0.3, ..PART },
    ],
    ..HOUSE
};

pub(super) const STYLES: &[&Style] = &[&HOUSE, &BROKEN, &PULSE];
