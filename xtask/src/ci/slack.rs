//! A notice as Slack's incoming webhooks take it.

use serde_json::{Value, json};

/// The longest value of a field, in characters; Slack refuses more than 2000.
const LONGEST: usize = 600;

/// What a notice says.
pub struct Message {
    /// One sentence, which phones show by itself.
    pub headline: String,
    /// An emoji by its name.
    pub emoji: &'static str,
    /// Names and values; what is unknown is not there.
    pub fields: Vec<(&'static str, String)>,
    /// What happened in detail.
    pub details: Option<String>,
    /// Where to read on.
    pub link: Option<String>,
}

impl Message {
    /// The body to send.
    pub fn payload(&self) -> Value {
        let headline = escape(&self.headline);
        let mut blocks = vec![json!({
            "type": "section",
            "text": markdown(&format!(":{}: *{headline}*", self.emoji)),
        })];
        if let Some(details) = &self.details {
            blocks.push(json!({"type": "section", "text": markdown(&escape(details))}));
        }
        let mut fields: Vec<Value> = self
            .fields
            .iter()
            .map(|(name, value)| markdown(&format!("*{name}*\n{}", escape(value))))
            .collect();
        if let Some(link) = self.link.as_deref().and_then(address) {
            fields.push(markdown(&format!("*Build*\n<{link}|open>")));
        }
        if !fields.is_empty() {
            blocks.push(json!({"type": "section", "fields": fields}));
        }
        json!({"text": headline, "blocks": blocks})
    }
}

/// Text in Slack's own markup; `verbatim` keeps it from making links and mentions
/// of words that look like some.
fn markdown(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// Text from elsewhere on one line, cut to what fits, with the three characters
/// replaced that Slack reads as its own.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for (position, character) in text.chars().enumerate() {
        if position == LONGEST {
            out.push('…');
            break;
        }
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// An address of the web for Slack's `<address|words>`; none when it is no such
/// address.
fn address(link: &str) -> Option<String> {
    if !link.starts_with("https://") && !link.starts_with("http://") {
        return None;
    }
    let mut out = String::new();
    for character in link.chars().take(LONGEST) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '|' => out.push_str("%7C"),
            other if other.is_control() || other.is_whitespace() => return None,
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            headline: "Win:G 0.1.0-abc was released to prod".to_owned(),
            emoji: "white_check_mark",
            fields: vec![("Author", "Ada <!channel> & Sons".to_owned())],
            details: Some("line one\nline two".to_owned()),
            link: Some("https://ci.example/job/wing/12/?a=1&b=<2|3>".to_owned()),
        }
    }

    #[test]
    fn nobody_can_ring_a_channel_by_their_name() {
        let text = message().payload().to_string();
        assert!(text.contains("Ada &lt;!channel&gt; &amp; Sons"), "{text}");
        assert!(!text.contains("<!channel>"), "{text}");
    }

    #[test]
    fn a_link_stays_one_link() {
        let text = message().payload().to_string();
        assert!(
            text.contains("<https://ci.example/job/wing/12/?a=1&amp;b=%3C2%7C3%3E|open>"),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_address_of_the_web_is_no_link() {
        assert_eq!(address("javascript:alert(1)"), None);
        assert_eq!(address("https://ci.example/a b"), None);
    }

    #[test]
    fn phones_show_the_headline() {
        let payload = message().payload();
        assert_eq!(payload["text"], "Win:G 0.1.0-abc was released to prod");
        assert_eq!(payload["blocks"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn details_are_one_line_of_bounded_length() {
        assert_eq!(escape("one\r\ntwo"), "one  two");
        let long = escape(&"가".repeat(LONGEST + 10));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with('…'));
    }
}
