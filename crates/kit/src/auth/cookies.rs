//! The cookies of a browser's session.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use crate::Config;
use crate::http::Gate;

/// A cookie of ours. Over https its name begins so that browsers take it from this very
/// host alone, and only over https (`__Host-`, `__Secure-`; RFC 6265bis, 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    plain: &'static str,
    https: &'static str,
    path: &'static str,
}

/// Holds the access token.
pub const ACCESS: Name = Name {
    plain: "wing_access",
    https: "__Host-wing_access",
    path: "/",
};
/// Holds the refresh token; sent to `/auth` alone, which `__Host-` does not allow.
pub const REFRESH: Name = Name {
    plain: "wing_refresh",
    https: "__Secure-wing_refresh",
    path: "/auth",
};
/// Holds the CSRF token.
pub const CSRF: Name = Name {
    plain: "wing_csrf",
    https: "__Host-wing_csrf",
    path: "/",
};
/// Holds what a device is known by at a log-in.
pub const DEVICE: Name = Name {
    plain: "wing_device",
    https: "__Host-wing_device",
    path: "/",
};

impl Name {
    /// The name where the site is served over https, or is not.
    pub const fn of(self, https: bool) -> &'static str {
        if https { self.https } else { self.plain }
    }

    fn cookie(self, config: &Config, value: String) -> Cookie<'static> {
        Cookie::build(self.of(config.is_https()), value)
            .path(self.path)
            .http_only(true)
            .secure(config.is_https())
            .same_site(SameSite::Lax)
            .finish()
    }
}

/// The value of a cookie of ours that a request has.
pub fn read(req: &HttpRequest, name: Name) -> Option<String> {
    let cookie = req.cookie(name.of(Gate::is_https(req)))?;
    Some(cookie.value().to_owned())
}

/// The cookies that hold a session. The access cookie outlives its token, so
/// that an expired one is recognised and renewed.
pub fn session(config: &Config, access: String, refresh: String) -> [Cookie<'static>; 2] {
    let life = Duration::days(config.session_days);
    let mut cookies = [
        ACCESS.cookie(config, access),
        REFRESH.cookie(config, refresh),
    ];
    for cookie in &mut cookies {
        cookie.set_max_age(life);
    }
    cookies
}

/// The cookie of a new access token for the session that goes on.
pub fn access(config: &Config, token: String) -> Cookie<'static> {
    let mut cookie = ACCESS.cookie(config, token);
    cookie.set_max_age(Duration::days(config.session_days));
    cookie
}

/// The cookies that end a session in the browser.
pub fn cleared(config: &Config) -> [Cookie<'static>; 2] {
    let mut cookies = [
        ACCESS.cookie(config, String::new()),
        REFRESH.cookie(config, String::new()),
    ];
    for cookie in &mut cookies {
        cookie.make_removal();
    }
    cookies
}

/// The cookie that holds the CSRF token for this browser session.
pub fn csrf(config: &Config, token: String) -> Cookie<'static> {
    CSRF.cookie(config, token)
}

/// The cookie by which a device is known at a log-in; it stays when somebody logs out.
pub fn device(config: &Config, token: String) -> Cookie<'static> {
    let mut cookie = DEVICE.cookie(config, token);
    cookie.set_max_age(Duration::days(365));
    cookie
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
