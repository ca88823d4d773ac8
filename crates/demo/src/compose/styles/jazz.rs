//! Swing, bossa nova and a waltz for a small group.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &[
        "Imaj7,vi7 ii7,V13 Imaj7,vi7 ii7,V7b9",
        "Imaj9 VI7alt ii9 V13 iii7 VI7alt ii9,V13 Imaj7,V7b9",
        "Imaj7 bIIImaj7 bVImaj7 V7alt",
    ],
    chorus: &[
        "IVmaj7 iv6 iii7 VI7alt ii9 V13 Imaj7 V7b9",
        "ii9 V13 Imaj9 VI7alt ii9 V7b9 I69 I69",
        "IVmaj7 #ivdim7 I6/5 VI7alt ii9 V13 I69 V7b9",
    ],
    bridge: &["iv9 bVII13 Imaj9 Imaj9", "III7 VI7 II9 V13"],
    end: "I69",
};
const MINOR: Changes = Changes {
    verse: &[
        "i9 iv9 ii7b5 V7alt",
        "i6 ii7b5,V7alt i6 V7alt i9 iv9 ii7b5,V7alt i6",
        "i9 i9 iv9 iv9 i9 i9 bVI9 V7alt",
    ],
    chorus: &[
        "iv9 bVII13 bIIImaj7 bVImaj7 ii7b5 V7alt i6 V7alt",
        "bVImaj7 bVImaj7 i9 i9 ii7b5 V7alt i6 i6",
    ],
    bridge: &["iv9 bVII13 bIIImaj7 bVImaj7"],
    end: "i6",
};
const FILLS: &[&[Line]] = &[
    &[(Drum::BrushTap, "x.xx"), (Drum::KickSoft, "..x.")],
    &[(Drum::BrushTap, "xox."), (Drum::Tom, "...o")],
];

const SWING: Style = Style {
    swing: 0.64,
    swing_unit: 2,
    loose: 0.009,
    major: MAJOR,
    minor: MINOR,
    pentatonic: false,
    rhythms: Rhythms {
        verse: &[
            "..x-x---..x-x-x-x---..x-x-------",
            "x---x-x-..x-x---..x-x-x-x---....",
            "..x-x-x-x-x-x---....x-x-x---....",
        ],
        chorus: &[
            "x-x-x-x---x-x---x-x-x---........",
            "x-----x---x-x---x-x-x-x-x-------",
            "..x-x-x-x---x-x-x-----x-x-------",
        ],
    },
    grooves: &[
        Groove { when: "I", lines: &[(Drum::HatFoot, "....x.......x..."), (Drum::BrushSweep, "x...x...x...x...")], crash: false },
        Groove { when: "VO", lines: &[(Drum::BrushSweep, "x...x...x...x..."), (Drum::BrushTap, "....x.o.....x.o."), (Drum::HatFoot, "....x.......x..."), (Drum::KickSoft, "o...o...o...o...")], crash: false },
        Groove { when: "CS", lines: &[(Drum::Ride, "x...x.o.x...x.o."), (Drum::HatFoot, "....x.......x..."), (Drum::KickSoft, "o...o...o...o.x."), (Drum::BrushTap, "......o.......o...o.......x.....")], crash: false },
    ],
    fills: FILLS,
    drum_gain: 1.45,
    drum_reverb: 0.14,
    room_seconds: 1.0,
    room_dark: 4_500.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::Upright, role: Role::Walk, when: "IVCSO", centre: 40, gain: 0.425, pan: 0.05, reverb: 0.06, ..PART },
        Part { instrument: Instrument::Piano, role: Role::Stabs(&["x-....x-..........x-......x-....", "..x-......x-..x-....x-......x-..", "......x-....x-......x-x-........"]), when: "VCS", centre: 60, gain: 0.156, pan: -0.3, reverb: 0.15, ..PART },
        Part { instrument: Instrument::Vibraphone, role: Role::Lead(0.75), when: "IVC", centre: 71, gain: 0.216, pan: 0.18, reverb: 0.22, ..PART },
        Part { instrument: Instrument::Piano, role: Role::Lead(0.75), when: "S", centre: 74, gain: 0.28, pan: -0.25, reverb: 0.18, ..PART },
        Part { instrument: Instrument::MutedTrumpet, role: Role::Answer, when: "vC", centre: 70, gain: 0.15, pan: 0.35, reverb: 0.3, ..PART },
    ],
};

const BOSSA: Style = Style {
    swing: 0.5,
    loose: 0.006,
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Shaker, "x.o.x.o.x.o.x.o.")], crash: false },
        Groove { when: "VCSO", lines: &[(Drum::Rim, "x.....x.....x.......x.....x....."), (Drum::KickSoft, "x.....x.x.....x."), (Drum::Shaker, "xoooxoooxoooxooo"), (Drum::HatFoot, "....o.......o...")], crash: false },
    ],
    fills: &[],
    drum_gain: 0.95,
    parts: &[
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R-----R-5-----5-", "R-----R-5-----a-"]), when: "VCSO", centre: 40, gain: 0.46, pan: 0.05, reverb: 0.06, ..PART },
        Part { instrument: Instrument::Nylon, role: Role::Stabs(&["x---..x---..x-....x-..x---x-..x-", "x-..x---..x---..x---..x-..x---.."]), when: "IVCSO", centre: 61, gain: 0.246, pan: -0.3, reverb: 0.15, ..PART },
        Part { instrument: Instrument::Flute, role: Role::Lead(0.72), when: "VC", centre: 72, gain: 0.18, pan: 0.1, reverb: 0.25, ..PART },
        Part { instrument: Instrument::Vibraphone, role: Role::Lead(0.72), when: "S", centre: 72, gain: 0.238, pan: 0.2, reverb: 0.25, ..PART },
        Part { instrument: Instrument::Vibraphone, role: Role::Answer, when: "IvC", centre: 73, gain: 0.16, pan: 0.3, reverb: 0.25, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "C", centre: 64, gain: 0.056, reverb: 0.3, ..PART },
    ],
    ..SWING
};

const WALTZ: Style = Style {
    rhythms: Rhythms {
        verse: &["x---x-x-x---..x-x---....", "..x-x---x-x-x-------....", "x-----x-x---x---x-------"],
        chorus: &["x-x-x-x-x---x-----x-x---", "x---x---x-x-x---x-------", "x-------x-x-x-x-x-------"],
    },
    grooves: &[
        Groove { when: "VI", lines: &[(Drum::BrushSweep, "x...x...x..."), (Drum::HatFoot, "....x......."), (Drum::KickSoft, "o...........")], crash: false },
        Groove { when: "CS", lines: &[(Drum::Ride, "x...x.o.x..."), (Drum::HatFoot, "....x......."), (Drum::KickSoft, "x..........."), (Drum::BrushTap, "......o.....")], crash: false },
    ],
    parts: &[
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R-------5---", "R-------a---"]), when: "IV", centre: 40, gain: 0.456, pan: 0.05, reverb: 0.06, ..PART },
        Part { instrument: Instrument::Upright, role: Role::Walk, when: "CS", centre: 40, gain: 0.384, pan: 0.06, reverb: 0.06, ..PART },
        Part { instrument: Instrument::Piano, role: Role::Stabs(&["....x---x...", "....x-....x-", "......x-....x---........"]), when: "IVCS", centre: 60, gain: 0.144, pan: -0.28, reverb: 0.15, ..PART },
        Part { instrument: Instrument::Vibraphone, role: Role::Lead(0.74), when: "VC", centre: 71, gain: 0.225, pan: 0.15, reverb: 0.22, ..PART },
        Part { instrument: Instrument::MutedTrumpet, role: Role::Lead(0.7), when: "S", centre: 70, gain: 0.20, pan: 0.1, reverb: 0.25, ..PART },
    ],
    ..SWING
};

pub(super) const STYLES: &[&Style] = &[&SWING, &BOSSA, &WALTZ];
