//! Text from strangers' files, made fit to store and show.

use unicode_normalization::UnicodeNormalization;

/// Characters that change the direction of the text around them (Unicode Bidirectional Algorithm,
/// UAX #9): in a title they reorder the page that shows it.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Invisible characters that make two different titles look the same, and noncharacters. Zero
/// width joiners stay: emoji and several scripts need them.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of at most `most` characters: NFC, control and bidirectional characters removed,
/// blanks collapsed. `None` when nothing is left. Takes time for what it keeps, not for what it
/// cuts off.
pub(crate) fn line(text: &str, most: usize) -> Option<String> {
    let mut clean = String::new();
    let mut blank = false;
    let visible = text
        .chars()
        .take(most.saturating_mul(16))
        .filter(|c| !turns_text(*c) && !hides(*c));
    for c in visible.nfc() {
        if c.is_whitespace() || c.is_control() {
            blank = !clean.is_empty();
            continue;
        }
        if blank {
            clean.push(' ');
            blank = false;
        }
        clean.push(c);
    }
    cut(clean, most)
}

/// Several lines, for lyrics: as [`line`], but line breaks stay (as `\n`, at most two in a row).
pub(crate) fn block(text: &str, most: usize) -> Option<String> {
    let mut clean = String::new();
    let mut breaks = 0;
    let head: String = text.chars().take(most.saturating_mul(4)).collect();
    let unix = head
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    for text in unix.split('\n') {
        match line(text, most) {
            Some(text) => {
                if !clean.is_empty() {
                    clean.push_str(if breaks > 1 { "\n\n" } else { "\n" });
                }
                clean.push_str(&text);
                breaks = 1;
            }
            None => breaks += 1,
        }
    }
    cut(clean, most)
}

fn cut(mut text: String, most: usize) -> Option<String> {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.truncate(text.trim_end().len());
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_what_reorders_or_hides() {
        assert_eq!(line("a\u{202e}cba\u{2069}", 200).as_deref(), Some("acba"));
        assert_eq!(
            line("no\u{200b}thing\u{feff}", 200).as_deref(),
            Some("nothing")
        );
        assert_eq!(
            line("tab\there\0\u{7}  and\nthere ", 200).as_deref(),
            Some("tab here and there")
        );
        assert_eq!(line(" \u{202e}\n\t ", 200), None);
    }

    #[test]
    fn composes_decomposed_hangul_and_accents() {
        assert_eq!(line("\u{1112}\u{1161}\u{11ab}", 200).as_deref(), Some("한"));
        assert_eq!(line("e\u{301}", 200).as_deref(), Some("é"));
    }

    #[test]
    fn cuts_by_characters_and_not_within_one() {
        let text = "가".repeat(1_000_000);
        assert_eq!(line(&text, 200).map(|t| t.chars().count()), Some(200));
        assert_eq!(block(&text, 5000).map(|t| t.chars().count()), Some(5000));
    }

    #[test]
    fn keeps_the_lines_of_lyrics() {
        let lyrics = "one\r\ntwo\r\n\r\n\r\n\r\nthree\u{202e}\n\n";
        assert_eq!(block(lyrics, 100).as_deref(), Some("one\ntwo\n\nthree"));
    }
}
