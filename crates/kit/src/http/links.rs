//! Addresses within this site: which may be followed, how they are written, and
//! redirects to them.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What must not stand in an address as it is (RFC 3986, 2.2 and 2.3), beside
/// everything that is not ASCII.
const NOT_IN_ADDRESSES: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Everything but the unreserved characters of RFC 3986, 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest address that is followed, in bytes.
const MAX_PATH: usize = 2048;

/// `next` if it is a path of this site of at most 2,048 bytes, else `/`: what may
/// follow a redirect that a visitor can influence. `//host` and `/\host` are other
/// sites to a browser, which also drops tabs and line breaks first (WHATWG URL, 4.4).
pub fn local_path(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|c: char| c == '\\' || c.is_control())
        && next.len() <= MAX_PATH;
    if is_local { next } else { "/" }
}

/// A text encoded to stand as one segment of a path or one value of a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// 303 to a local path, which may hold letters of any script: on to another page after
/// a form was taken (RFC 9110, 15.4.4).
pub fn see_other(path: &str) -> HttpResponse {
    redirect(StatusCode::SEE_OTHER, path)
}

/// A redirect to a local path with another status, such as 307, which repeats the
/// request with its body.
pub fn redirect(status: StatusCode, path: &str) -> HttpResponse {
    let path = utf8_percent_encode(path, NOT_IN_ADDRESSES).to_string();
    HttpResponse::build(status)
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// 303 to the log-in, which comes back to `next`.
pub fn to_login(next: &str) -> HttpResponse {
    see_other(&format!("/login?next={}", encode(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(response: &HttpResponse) -> &str {
        let location = response.headers().get(header::LOCATION);
        location.and_then(|value| value.to_str().ok()).expect("one")
    }

    #[test]
    fn letters_of_any_script_are_encoded_and_what_is_encoded_stays() {
        let to = see_other("/artists/밤?q=a+b&c=%2F#x");
        assert_eq!(location(&to), "/artists/%EB%B0%A4?q=a+b&c=%2F#x");
        assert_eq!(location(&see_other("/a\r\nb \"")), "/a%0D%0Ab%20%22");
        assert_eq!(
            location(&to_login("/a-b?b=c")),
            "/login?next=%2Fa-b%3Fb%3Dc"
        );
    }

    #[test]
    fn only_paths_of_this_site_follow() {
        for local in ["/albums/x?y=1#z", "/tracks/새벽?x=1", "/%0d%0aSet-Cookie:a"] {
            assert_eq!(local_path(local), local);
        }
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\\evil.example",
            "/\t/evil",
            "/a\r\nb",
            "evil",
            "",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(MAX_PATH))), "/");
    }

    proptest::proptest! {
        /// As a browser reads it.
        #[test]
        fn what_follows_stays_on_this_site(next in "[/\\\\a-z:@.?#%\\t\\r\\n\\x00 ]{0,12}") {
            let path = local_path(&next);
            let read = path.replace(['\t', '\r', '\n'], "").replace('\\', "/");
            proptest::prop_assert!(read.starts_with('/') && !read.starts_with("//"), "{path:?}");
        }
    }
}
