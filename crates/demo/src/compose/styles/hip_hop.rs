//! Dusty loops and deep drum machines.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["IVmaj9 iii7 ii9 Imaj9", "Imaj9 vi9 ii9 V13", "IVmaj9 IVmaj9 iii7 VI7alt"],
    chorus: &["IVmaj9 V9sus4 iii7 vi9", "ii9 V13 Imaj9 vi9"],
    bridge: &["bVImaj7 bVII9 Imaj9 Imaj9", "iv9 bVII9 Imaj9 Imaj9"],
    end: "Imaj9",
};
const MINOR: Changes = Changes {
    verse: &["i9 i9 bVImaj9 V7alt", "i9 iv9 bVImaj7 v7", "ii7b5 V7alt i9 i9"],
    chorus: &["bVImaj9 v7 i9 bIIImaj7", "iv9 bVII9 bIIImaj9 bVImaj9", "i9 bVImaj7 iv9 V7alt"],
    bridge: &["iv9 iv9 i9 i9", "bVImaj9 bVImaj9 V7alt V7alt"],
    end: "i9",
};
const FILLS: &[&[Line]] = &[
    &[(Drum::SnareDusty, "x.ox"), (Drum::Kick, "..x.")],
    &[(Drum::Kick, "x..x"), (Drum::Hat, "xxxx")],
];

const BOOM_BAP: Style = Style {
    swing: 0.59,
    swing_unit: 1,
    loose: 0.008,
    major: MAJOR,
    minor: MINOR,
    pentatonic: true,
    rhythms: Rhythms {
        verse: &[
            "x-xx-.x-x-.xx-..x-xx-.x-x---....",
            "..xx-xx-.xx-x-....xx-xx-x---....",
            "x-.xx-.xx-.x-...x-.xx-x-x---....",
        ],
        chorus: &["x--x--x---x-x---x--x--x-x-------", "x---x--x--x-----x---x--xx-------"],
    },
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Hat, "x.o.x.o.x.o.x.o.")], crash: false },
        Groove { when: "V", lines: &[(Drum::Kick, "X......x..X.....X..x...x..X....."), (Drum::SnareDusty, "....X.......X......oX.......X..o"), (Drum::Hat, "x.o.x.oox.o.x.o.")], crash: false },
        Groove { when: "CO", lines: &[(Drum::Kick, "X.x....x..X....xX......x.xX....."), (Drum::SnareDusty, "....X..o.o..X......oX..o....X.oo"), (Drum::Hat, "x.oox.oox.oox.oo"), (Drum::HatOpen, "......x........."), (Drum::Shaker, "..x...x...x...x.")], crash: true },
        Groove { when: "B", lines: &[(Drum::Rim, "....x.......x..."), (Drum::Hat, "x...x...x...x...")], crash: false },
    ],
    fills: FILLS,
    drum_gain: 0.85,
    drum_reverb: 0.05,
    room_seconds: 1.1,
    room_dark: 3_500.0,
    duck: 0.3,
    parts: &[
        Part { instrument: Instrument::SubBass, role: Role::Bass(&["R--...R-..R---a-", "R-----.R..5---7-", "R--R......R--.8."]), when: "VCO", centre: 35, gain: 0.34, reverb: 0.0, ..PART },
        Part { instrument: Instrument::ElectricPiano, role: Role::Stabs(&["X-----x-..x-----", "x--x----..x-x---", "..x---x-----x---"]), when: "IVCBO", centre: 61, gain: 0.168, pan: -0.12, reverb: 0.18, ducked: true, ..PART },
        Part { instrument: Instrument::Vibraphone, role: Role::Answer, when: "IVC", centre: 74, gain: 0.195, pan: 0.3, reverb: 0.3, echo: 0.3, ..PART },
        Part { instrument: Instrument::Upright, role: Role::Bass(&["R-------........"]), when: "IB", centre: 40, gain: 0.28, reverb: 0.05, ..PART },
        Part { instrument: Instrument::MutedTrumpet, role: Role::Lead(0.7), when: "C", centre: 69, gain: 0.288, pan: 0.12, reverb: 0.3, echo: 0.2, ..PART },
        Part { instrument: Instrument::FeltPiano, role: Role::Lead(0.6), when: "V", centre: 67, gain: 0.3, pan: 0.1, reverb: 0.2, echo: 0.15, ..PART },
        Part { instrument: Instrument::Strings, role: Role::Hold, when: "c", centre: 66, gain: 0.08, reverb: 0.3, ducked: true, ..PART },
    ],
};

const TRAP: Style = Style {
    swing: 0.5,
    loose: 0.002,
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Snap, "........x.......")], crash: false },
        Groove { when: "V", lines: &[(Drum::KickDance, "X.....x....x....X.........x....."), (Drum::Clap, "........X......."), (Drum::Hat, "x.x.x.x.x.x.xxx.x.x.x.xxx.x.x.x."), (Drum::Rim, "..............o.......o.......x.")], crash: false },
        Groove { when: "CO", lines: &[(Drum::KickDance, "X..x..x...x.....X.....x..x..x..."), (Drum::Clap, "........X......."), (Drum::SnareDusty, "........x......o"), (Drum::Hat, "x.x.x.xxx.x.xxxxx.xxx.x.xxx.x.xo"), (Drum::HatOpen, "....x...........")], crash: true },
        Groove { when: "B", lines: &[(Drum::Snap, "........x......."), (Drum::Hat, "x...x...x...x...")], crash: false },
    ],
    fills: &[&[(Drum::Hat, "xxxx"), (Drum::KickDance, "x.x.")], &[(Drum::SnareDusty, "oxxX")]],
    room_seconds: 2.0,
    parts: &[
        Part { instrument: Instrument::Boom, role: Role::Bass(&["R-----R----R----", "R--R------R-8---", "R-----....R--a--"]), when: "VCO", centre: 33, gain: 0.46, reverb: 0.0, ..PART },
        Part { instrument: Instrument::Bell, role: Role::Pick(&["1..3..2.4..3....", "4..3..1.2....3.."]), when: "IVCO", centre: 72, gain: 0.154, pan: 0.15, reverb: 0.4, echo: 0.3, ..PART },
        Part { instrument: Instrument::WarmPad, role: Role::Hold, when: "IVCBO", centre: 58, gain: 0.098, reverb: 0.35, ducked: true, ..PART },
        Part { instrument: Instrument::Choir, role: Role::Hold, when: "CB", centre: 64, gain: 0.08, reverb: 0.5, ..PART },
        Part { instrument: Instrument::SoftLead, role: Role::Lead(0.68), when: "VC", centre: 67, gain: 0.23, pan: -0.1, reverb: 0.25, echo: 0.3, ..PART },
        Part { instrument: Instrument::Nylon, role: Role::Answer, when: "vC", centre: 70, gain: 0.342, pan: -0.35, reverb: 0.3, echo: 0.25, ..PART },
    ],
    ..BOOM_BAP
};

pub(super) const STYLES: &[&Style] = &[&BOOM_BAP, &TRAP];
