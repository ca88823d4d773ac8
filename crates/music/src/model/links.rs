use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wing_kit::draft::Written;
use wing_kit::problem::Invalid;
use wing_kit::text;

/// A link of an artist to elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is called.
    #[schema(example = "Homepage")]
    pub label: String,
    /// An `http` or `https` address.
    #[schema(example = "https://example.com/band")]
    pub url: String,
}

/// At most ten links, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Links(Vec<Link>);

impl Links {
    /// Checks each link; an empty label becomes the host's name.
    pub fn parse(given: &[Link]) -> Result<Self, Invalid> {
        if given.len() > 10 {
            return Err(Invalid::new("too_many", "There is room for ten links."));
        }
        let links = given.iter().map(|link| {
            let url = web_address(&link.url)?;
            let label = match text::clean_line(&link.label) {
                label if label.is_empty() => url.host_str().unwrap_or_default().to_owned(),
                label => text::line(&label, 60)?,
            };
            Ok(Link {
                label,
                url: url.to_string(),
            })
        });
        links.collect::<Result<_, _>>().map(Self)
    }

    /// The links.
    pub fn as_slice(&self) -> &[Link] {
        &self.0
    }

    /// The links, taken out.
    pub fn into_vec(self) -> Vec<Link> {
        self.0
    }
}

wing_kit::json_column!(Links);

impl Written<Vec<Link>> for Links {
    fn written(&self) -> Vec<Link> {
        self.0.clone()
    }
}

/// An `http` or `https` address without a user or a password.
pub(super) fn web_address(text: &str) -> Result<url::Url, Invalid> {
    let wrong = Invalid::new(
        "bad_url",
        "An address begins with http:// or https:// and names a host.",
    );
    if text.len() > 500 {
        return Err(wrong);
    }
    let url = url::Url::parse(text.trim()).map_err(|_| wrong.clone())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_links() {
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/local",
            "https://u:p@host/",
            "ftp://x",
        ] {
            let link = Link {
                label: String::new(),
                url: wrong.into(),
            };
            assert!(Links::parse(&[link]).is_err(), "{wrong}");
        }
    }
}
