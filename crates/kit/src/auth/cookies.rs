//! The cookies of a browser's session.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::Config;

/// Holds the access token.
pub const ACCESS: &str = "wing_access";
/// Holds the refresh token; sent to `/auth` alone.
pub const REFRESH: &str = "wing_refresh";
/// Holds the CSRF token.
pub const CSRF: &str = "wing_csrf";

fn cookie(
    config: &Config,
    name: &'static str,
    value: String,
    path: &'static str,
) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .secure(config.is_https())
        .same_site(SameSite::Lax)
        .finish()
}

/// The cookies that hold a session. The access cookie outlives its token, so
/// that an expired one is recognised and renewed.
pub fn session(config: &Config, access: String, refresh: String) -> [Cookie<'static>; 2] {
    let life = Duration::days(config.session_days);
    let mut cookies = [
        cookie(config, ACCESS, access, "/"),
        cookie(config, REFRESH, refresh, "/auth"),
    ];
    for cookie in &mut cookies {
        cookie.set_max_age(life);
    }
    cookies
}

/// The cookie of a new access token for the session that goes on.
pub fn access(config: &Config, token: String) -> Cookie<'static> {
    let mut cookie = cookie(config, ACCESS, token, "/");
    cookie.set_max_age(Duration::days(config.session_days));
    cookie
}

/// The cookies that end a session in the browser.
pub fn cleared(config: &Config) -> [Cookie<'static>; 2] {
    let mut cookies = [
        cookie(config, ACCESS, String::new(), "/"),
        cookie(config, REFRESH, String::new(), "/auth"),
    ];
    for cookie in &mut cookies {
        cookie.make_removal();
    }
    cookies
}

/// The cookie that holds the CSRF token for this browser session.
pub fn csrf(config: &Config, token: String) -> Cookie<'static> {
    cookie(config, CSRF, token, "/")
}

/// The answer with these cookies set.
pub fn with_cookies<'c>(
    mut response: HttpResponse,
    cookies: impl IntoIterator<Item = Cookie<'c>>,
) -> HttpResponse {
    for cookie in cookies {
        if let Err(error) = response.add_cookie(&cookie) {
            tracing::error!(%error, "a cookie could not be written");
        }
    }
    response
}
