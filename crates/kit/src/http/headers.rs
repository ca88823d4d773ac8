//! The headers that every answer carries, and those that every page does.

use actix_web::http::header::{self, HeaderName, HeaderValue};

use crate::Config;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Scripts, styles, pictures and sound come from this site alone; nothing
/// written into a page can run.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     media-src 'self' blob:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'; frame-src https://www.youtube-nocookie.com https://player.vimeo.com";
/// Swagger UI writes styles into its page.
const CSP_SWAGGER: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Puts them on an answer to `path`, which is a page or is not.
pub(super) fn set(
    config: &Config,
    id: &str,
    path: &str,
    page: bool,
    headers: &mut header::HeaderMap,
) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if page {
        let policy = if path.starts_with("/swagger-ui") {
            CSP_SWAGGER
        } else {
            CSP
        };
        let preset = |headers: &mut header::HeaderMap, name: HeaderName, value: &'static str| {
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        };
        preset(headers, header::CONTENT_SECURITY_POLICY, policy);
        preset(
            headers,
            header::REFERRER_POLICY,
            "strict-origin-when-cross-origin",
        );
        preset(
            headers,
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        );
        preset(
            headers,
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
        preset(headers, header::CACHE_CONTROL, "private, no-cache");
    }
    if config.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
}
