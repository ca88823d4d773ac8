//! Text as people type it, made safe to store and show.

use crate::problem::Invalid;

/// Whether a character may not stand in a single line of text: controls, and
/// the marks that turn the direction of what follows (UAX #9), which can make
/// a name read as another.
fn is_unwelcome(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
        || matches!(
            c,
            '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{2028}' | '\u{2029}'
        )
}

/// One line: controls and direction marks removed, blanks folded, trimmed.
pub fn clean_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4096));
    for word in text.split_whitespace() {
        let before = line.len();
        if before > 0 {
            line.push(' ');
        }
        let start = line.len();
        line.extend(word.chars().filter(|c| !is_unwelcome(*c)));
        if line.len() == start {
            line.truncate(before);
        }
    }
    line
}

/// Several lines: as [`clean_line`], but line breaks stay (as `\n`) and no more
/// than one empty line follows another.
pub fn clean_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len().min(65_536));
    let mut empty = 0;
    for line in text.lines() {
        let kept: String = line
            .chars()
            .filter(|c| *c == '\t' || !is_unwelcome(*c))
            .collect();
        let kept = kept.trim_end();
        empty = if kept.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            lines.push_str(kept);
            lines.push('\n');
        }
    }
    lines.trim_matches('\n').to_owned()
}

/// One line of 1 to `max` characters.
pub fn line(text: &str, max: usize) -> Result<String, Invalid> {
    let line = clean_line(text);
    if line.is_empty() {
        return Err(Invalid::new("required", "This must not be empty."));
    }
    within(line, max)
}

/// Several lines of at most `max` characters; may be empty.
pub fn lines(text: &str, max: usize) -> Result<String, Invalid> {
    within(clean_lines(text), max)
}

fn within(text: String, max: usize) -> Result<String, Invalid> {
    if text.chars().count() > max {
        return Err(Invalid::new(
            "too_long",
            "This is longer than there is room for.",
        ));
    }
    Ok(text)
}

/// Declares texts that people write, each a type of its own that only a checked text
/// becomes: `Name = text::line, 100;` is one line of 1 to 100 characters,
/// `Description = text::lines, 5_000;` are lines that may be empty.
#[macro_export]
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $parse:path, $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX: u32 = $max;

            /// Cleans and checks what somebody typed.
            pub fn parse(given: &str) -> Result<Self, $crate::problem::Invalid> {
                $parse(given, Self::MAX as usize).map(Self)
            }

            /// The text alone, cleaned and checked: what entities keep.
            pub fn text(given: &str) -> Result<String, $crate::problem::Invalid> {
                Self::parse(given).map(Self::into_string)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text itself.
            pub fn into_string(self) -> String {
                self.0
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_marks_and_controls_go() {
        assert_eq!(clean_line("  a\u{202E}b\u{0}\tc \u{200F} d "), "ab c d");
        assert_eq!(
            line("\u{202E} \n", 10),
            Err(Invalid::new("required", "This must not be empty."))
        );
    }

    #[test]
    fn verses_keep_their_lines() {
        assert_eq!(clean_lines("하나\r\n둘\n\n\n\n셋\n"), "하나\n둘\n\n셋");
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(line(&"밤".repeat(200), 200).is_ok());
        assert!(line(&"밤".repeat(201), 200).is_err());
    }
}
