use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wing_kit::draft::Written;
use wing_kit::problem::Invalid;

macro_rules! genres {
    // `tt`: of a `literal` the derives of the OpenAPI document see no text.
    ($($variant:ident = $id:tt,)*) => {
        /// A genre of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Genre {
            $(
                #[doc = concat!("`", $id, "`")]
                #[serde(rename = $id)]
                $variant,
            )*
        }

        impl Genre {
            /// All of them, in the order they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The id in URLs, JSON and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }
        }

        impl FromStr for Genre {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                match text {
                    $($id => Ok(Self::$variant),)*
                    _ => Err(Invalid::new(
                        "unknown_genre",
                        "There is no such genre; `GET /api/v1/genres` lists them.",
                    )),
                }
            }
        }
    };
}

genres! {
    Electronica = "electronica",
    Folk = "folk",
    Pop = "pop",
    Ballad = "ballad",
    HipHop = "hip-hop",
    Rock = "rock",
    RnbSoul = "rnb-soul",
    Jazz = "jazz",
    Classical = "classical",
    Ambient = "ambient",
    Experimental = "experimental",
    Other = "other",
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// A newer replica may have stored a genre that this one does not know.
wing_kit::text_column!(Genre, unknown = Genre::Other);

impl Written<String> for Genre {
    fn written(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Genre {
    /// The most genres that an artist has.
    pub const MOST: usize = 5;

    /// The genre with this id.
    pub fn parse(id: &str) -> Result<Self, Invalid> {
        id.parse()
    }

    /// The genres with these ids, each once, at most [`Self::MOST`].
    pub fn parse_list(ids: &[String]) -> Result<Vec<Self>, Invalid> {
        let mut genres = Vec::new();
        for id in ids {
            let genre = Self::parse(id)?;
            if !genres.contains(&genre) {
                genres.push(genre);
            }
        }
        if genres.len() > Self::MOST {
            return Err(Invalid::new("too_many", "Choose at most five genres."));
        }
        Ok(genres)
    }

    /// The genre that a file's tag most likely means.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag: String = tag
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        let is = |words: &[&str]| words.iter().any(|word| tag.contains(word));
        let genre = match () {
            () if is(&["ambient", "drone"]) => Self::Ambient,
            () if is(&[
                "electro", "techno", "house", "trance", "edm", "synth", "일렉",
            ]) =>
            {
                Self::Electronica
            }
            () if is(&["hiphop", "rap", "trap", "힙합"]) => Self::HipHop,
            () if is(&["rnb", "soul", "funk", "알앤비"]) => Self::RnbSoul,
            () if is(&["jazz", "재즈", "bossa"]) => Self::Jazz,
            () if is(&["classic", "orchestr", "클래식"]) => Self::Classical,
            () if is(&["folk", "acoustic", "country", "singersong", "포크"]) => Self::Folk,
            () if is(&["ballad", "발라드"]) => Self::Ballad,
            () if is(&["rock", "metal", "punk", "grunge", "록", "락"]) => Self::Rock,
            () if is(&["pop", "팝", "가요"]) => Self::Pop,
            () if is(&["experimental", "noise", "avantgarde"]) => Self::Experimental,
            () => return None,
        };
        Some(genre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_are_the_ones_the_pages_know() {
        for genre in Genre::ALL {
            assert_eq!(genre.as_str().parse(), Ok(*genre));
            assert!(wing_ui::GENRES.contains(&genre.as_str()), "{genre}");
        }
        assert!("polka".parse::<Genre>().is_err());
    }

    #[test]
    fn tags_are_understood() {
        assert_eq!(Genre::from_tag("Hip-Hop/Rap"), Some(Genre::HipHop));
        assert_eq!(Genre::from_tag("K-Pop"), Some(Genre::Pop));
        assert_eq!(Genre::from_tag("???"), None);
    }
}
