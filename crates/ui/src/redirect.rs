//! On to another page of this site.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What must not stand in an address as it is (RFC 3986, 2.2 and 2.3), beside
/// everything that is not ASCII.
const UNWRITTEN: &AsciiSet = &CONTROLS
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

/// 303 to a local path, which may hold letters of any script: on to another page after
/// a form was taken (RFC 9110, 15.4.4).
pub fn see_other(path: &str) -> HttpResponse {
    redirect(StatusCode::SEE_OTHER, path)
}

/// A redirect to a local path with another status, such as 307, which repeats the
/// request with its body.
pub fn redirect(status: StatusCode, path: &str) -> HttpResponse {
    let path = utf8_percent_encode(path, UNWRITTEN).to_string();
    HttpResponse::build(status)
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// 303 to the log-in, which comes back to `next`.
pub fn to_login(next: &str) -> HttpResponse {
    see_other(&format!("/login?next={}", query_value(next)))
}

/// A text encoded to stand as a value in a query.
pub fn query_value(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
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
        assert_eq!(location(&to_login("/a?b=c")), "/login?next=%2Fa%3Fb%3Dc");
    }
}
