//! The headers that every answer carries, and those that every page does.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::Config;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Swagger UI writes styles into its page.
const CSP_SWAGGER: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Tickets are scanned with the camera, and concerts near by are looked for; no
/// page listens, and nothing that is embedded gets any of it.
const PERMISSIONS: &str = "camera=(self), geolocation=(self), microphone=()";

/// What all answers of a process carry.
pub(super) struct Headers {
    csp: HeaderValue,
    is_https: bool,
}

impl Headers {
    pub(super) fn new(config: &Config) -> Self {
        let policy = content_security_policy(config);
        // Visible ASCII alone, as `Origins` are: the strictest there is otherwise.
        let strictest = HeaderValue::from_static("default-src 'none'");
        Self {
            csp: policy.try_into().unwrap_or(strictest),
            is_https: config.is_https(),
        }
    }

    /// Puts them on an answer to `path`, which is a page or is not.
    pub(super) fn set(&self, id: &str, path: &str, is_page: bool, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, value);
        }
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if is_page {
            self.preset(path, headers);
        }
        if self.is_https {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000; includeSubDomains"),
            );
        }
    }

    /// Keeps JSON that was answered to somebody logged in out of every cache, unless its
    /// handler said otherwise.
    pub(super) fn keep_private(headers: &mut HeaderMap) {
        let is_json = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.contains("json"));
        if is_json && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }

    /// What a page has unless its handler set another value.
    fn preset(&self, path: &str, headers: &mut HeaderMap) {
        let text = HeaderValue::from_static;
        let policy = if path.starts_with("/swagger-ui") {
            text(CSP_SWAGGER)
        } else {
            self.csp.clone()
        };
        let presets = [
            (header::CONTENT_SECURITY_POLICY, policy),
            (
                header::REFERRER_POLICY,
                text("strict-origin-when-cross-origin"),
            ),
            (PERMISSIONS_POLICY, text(PERMISSIONS)),
            (OPENER_POLICY, text("same-origin")),
            (header::CACHE_CONTROL, text("private, no-cache")),
        ];
        for (name, value) in presets {
            if !headers.contains_key(&name) {
                headers.insert(name, value);
            }
        }
    }
}

/// Scripts and styles come from this site alone, and nothing written into a page
/// can run. Pictures, sound and what scripts fetch come from here and from where
/// the operator says. Players of streams run their decoders as workers that they
/// write themselves (`blob:`).
///
/// `form-action` also covers where an answer to a form redirects to: a page that
/// leads to another site after a form is one of its own (`wing_ui::leaving_page`).
fn content_security_policy(config: &Config) -> String {
    let Config {
        tile_origins: tiles,
        media_origins: media,
        frame_origins: frames,
        ..
    } = config;
    format!(
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; \
         img-src 'self' data: blob:{tiles}; media-src 'self' blob:{media}; \
         connect-src 'self'{tiles}{media}; font-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'; frame-src{frames}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(settings: &[(&str, &str)], path: &str, mut headers: HeaderMap) -> HeaderMap {
        let config = Config::from_lookup(|name| {
            let found = settings.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let all = Headers::new(&config.expect("settings"));
        all.set("id", path, true, &mut headers);
        headers
    }

    fn directive(headers: &HeaderMap, name: &str) -> String {
        let policy = headers.get("content-security-policy").expect("a policy");
        let policy = policy.to_str().expect("a text");
        let mut parts = policy.split("; ").map(str::trim);
        parts
            .find(|part| part.split(' ').next() == Some(name))
            .unwrap_or_else(|| panic!("no {name} in {policy}"))
            .to_owned()
    }

    #[test]
    fn a_page_loads_from_its_own_site_unless_the_operator_says_more() {
        let plain = page(&[], "/", HeaderMap::new());
        for (name, value) in [
            ("script-src", "script-src 'self'"),
            ("img-src", "img-src 'self' data: blob:"),
            ("media-src", "media-src 'self' blob:"),
            ("connect-src", "connect-src 'self'"),
            ("form-action", "form-action 'self'"),
            (
                "frame-src",
                "frame-src https://www.youtube-nocookie.com https://player.vimeo.com",
            ),
        ] {
            assert_eq!(directive(&plain, name), value);
        }
        let settings = [
            ("WING_TILE_ORIGINS", "https://tile.example"),
            ("WING_MEDIA_ORIGINS", "https://hls.example"),
            ("WING_FRAME_ORIGINS", "https://player.example"),
        ];
        let more = page(&settings, "/", HeaderMap::new());
        for (name, value) in [
            ("script-src", "script-src 'self'"),
            ("img-src", "img-src 'self' data: blob: https://tile.example"),
            ("media-src", "media-src 'self' blob: https://hls.example"),
            (
                "connect-src",
                "connect-src 'self' https://tile.example https://hls.example",
            ),
            ("frame-src", "frame-src https://player.example"),
        ] {
            assert_eq!(directive(&more, name), value);
        }
    }

    #[test]
    fn a_host_that_would_change_the_policy_stops_the_start() {
        for variable in [
            "WING_TILE_ORIGINS",
            "WING_MEDIA_ORIGINS",
            "WING_FRAME_ORIGINS",
        ] {
            let config = Config::from_lookup(|name| {
                (name == variable).then(|| "https://a.example; script-src *".to_owned())
            });
            let error = config.expect_err("refused").to_string();
            assert!(error.contains(variable), "{error}");
        }
    }

    #[test]
    fn camera_and_place_are_for_our_own_pages() {
        let headers = page(&[], "/", HeaderMap::new());
        assert_eq!(
            headers.get("permissions-policy").map(HeaderValue::as_bytes),
            Some(&b"camera=(self), geolocation=(self), microphone=()"[..])
        );
    }

    #[test]
    fn what_a_handler_set_stays() {
        let mut own = HeaderMap::new();
        own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let headers = page(&[], "/", own);
        assert_eq!(
            headers
                .get(header::CACHE_CONTROL)
                .map(HeaderValue::as_bytes),
            Some(&b"no-store"[..])
        );
        assert!(
            directive(&page(&[], "/swagger-ui/", HeaderMap::new()), "style-src")
                .contains("unsafe-inline")
        );
    }
}
