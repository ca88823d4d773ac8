//! The headers of tus 1.0 (<https://tus.io/protocols/resumable-upload>).

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822;
use wing_contracts::Timestamp;
use wing_kit::{Problem, text};

use crate::model::Checksum;
pub use crate::service::uploads::UPLOAD_OFFSET;

/// `Tus-Resumable`: the version a request speaks.
pub const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
/// `Tus-Version`: the versions the server speaks.
pub const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
/// `Tus-Extension`.
pub const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
/// `Tus-Max-Size`, in bytes.
pub const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
/// `Tus-Checksum-Algorithm`.
pub const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
/// `Upload-Length`, in bytes.
pub const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
/// `Upload-Metadata`.
pub const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// `Upload-Checksum`.
pub const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
/// `Upload-Expires`, an HTTP date.
pub const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// The version spoken here.
pub const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
/// The extensions spoken here.
pub const EXTENSIONS: HeaderValue =
    HeaderValue::from_static("creation,creation-with-upload,expiration,checksum,termination");
/// The checksums understood here.
pub const ALGORITHMS: HeaderValue = HeaderValue::from_static("sha1,sha256");

/// The most bytes `Upload-Metadata` may have.
const MAX_METADATA: usize = 4096;
/// The most pairs it may have.
const MAX_PAIRS: usize = 16;

/// What `Upload-Metadata` says of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The file's name, one clean line without directories; may be empty.
    pub filename: String,
    /// The media type claimed; may be empty.
    pub filetype: String,
}

impl Metadata {
    /// Reads `key base64, key base64, …`.
    pub fn parse(header: &str) -> Result<Self, Problem> {
        let wrong = || {
            Problem::bad_request(
                "bad_metadata",
                "`Upload-Metadata` has pairs of a key and a base64 value, separated by commas; at most 16 pairs and 4096 bytes.",
            )
        };
        if header.len() > MAX_METADATA {
            return Err(wrong());
        }
        let mut metadata = Self::default();
        let mut keys: Vec<&str> = Vec::new();
        for pair in header
            .split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
        {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            if keys.contains(&key)
                || keys.len() == MAX_PAIRS
                || !key.bytes().all(|b| b.is_ascii_graphic())
            {
                return Err(wrong());
            }
            keys.push(key);
            let value = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
            // Names in other encodings exist; what does not read is marked, not refused.
            let value = text::clean_line(&String::from_utf8_lossy(&value));
            match key {
                "filename" | "name" => metadata.filename = base_name(&value),
                "filetype" | "type" => metadata.filetype = value.chars().take(100).collect(),
                _ => {}
            }
        }
        Ok(metadata)
    }
}

/// The last part of a path of any system, at most 200 characters. It is shown
/// and searched for a title; no path is ever made of it.
fn base_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.trim()
        .trim_start_matches("..")
        .chars()
        .take(200)
        .collect()
}

/// Reads `sha1 …` or `sha256 …`, the digest in base64.
pub fn checksum(header: &str) -> Result<Checksum, Problem> {
    let wrong = || {
        Problem::bad_request(
            "bad_checksum",
            "`Upload-Checksum` has an algorithm, sha1 or sha256, and the digest in base64.",
        )
    };
    let (algorithm, digest) = header.trim().split_once(' ').ok_or_else(wrong)?;
    let digest = STANDARD.decode(digest.trim()).map_err(|_| wrong())?;
    match (algorithm, digest.len()) {
        ("sha1", 20) => Ok(Checksum::Sha1(digest)),
        ("sha256", 32) => Ok(Checksum::Sha256(digest)),
        _ => Err(wrong()),
    }
}

/// The header as text, if it is there.
pub fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    headers
        .get(name)
        .map(|value| {
            value.to_str().map_err(|_| {
                Problem::bad_request(
                    "bad_header",
                    "A header has characters that cannot stand in one.",
                )
            })
        })
        .transpose()
}

/// The header as a number of bytes, if it is there.
pub fn number_of(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Problem> {
    let digits = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten().ok_or_else(|| {
            Problem::bad_request(
                "bad_number",
                "A length or an offset is a whole number of bytes.",
            )
        })
    };
    text_of(headers, name)?.map(digits).transpose()
}

/// Refuses another version of the protocol with 412.
pub fn check_version(req: &HttpRequest) -> Result<(), Problem> {
    if req.headers().get(TUS_RESUMABLE) == Some(&VERSION) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "tus_version",
        "This server speaks tus 1.0.0; say so with `Tus-Resumable: 1.0.0`.",
    )
    .header(TUS_VERSION, VERSION))
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
pub fn http_date(at: Timestamp) -> Option<HeaderValue> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    let text = rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .ok()?;
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> String {
        STANDARD.encode(text)
    }

    #[test]
    fn names_lose_their_directories_and_what_turns_text() {
        for (sent, kept) in [
            ("밤 산책.flac", "밤 산책.flac"),
            ("../../etc/passwd", "passwd"),
            ("C:\\music\\a.mp3", "a.mp3"),
            ("..", ""),
            ("a\u{202e}3pm.exe\n", "a3pm.exe"),
            ("<b>x</b>.flac", "b>.flac"),
        ] {
            let header = format!(
                "filename {},filetype {}",
                encoded(sent),
                encoded("audio/flac")
            );
            let metadata = Metadata::parse(&header).expect("reads");
            assert_eq!(metadata.filename, kept, "{sent}");
            assert_eq!(metadata.filetype, "audio/flac");
        }
        assert_eq!(
            Metadata::parse("filetype ,filename YQ==")
                .expect("reads")
                .filename,
            "a"
        );
        assert_eq!(Metadata::parse("").expect("reads"), Metadata::default());
    }

    #[test]
    fn metadata_that_does_not_read_is_refused() {
        let many = (0..17)
            .map(|n| format!("k{n} YQ=="))
            .collect::<Vec<_>>()
            .join(",");
        for wrong in [
            "filename ???",
            "filename YQ==,filename YQ==",
            "키 YQ==",
            &many,
            &"a".repeat(4097),
        ] {
            assert!(Metadata::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_checksum_has_the_length_of_its_algorithm() {
        let sha1 = format!("sha1 {}", STANDARD.encode([1; 20]));
        assert_eq!(checksum(&sha1).ok(), Some(Checksum::Sha1(vec![1; 20])));
        for wrong in [
            "",
            "sha1",
            "sha1 YQ==",
            "md5 AAAA",
            &sha1.replace("sha1", "sha256"),
            "sha1 é",
        ] {
            assert!(checksum(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_those_of_http() {
        let date = http_date(Timestamp(784_111_777_000)).expect("a date");
        assert_eq!(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(header in "\\PC{0,300}") {
            let _ = Metadata::parse(&header);
            let _ = checksum(&header);
        }

        #[test]
        fn a_name_never_holds_a_separator_or_a_control(name in "\\PC{0,300}") {
            let metadata = Metadata::parse(&format!("filename {}", encoded(&name))).expect("reads");
            prop_assert!(!metadata.filename.contains(['/', '\\']));
            prop_assert!(!metadata.filename.chars().any(char::is_control));
            prop_assert!(metadata.filename.chars().count() <= 200);
        }
    }
}
