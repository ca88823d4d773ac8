//! Passwords that anybody would try first (NIST SP 800-63B, 5.1.1.2).

use zxcvbn::Score;

use super::hangul::typed_in_korean;

/// Characters that are judged: what is common is short, and the time it takes grows with
/// the square of the length.
const JUDGED: usize = 48;

/// Whether a password is among the first that anybody would try for an account whose
/// `own` words are known: below a million guesses by the lists of common passwords, names
/// and words and the patterns of zxcvbn (USENIX Security 2016), or a Korean word, typed
/// as such or with the keyboard in English.
pub(super) fn is_common(password: &str, own: &[&str]) -> bool {
    let judged: String = password.chars().take(JUDGED).collect();
    let known: Vec<&str> = own
        .iter()
        .copied()
        .chain(["wing", "win:g", "wing-g"])
        .collect();
    if zxcvbn::zxcvbn(&judged, &known).score() < Score::Two {
        return true;
    }
    // The shift key is not always held.
    [judged.as_str(), &judged.to_lowercase()]
        .iter()
        .any(|text| is_korean_word(&typed_in_korean(text)))
}

/// Whether a text is a word of the list, or several, with digits and marks around.
fn is_korean_word(text: &str) -> bool {
    let mut rest = text.trim_matches(|c: char| !c.is_alphabetic());
    if !rest.contains(|c: char| ('가'..='힣').contains(&c)) {
        return false;
    }
    // The longest that fits goes first; a few words are as soon guessed as one.
    for _ in 0..3 {
        let fitting = KOREAN
            .split_whitespace()
            .filter(|word| rest.starts_with(word));
        let Some(word) = fitting.max_by_key(|word| word.len()) else {
            return false;
        };
        rest = rest[word.len()..].trim_start_matches(|c: char| !c.is_alphabetic());
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// Greetings, wishes, people, places and things that Korean passwords are made of.
const KOREAN: &str = include_str!("korean_words.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_and_keyboards_know_is_common() {
        for text in [
            "trustno1",
            "starwars",
            "12345678a",
            "samsung1",
            "dkssudgktpdy",
            "password",
            "Password1!",
            "12345678",
            "qwertyui",
            "aaaaaaaa",
            "1q2w3e4r",
            "p@ssw0rd",
            "abababab",
            "iloveyou123",
            "welcome2024",
            "안녕하세요사랑해",
            "사랑합니다1004",
            "eogksalsrnr1!",
            "TKFKDGODY",
            "qlalfqjsgh",
            "rkskekfk12",
            "dkssud dkssud",
        ] {
            assert!(is_common(text, &[]), "{text}");
        }
        assert!(is_common(
            "riverlistener",
            &["river", "listener", "riverlistener"]
        ));
    }

    #[test]
    fn phrases_are_not() {
        for text in [
            "correct horse",
            "a quiet evening by the river",
            "nine herons on a weir",
            "밤의 산책을 하자",
            "another good phrase",
            "사랑은 비를 타고 왔다",
            "xk2Lq9vT",
        ] {
            assert!(!is_common(text, &["ann", "lee"]), "{text}");
        }
    }
}
