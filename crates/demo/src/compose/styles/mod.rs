//! The styles, one genre a file. They are tables, a player or a groove a row,
//! and so not formatted as code.

#[rustfmt::skip]
mod ambient;
#[rustfmt::skip]
mod ballad;
#[rustfmt::skip]
mod electronica;
#[rustfmt::skip]
mod folk;
#[rustfmt::skip]
mod hip_hop;
#[rustfmt::skip]
mod jazz;
#[rustfmt::skip]
mod pop;
#[rustfmt::skip]
mod rnb_soul;
#[rustfmt::skip]
mod rock;

use super::style::Style;
use crate::Genre;

/// The arrangement with that number; numbers beyond the last wrap around.
pub(super) fn of(genre: Genre, arrangement: usize) -> &'static Style {
    let styles = all(genre);
    styles[arrangement % styles.len()]
}

fn all(genre: Genre) -> &'static [&'static Style] {
    match genre {
        Genre::Electronica => electronica::STYLES,
        Genre::Folk => folk::STYLES,
        Genre::Pop => pop::STYLES,
        Genre::Ballad => ballad::STYLES,
        Genre::HipHop => hip_hop::STYLES,
        Genre::Rock => rock::STYLES,
        Genre::Jazz => jazz::STYLES,
        Genre::Ambient => ambient::STYLES,
        Genre::RnbSoul => rnb_soul::STYLES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::chord::Chord;
    use crate::compose::harmony::all_chords;
    use crate::compose::style::Role;

    fn styles() -> impl Iterator<Item = (Genre, &'static Style)> {
        Genre::ALL
            .into_iter()
            .flat_map(|genre| all(genre).iter().map(move |style| (genre, *style)))
    }

    #[test]
    fn every_progression_can_be_read() {
        for (genre, style) in styles() {
            for text in all_chords(&style.major).chain(all_chords(&style.minor)) {
                assert!(Chord::parse(text).is_some(), "{genre}: {text}");
            }
        }
    }

    #[test]
    fn every_pattern_fills_whole_bars() {
        for (genre, style) in styles() {
            // Three quarters or four: told by the length of the melody's two bars.
            let steps = style.rhythms.verse[0].len() / 2;
            assert!(steps == 12 || steps == 16, "{genre}");
            let grooves = style
                .grooves
                .iter()
                .flat_map(|groove| groove.lines)
                .map(|line| line.1);
            let parts = style.parts.iter().flat_map(|part| match part.role {
                Role::Bass(p) | Role::Stabs(p) | Role::Strum(p) | Role::Pick(p) => p,
                Role::Walk | Role::Hold | Role::Lead(_) | Role::Answer => &[],
            });
            for pattern in grooves.chain(parts.copied()) {
                assert!(
                    pattern.len() % steps == 0 && !pattern.is_empty(),
                    "{genre}: {pattern}"
                );
            }
            for rhythm in style.rhythms.verse.iter().chain(style.rhythms.chorus) {
                assert_eq!(rhythm.len(), steps * 2, "{genre}: {rhythm}");
            }
            for fill in style.fills.iter().copied().flatten() {
                assert_eq!(fill.1.len(), 4, "{genre}: {}", fill.1);
            }
        }
    }
}
