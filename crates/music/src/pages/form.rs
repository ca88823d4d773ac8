//! What the forms of the desk share.

use wing_ui::Lang;
use wing_ui::view::Choice;

use crate::model::Genre;

/// All genres as choices of a list.
pub fn genres(lang: Lang) -> Vec<Choice> {
    let choice = |genre: &Genre| Choice {
        value: genre.as_str().to_owned(),
        label: wing_ui::genre_name(lang, genre.as_str()).into(),
    };
    Genre::ALL.iter().map(choice).collect()
}
