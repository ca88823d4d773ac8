//! Electric piano, deep bass, beats that lag.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["IVmaj9 iii7 vi9 V9sus4", "Imaj9 iii7 IVmaj9 iv9", "ii9 V13 Imaj9 VI7alt"],
    chorus: &["IVmaj9 V13 iii7,VI7alt ii9,V9sus4", "IVmaj9 III7alt vi9 v9,I13", "Imaj9 VI7alt ii9 V13"],
    bridge: &["bVImaj7 bVII9 Imaj9 I13", "iv9 bVII13 Imaj9 VI7alt"],
    end: "Imaj9",
};
const MINOR: Changes = Changes {
    verse: &["i9 iv9 bVII13 bIIImaj9", "i9 i9 iv9 V7alt", "bVImaj9 v7 i9 bIII13"],
    chorus: &["iv9 v7 i9 i9", "bVImaj9 V7alt i9 bIII13", "iv9 bVII13 bIIImaj9 bVImaj9"],
    bridge: &["bVImaj9 bVII9 i9 i9", "iv9 iv9 V7alt V7alt"],
    end: "i9",
};
const FILLS: &[&[Line]] = &[
    &[(Drum::SnareDusty, "o.ox"), (Drum::Kick, "x..x")],
    &[(Drum::Snap, "x.x."), (Drum::HatOpen, "..x.")],
];

const NEO_SOUL: Style = Style {
    swing: 0.58,
    swing_unit: 1,
    loose: 0.010,
    major: MAJOR,
    minor: MINOR,
    pentatonic: true,
    rhythms: Rhythms {
        verse: &[
            "..x-xx--x--x--..x-xx--x-x---....",
            "x--x--x-xx------..x-x-xxx---....",
            "....xx-xx---x-..xx-x--x-x---....",
        ],
        chorus: &["x--x--x---x-x---x--x--xxx-------", "x-----xxx---x---x---x-x-x-------"],
    },
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Snap, "....x.......x..."), (Drum::Hat, "o...o...o...o...")], crash: false },
        Groove { when: "V", lines: &[(Drum::Kick, "X..x......X..x.."), (Drum::SnareDusty, "....x..o....x..."), (Drum::Hat, "xoxoxoxoxoxoxoxo"), (Drum::Snap, "....x.......x...")], crash: false },
        Groove { when: "CO", lines: &[(Drum::Kick, "X..x..x...X..x..X..x......X.xx.."), (Drum::SnareDusty, "....X..o.o..X..o"), (Drum::Hat, "xoxxxoxoxoxxxoxo"), (Drum::HatOpen, "..............x."), (Drum::Tambourine, "....x.......x...")], crash: true },
        Groove { when: "B", lines: &[(Drum::Rim, "....x.......x..."), (Drum::Shaker, "x.oxx.oxx.oxx.ox"), (Drum::KickSoft, "x......x..x.....")], crash: false },
    ],
    fills: FILLS,
    drum_gain: 0.78,
    drum_reverb: 0.06,
    room_seconds: 1.5,
    room_dark: 4_200.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::FingerBass, role: Role::Bass(&["R--R...5R--.8.7.", "R-.R--.8..R-5-a-", "R---..R8..7-5-.a"]), when: "VCO", centre: 37, gain: 0.33, reverb: 0.01, ..PART },
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["R-----------a---"]), when: "B", centre: 36, gain: 0.26, reverb: 0.0, ..PART },
        Part { instrument: Instrument::ElectricPiano, role: Role::Stabs(&["X--x----..x--x--", "x-----x-.x--x---", "..x--x--x---..x-"]), when: "IVCBO", centre: 61, gain: 0.167, reverb: 0.18, ..PART },
        Part { instrument: Instrument::CleanGuitar, role: Role::Pick(&["..5.4.......3.4.", "......54......43"]), when: "vC", centre: 66, gain: 0.195, pan: 0.4, reverb: 0.25, echo: 0.2, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.72), when: "VCB", centre: 67, gain: 0.284, reverb: 0.25, echo: 0.15, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "CB", centre: 64, gain: 0.0715, reverb: 0.35, ..PART },
        Part { instrument: Instrument::Choir, role: Role::Stabs(&["........x---x---................"]), when: "c", centre: 69, gain: 0.077, reverb: 0.4, ..PART },
    ],
};

const SLOW_JAM: Style = Style {
    loose: 0.006,
    room_seconds: 2.0,
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Snap, "....x.......x...")], crash: false },
        Groove { when: "VO", lines: &[(Drum::KickDance, "X.....x...x....."), (Drum::Snap, "....X.......X..."), (Drum::Hat, "x.x.x.xxx.x.x.x.")], crash: false },
        Groove { when: "C", lines: &[(Drum::KickDance, "X..x..x...x...x."), (Drum::Clap, "....x.......x..."), (Drum::Snap, "....X.......X..."), (Drum::Hat, "x.x.xxx.x.x.x.xx"), (Drum::Shaker, "..x...x...x...x.")], crash: true },
    ],
    parts: &[
        Part { instrument: Instrument::Boom, role: Role::Bass(&["R-----R---5-----", "R---------R-a---"]), when: "VCO", centre: 34, gain: 0.34, reverb: 0.0, ..PART },
        Part { instrument: Instrument::ElectricPiano, role: Role::Stabs(&["X-------x-----x-", "x---x-------x---"]), when: "IVCO", centre: 61, gain: 0.154, reverb: 0.25, echo: 0.1, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "CO", centre: 66, gain: 0.066, reverb: 0.4, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.7), when: "VC", centre: 66, gain: 0.28, reverb: 0.3, echo: 0.2, ..PART },
        Part { instrument: Instrument::Nylon, role: Role::Answer, when: "IVC", centre: 70, gain: 0.32, pan: 0.35, reverb: 0.3, echo: 0.25, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Answer, when: "C", centre: 82, gain: 0.08, pan: -0.35, reverb: 0.5, echo: 0.3, ..PART },
    ],
    ..NEO_SOUL
};

pub(super) const STYLES: &[&Style] = &[&NEO_SOUL, &SLOW_JAM];
