//! Distorted guitars over a loud kit.

use crate::compose::style::{Changes, Groove, Line, PART, Part, Rhythms, Role, Style};
use crate::synth::{Drum, Instrument};

const MAJOR: Changes = Changes {
    verse: &["I I IV IV", "I V IV IV", "I bVII IV I", "vi IV I V"],
    chorus: &["I V vi IV", "IV I V V", "I IV vi V", "I bVII IV V"],
    bridge: &["vi vi IV V", "bVI bVII I I", "ii IV vi V"],
    end: "I",
};
const MINOR: Changes = Changes {
    verse: &["i i bVI bVII", "i bIII bVII iv", "i i bVII bVII"],
    chorus: &["i bVI bIII bVII", "bVI bIII bVII i", "bVI bVII i bIII"],
    bridge: &["iv iv bVI bVII", "bVI bVI bVII V", "iv bVI i bVII"],
    end: "i",
};
const FILLS: &[&[Line]] = &[
    &[(Drum::Snare, "xxxX"), (Drum::Kick, "x.x.")],
    &[(Drum::Tom, "xx.."), (Drum::TomLow, "..xX"), (Drum::Kick, "x.x.")],
    &[(Drum::Snare, "x.xX"), (Drum::Tom, ".x..")],
];

const DRIVING: Style = Style {
    swing: 0.5,
    swing_unit: 1,
    loose: 0.006,
    major: MAJOR,
    minor: MINOR,
    pentatonic: true,
    rhythms: Rhythms {
        verse: &[
            "x-x-x---x-x-x---x-x-x-x-x---....",
            "..x-x-x-x---x-....x-x-x-x-------",
            "x---x-x-x-x-----x---x-x-x-------",
        ],
        chorus: &[
            "x-----x-x---x---x-----x-x-------",
            "x---x---x-x-x---x---x---x-------",
            "x-x-x---x-x-x---x---x-x-x-------",
        ],
    },
    grooves: &[
        Groove { when: "I", lines: &[(Drum::Kick, "X.......X......."), (Drum::HatOpen, "x...x...x...x..."), (Drum::TomLow, "....x.x.....x.xx")], crash: true },
        Groove { when: "V", lines: &[(Drum::Kick, "X.....x.X.x....."), (Drum::Snare, "....X.......X..."), (Drum::Hat, "x.x.x.x.x.x.x.x.")], crash: true },
        Groove { when: "CSO", lines: &[(Drum::Kick, "X.x...x.X.x...x."), (Drum::Snare, "....X.......X..."), (Drum::HatOpen, "x...x...x...x..."), (Drum::Ride, "x.x.x.x.x.x.x.x.")], crash: true },
        Groove { when: "B", lines: &[(Drum::Kick, "X.......X......."), (Drum::Snare, "........X......."), (Drum::TomLow, "..x.x.x...x.x.x.")], crash: true },
    ],
    fills: FILLS,
    drum_gain: 0.78,
    drum_reverb: 0.13,
    room_seconds: 1.2,
    room_dark: 5_500.0,
    duck: 0.0,
    parts: &[
        Part { instrument: Instrument::PowerChord, role: Role::Stabs(&["X-x.x.x.X-x.x.x.", "X-x.xxx.X-x.xxx.", "X-----x.x.X---x."]), when: "V", centre: 43, gain: 0.29, reverb: 0.06, ..PART },
        Part { instrument: Instrument::PowerChord, role: Role::Stabs(&["X---x---X---x-x-", "X-----X---X---X-", "X---x-x-X---x-x-"]), when: "ICSO", centre: 43, gain: 0.25, reverb: 0.08, ..PART },
        Part { instrument: Instrument::CleanGuitar, role: Role::Pick(&["1.3.2.4.3.2.4.3.", "1.2.3.4.3.2.1.2."]), when: "BvI", centre: 62, gain: 0.221, pan: 0.4, reverb: 0.2, echo: 0.25, ..PART },
        Part { instrument: Instrument::FingerBass, role: Role::Bass(&["R-R-R-R-R-R-R-R-", "R-R-R-R-R-R-5-a-"]), when: "IVCBSO", centre: 38, gain: 0.342, reverb: 0.02, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.85), when: "VC", centre: 66, gain: 0.324, reverb: 0.18, echo: 0.12, ..PART },
        Part { instrument: Instrument::LeadGuitar, role: Role::Lead(0.8), when: "cSB", centre: 72, gain: 0.199, pan: -0.1, reverb: 0.2, echo: 0.25, ..PART },
        Part { instrument: Instrument::Organ, role: Role::Hold, when: "c", centre: 64, gain: 0.07, pan: -0.3, reverb: 0.2, ..PART },
    ],
};

const INDIE: Style = Style {
    swing: 0.52,
    pentatonic: false,
    grooves: &[
        Groove { when: "V", lines: &[(Drum::Kick, "X.....x.X......."), (Drum::Rim, "....x.......x..."), (Drum::Hat, "x.o.x.o.x.o.x.oo")], crash: false },
        Groove { when: "CSO", lines: &[(Drum::Kick, "X..x..x.X.x....."), (Drum::Snare, "....X.......X..o"), (Drum::Ride, "x.x.x.x.x.x.x.x."), (Drum::HatOpen, "x.......x......."), (Drum::Tambourine, "..x...x...x...x.")], crash: true },
        Groove { when: "B", lines: &[(Drum::TomLow, "x..x..x.x..x..x."), (Drum::Kick, "X.......X.......")], crash: true },
    ],
    room_seconds: 1.7,
    parts: &[
        Part { instrument: Instrument::CleanGuitar, role: Role::Pick(&["1.3.2.4.1.3.2.4.", "1.2.4.3.2.4.3.2.", "0.3.4.3.5.3.4.3."]), when: "IVBO", centre: 63, gain: 0.25, pan: -0.35, reverb: 0.2, echo: 0.2, ..PART },
        Part { instrument: Instrument::PowerChord, role: Role::Stabs(&["X-------X---x---", "X-----x-X-----x-"]), when: "CS", centre: 43, gain: 0.198, reverb: 0.08, ..PART },
        Part { instrument: Instrument::CleanGuitar, role: Role::Strum(&["D-d-D-du-ud-D-du"]), when: "vC", centre: 66, gain: 0.13, pan: 0.45, reverb: 0.15, ..PART },
        Part { instrument: Instrument::FingerBass, role: Role::Bass(&["R---R-R-R---5-a-", "R-R-..R-R-R-..5-"]), when: "VCBSO", centre: 38, gain: 0.38, reverb: 0.02, ..PART },
        Part { instrument: Instrument::Voice, role: Role::Lead(0.78), when: "VC", centre: 67, gain: 0.297, reverb: 0.22, echo: 0.15, ..PART },
        Part { instrument: Instrument::LeadGuitar, role: Role::Lead(0.7), when: "IBS", centre: 72, gain: 0.17, pan: 0.15, reverb: 0.25, echo: 0.3, ..PART },
        Part { instrument: Instrument::Organ, role: Role::Hold, when: "CB", centre: 64, gain: 0.072, reverb: 0.25, ..PART },
    ],
    ..DRIVING
};

pub(super) const STYLES: &[&Style] = &[&DRIVING, &INDIE];
