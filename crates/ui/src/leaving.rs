//! The page between this site and another one.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::http::header::HeaderValue;
use askama::Template;

use crate::{Page, render};

/// An address of another site that one may be sent to: `https` and a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    address: String,
    host: String,
}

impl Destination {
    /// Takes an absolute address. `None` for another scheme than `https`, for one
    /// with a user name, which could pass for the host, and for one without a
    /// host or with characters that an address has to escape.
    pub fn parse(address: &str) -> Option<Self> {
        // All that RFC 3986 lets stand as it is.
        let is_written =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
        let is_plain = address.bytes().all(is_written);
        let after = address.strip_prefix("https://").filter(|_| is_plain)?;
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let host = &after[..end];
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
        let is_good = host.bytes().all(is_host) && !host.is_empty() && !host.starts_with(':');
        is_good.then(|| Self {
            address: address.to_owned(),
            host: host.to_owned(),
        })
    }

    /// The host, as a reader is shown it.
    pub fn host(&self) -> &str {
        &self.host
    }
}

#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage<'a> {
    page: &'a Page,
    address: &'a str,
    host: &'a str,
    back: &'a str,
}

/// A page that says where one goes and goes on there: by a script at once, and by
/// a link. The policy `form-action 'self'` refuses a redirect to another site in
/// answer to a form, so a form that leads there redirects to this page (303, on
/// an address of its own) instead. `back` is the local path for those who do not
/// want to go.
pub fn leaving_page(page: &Page, destination: &Destination, back: &str) -> HttpResponse {
    let mut page = page.clone().own_document();
    page.title = page.t("leaving.title").into();
    page.canonical = None;
    page.meta = crate::Meta {
        noindex: true,
        ..Default::default()
    };
    let mut response = render(&LeavingPage {
        page: &page,
        address: &destination.address,
        host: &destination.host,
        back,
    });
    // What the address says is between the reader and the other site.
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_other_sites_are_destinations() {
        let pay = Destination::parse("https://pay.example:8443/session?id=1&x=%20#a");
        assert_eq!(
            pay.as_ref().map(Destination::host),
            Some("pay.example:8443")
        );
        let bare = Destination::parse("https://pay.example?x=1");
        assert_eq!(bare.as_ref().map(Destination::host), Some("pay.example"));
        for bad in [
            "",
            "/payments/1",
            "//pay.example/",
            "http://pay.example/",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://:443/",
            "https://pay.example@evil.example/",
            "https://pay.example\\@evil.example/",
            "https://pay.example/a b",
            "https://pay.example/\r\nX: 1",
        ] {
            assert_eq!(Destination::parse(bad), None, "{bad}");
        }
    }
}
