//! What a file is when it is not audio, so that the refusal can say it.

use crate::NotAudio;

/// Judges by the first bytes. `None` when they are no known signature.
pub(super) fn by_magic(head: &[u8]) -> Option<NotAudio> {
    const SIGNATURES: &[(usize, &[u8], NotAudio)] = &[
        (0, b"\x89PNG\r\n\x1a\n", NotAudio::Image),
        (0, b"\xff\xd8\xff", NotAudio::Image),
        (0, b"GIF87a", NotAudio::Image),
        (0, b"GIF89a", NotAudio::Image),
        (8, b"WEBP", NotAudio::Image),
        (0, b"II*\0", NotAudio::Image),
        (0, b"MM\0*", NotAudio::Image),
        (0, b"8BPS", NotAudio::Image),
        (0, b"PK\x03\x04", NotAudio::Archive),
        (0, b"PK\x05\x06", NotAudio::Archive),
        (0, b"\x1f\x8b\x08", NotAudio::Archive),
        (0, b"7z\xbc\xaf\x27\x1c", NotAudio::Archive),
        (0, b"Rar!\x1a\x07", NotAudio::Archive),
        (0, b"\xfd7zXZ\0", NotAudio::Archive),
        (0, b"\x28\xb5\x2f\xfd", NotAudio::Archive),
        (0, b"BZh", NotAudio::Archive),
        (0, b"%PDF-", NotAudio::Pdf),
        (0, b"\x1a\x45\xdf\xa3", NotAudio::Video),
        (8, b"AVI ", NotAudio::Video),
        (0, b"FLV\x01", NotAudio::Video),
        (0, b"\0\0\x01\xba", NotAudio::Video),
        (0, b"\0\0\x01\xb3", NotAudio::Video),
        (0, b"\x7fELF", NotAudio::Program),
        (0, b"MZ", NotAudio::Program),
    ];
    let matches = |at: usize, bytes: &[u8]| head.get(at..at + bytes.len()) == Some(bytes);
    if matches(0, b"BM") && matches(6, &[0; 4]) {
        return Some(NotAudio::Image);
    }
    SIGNATURES
        .iter()
        .find(|(at, bytes, _)| matches(*at, bytes))
        .map(|(_, _, kind)| *kind)
}

/// Judges the beginning of a file that no signature fits: HTML, other text, or nothing known.
pub(super) fn by_text(head: &[u8]) -> NotAudio {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return NotAudio::Text;
    }
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut by the end of the window is no reason to call it binary.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return NotAudio::Unknown,
    };
    let printable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    let text = whole.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() || !whole.chars().all(printable) {
        return NotAudio::Unknown;
    }
    let lower = text.to_ascii_lowercase();
    if [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<!--",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
        || (lower.starts_with("<?xml") && lower.contains("<html"))
    {
        NotAudio::Html
    } else if lower.starts_with("<svg") || (lower.starts_with("<?xml") && lower.contains("<svg")) {
        NotAudio::Image
    } else {
        NotAudio::Text
    }
}
