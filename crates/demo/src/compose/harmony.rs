//! Lays progressions over the sections of a piece.

use super::chord::Chord;
use super::style::Style;
use crate::rng::Rng;
use crate::{SectionKind, TrackPlan};

/// The harmony of a whole piece, bar by bar.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    /// Rings after the last bar.
    pub(super) last: Chord,
}

/// One bar.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) kind: SectionKind,
    /// Which of the sections of this kind it is in, from 0.
    pub(super) round: usize,
    /// Bars since the section began.
    pub(super) index: usize,
    /// Bars in the section.
    pub(super) of: usize,
    /// One chord, or two of half a bar each.
    pub(super) chords: Vec<Chord>,
}

impl Bar {
    /// The chord that sounds `step` steps into a bar of `steps`.
    pub(super) fn chord_at(&self, step: usize, steps: usize) -> &Chord {
        &self.chords[(step * self.chords.len() / steps).min(self.chords.len() - 1)]
    }

    /// Whether a part or groove marked `when` plays here. A capital stands for
    /// every section of its kind, a small letter for all but the first.
    pub(super) fn is_in(&self, when: &str) -> bool {
        let letter = self.kind.letter();
        when.contains(letter) || (self.round > 0 && when.contains(letter.to_ascii_lowercase()))
    }

    pub(super) fn is_last(&self) -> bool {
        self.index + 1 == self.of
    }
}

pub(super) fn chart(plan: &TrackPlan, style: &Style) -> Chart {
    let changes = if plan.key.minor {
        &style.minor
    } else {
        &style.major
    };
    let mut rng = Rng::new(plan.seed, "harmony");
    let verse = progression(changes.verse, &mut rng);
    let chorus = progression(changes.chorus, &mut rng);
    let bridge = progression(changes.bridge, &mut rng);
    let mut rounds = std::collections::HashMap::new();
    let mut bars = Vec::with_capacity(plan.bars());
    for section in &plan.structure {
        let round = rounds.entry(section.kind).or_insert(0usize);
        let changes = match section.kind {
            SectionKind::Chorus => &chorus,
            SectionKind::Bridge => &bridge,
            SectionKind::Intro | SectionKind::Verse | SectionKind::Solo | SectionKind::Outro => {
                &verse
            }
        };
        bars.extend((0..section.bars).map(|index| Bar {
            kind: section.kind,
            round: *round,
            index,
            of: section.bars,
            chords: changes[index % changes.len()].clone(),
        }));
        *round += 1;
    }
    Chart {
        bars,
        last: parse(changes.end),
    }
}

fn progression(choices: &[&str], rng: &mut Rng) -> Vec<Vec<Chord>> {
    rng.pick(choices)
        .split_whitespace()
        .map(|bar| bar.split(',').map(parse).collect())
        .collect()
}

fn parse(text: &str) -> Chord {
    Chord::parse(text).unwrap_or_else(|| panic!("{text:?} is no chord"))
}

/// Every chord a style may play; used by tests.
#[cfg(test)]
pub(super) fn all_chords(
    changes: &super::style::Changes,
) -> impl Iterator<Item = &'static str> + use<> {
    [changes.verse, changes.chorus, changes.bridge]
        .into_iter()
        .flatten()
        .flat_map(|line| line.split_whitespace().flat_map(|bar| bar.split(',')))
        .chain(std::iter::once(changes.end))
}
