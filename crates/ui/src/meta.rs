//! A page's metadata for machines: Open Graph, players, feeds, JSON-LD.

/// Everything in `<head>` beside title, description and canonical link. URLs may
/// be local paths; the layout makes them absolute.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// `og:type`: `music.song`, `music.album`, `profile`; `website` when absent.
    pub og_type: Option<&'static str>,
    /// `og:image` as JPEG.
    pub image: Option<String>,
    /// `og:audio`: the stream of a track.
    pub audio: Option<String>,
    /// `music:musician`: the artist's page.
    pub musician: Option<String>,
    /// `music:album`: the album's page.
    pub album: Option<String>,
    /// `music:duration` in milliseconds (written in seconds).
    pub duration_ms: Option<i64>,
    /// The embeddable player for `twitter:card=player`; a large image card without.
    pub player: Option<String>,
    /// The oEmbed endpoint's answer for this page.
    pub oembed: Option<String>,
    /// An RSS or Atom feed: title and address.
    pub feed: Option<(String, String)>,
    /// JSON-LD objects (schema.org).
    pub json_ld: Vec<serde_json::Value>,
    /// Keeps search engines away (private pages, search results).
    pub noindex: bool,
}

/// JSON that can stand inside a `<script>` data block: `<`, `>`, `&` and the two
/// line separators of JavaScript are escaped, so no text in it can end the block.
pub(crate) fn json_for_script(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", char as u32));
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::json_for_script;

    #[test]
    fn a_hostile_title_cannot_end_the_data_block() {
        let value = serde_json::json!({ "name": "</script><script>alert(1)</script>\u{2028}" });
        let text = json_for_script(&value);
        assert!(!text.contains('<') && !text.contains('\u{2028}'));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
