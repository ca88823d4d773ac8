//! One track before it sounds: what to compose and how long it becomes.

use std::fmt;
use std::str::FromStr;

/// A genre the composer has a style for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Genre {
    /// Synthesisers, four on the floor.
    Electronica,
    /// Acoustic guitars and whistles.
    Folk,
    /// Bright songs with a beat.
    Pop,
    /// Slow songs led by a piano.
    Ballad,
    /// Lazy beats under electric pianos.
    HipHop,
    /// Distorted guitars.
    Rock,
    /// Swing for a small group.
    Jazz,
    /// Slow pads, no beat.
    Ambient,
    /// Electric piano and deep bass.
    RnbSoul,
}

impl Genre {
    /// All genres, in the order in which they are listed.
    pub const ALL: [Self; 9] = [
        Self::Electronica,
        Self::Folk,
        Self::Pop,
        Self::Ballad,
        Self::HipHop,
        Self::Rock,
        Self::Jazz,
        Self::Ambient,
        Self::RnbSoul,
    ];

    /// The name used in addresses, such as `hip-hop`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Electronica => "electronica",
            Self::Folk => "folk",
            Self::Pop => "pop",
            Self::Ballad => "ballad",
            Self::HipHop => "hip-hop",
            Self::Rock => "rock",
            Self::Jazz => "jazz",
            Self::Ambient => "ambient",
            Self::RnbSoul => "rnb-soul",
        }
    }
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

impl FromStr for Genre {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|genre| genre.slug() == text)
            .ok_or_else(|| format!("unknown genre {text:?}"))
    }
}

/// The language of a lyric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Korean.
    Korean,
    /// English.
    English,
}

impl Language {
    /// BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
        }
    }
}

/// The words of a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lyrics {
    /// What it is written in.
    pub language: Language,
    /// Lines split by `\n`, stanzas by a blank line.
    pub text: &'static str,
}

/// A key such as "F# minor".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Semitones above C, 0 to 11.
    pub tonic: i32,
    /// Minor rather than major.
    pub minor: bool,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || format!("unknown key {text:?}");
        let (name, mode) = text.split_once(' ').ok_or_else(unknown)?;
        let minor = match mode {
            "major" => false,
            "minor" => true,
            _ => return Err(unknown()),
        };
        let mut letters = name.chars();
        let natural = match letters.next() {
            Some('C') => 0,
            Some('D') => 2,
            Some('E') => 4,
            Some('F') => 5,
            Some('G') => 7,
            Some('A') => 9,
            Some('B') => 11,
            _ => return Err(unknown()),
        };
        let shift = match letters.as_str() {
            "" => 0,
            "#" => 1,
            "b" => -1,
            _ => return Err(unknown()),
        };
        Ok(Self {
            tonic: (natural + shift + 12) % 12,
            minor,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 12] = [
            "C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B",
        ];
        let mode = if self.minor { "minor" } else { "major" };
        write!(f, "{} {mode}", NAMES[self.tonic.rem_euclid(12) as usize])
    }
}

/// The part a section plays in a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionKind {
    /// Opening, few instruments.
    Intro,
    /// Tells the story.
    Verse,
    /// The part one remembers.
    Chorus,
    /// Contrast before the last chorus.
    Bridge,
    /// An instrument improvises over the changes of the verse.
    Solo,
    /// Leads out.
    Outro,
}

impl SectionKind {
    /// The letter used in structures: `I V C B S O`.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Intro => 'I',
            Self::Verse => 'V',
            Self::Chorus => 'C',
            Self::Bridge => 'B',
            Self::Solo => 'S',
            Self::Outro => 'O',
        }
    }
}

/// A stretch of bars with one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its role.
    pub kind: SectionKind,
    /// Its length in bars, at least 1.
    pub bars: usize,
}

impl FromStr for Section {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || format!("unknown section {text:?}");
        let mut letters = text.chars();
        let kind = match letters.next() {
            Some('I') => SectionKind::Intro,
            Some('V') => SectionKind::Verse,
            Some('C') => SectionKind::Chorus,
            Some('B') => SectionKind::Bridge,
            Some('S') => SectionKind::Solo,
            Some('O') => SectionKind::Outro,
            _ => return Err(unknown()),
        };
        match letters.as_str().parse() {
            Ok(bars) if bars > 0 => Ok(Self { kind, bars }),
            _ => Err(unknown()),
        }
    }
}

/// A track before it sounds.
#[derive(Clone, Debug)]
pub struct TrackPlan {
    /// Unique in the whole catalogue, lower-case ASCII.
    pub slug: String,
    /// Place on its album, from 1.
    pub number: u32,
    /// Title as shown.
    pub title: String,
    /// What to compose.
    pub genre: Genre,
    /// The words; `None` for an instrumental.
    pub lyrics: Option<Lyrics>,
    /// Quarter notes in a minute.
    pub bpm: f64,
    /// The key.
    pub key: Key,
    /// Quarter notes in a bar: 3 or 4.
    pub beats: usize,
    /// Which of the genre's arrangements plays it.
    pub arrangement: usize,
    /// The order of its parts.
    pub structure: Vec<Section>,
    /// Decides every choice the composer makes.
    pub seed: u64,
    /// Whether fans may download it.
    pub downloadable: bool,
}

impl TrackPlan {
    /// Bars in all sections together.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.structure.iter().map(|section| section.bars).sum()
    }

    /// Seconds that one bar takes.
    #[must_use]
    pub fn bar_seconds(&self) -> f64 {
        self.beats as f64 * 60.0 / self.bpm
    }

    /// Length of the rendered track in seconds, the last chord's ring included.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.bars() as f64 * self.bar_seconds() + self.ring_seconds()
    }

    /// How long the last chord rings after the structure, in seconds.
    pub(crate) fn ring_seconds(&self) -> f64 {
        self.bar_seconds() + 2.0
    }
}
