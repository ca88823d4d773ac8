use wing_kit::problem::Invalid;

use super::links::web_address;

/// A video page of YouTube or Vimeo, or any other web address, as entities keep it;
/// an empty text is none.
pub fn video_url(given: &str) -> Result<Option<String>, Invalid> {
    let given = given.trim();
    if given.is_empty() {
        return Ok(None);
    }
    web_address(given).map(|url| Some(url.into()))
}

/// The address of an embedded player for a stored video address, where the page's
/// policy allows its host.
pub fn video_player(stored: &str) -> Option<String> {
    let url = url::Url::parse(stored).ok()?;
    let plain = |id: &str| {
        let known = id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        (known && !id.is_empty() && id.len() <= 20).then(|| id.to_owned())
    };
    let last = || {
        url.path_segments()
            .and_then(|mut parts| parts.next_back().map(ToOwned::to_owned))
    };
    match url
        .host_str()?
        .trim_start_matches("www.")
        .trim_start_matches("m.")
    {
        "youtube.com" => {
            let id = url
                .query_pairs()
                .find(|(key, _)| key == "v")
                .map(|(_, id)| id.into_owned());
            let id = plain(&id.or_else(last)?)?;
            Some(format!("https://www.youtube-nocookie.com/embed/{id}"))
        }
        "youtu.be" => Some(format!(
            "https://www.youtube-nocookie.com/embed/{}",
            plain(&last()?)?
        )),
        "vimeo.com" => Some(format!(
            "https://player.vimeo.com/video/{}",
            plain(&last()?)?
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn videos_are_embedded_from_hosts_we_know() {
        assert_eq!(
            video_player("https://youtu.be/abc_DEF-123").as_deref(),
            Some("https://www.youtube-nocookie.com/embed/abc_DEF-123")
        );
        assert_eq!(video_player("https://evil.example/embed/abc"), None);
        assert_eq!(
            video_player("https://www.youtube.com/watch?v=a%22onload"),
            None
        );
    }
}
