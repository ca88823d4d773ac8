//! Scripts, styles, fonts and icons: embedded in a release, from disk in a debug
//! build. Names carry a hash of the content, so browsers keep them for a year.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header::{self, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::Embed;

use crate::prefs;

#[derive(Embed)]
#[folder = "$OUT_DIR/assets"]
struct Files;

static MANIFEST: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let file = Files::get("manifest.json");
    file.and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default()
});

/// Icons at the addresses where browsers look for them, and their logical names.
const ICONS: [(&str, &str); 5] = [
    ("/favicon.svg", "favicon.svg"),
    ("/favicon.ico", "favicon.ico"),
    ("/icon-192.png", "icon-192.png"),
    ("/icon-512.png", "icon-512.png"),
    ("/apple-touch-icon.png", "icon-180.png"),
];

const YEAR: &str = "public, max-age=31536000, immutable";
const DAY: &str = "public, max-age=86400";

/// Mounts `/assets/{file}`, the icons, the web manifest, and the switches for
/// language and colours.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/assets/{file}", web::get().to(asset))
        .route("/assets/{file}", web::head().to(asset))
        .route("/site.webmanifest", web::get().to(web_manifest))
        .route("/lang/{code}", web::get().to(prefs::set_lang))
        .route("/theme/{code}", web::get().to(prefs::set_theme));
    for (path, name) in ICONS {
        cfg.route(path, web::get().to(move |req| named(req, name)));
        cfg.route(path, web::head().to(move |req| named(req, name)));
    }
}

/// The address of an asset by its logical name (`app.js`, `app.css`, `icon-192.png`).
/// A name that was not built keeps its own name, which then answers 404.
pub fn asset_url(name: &str) -> String {
    format!(
        "/assets/{}",
        MANIFEST.get(name).map_or(name, String::as_str)
    )
}

/// Whether an asset was built: scripts and fonts need Node, styles do not.
pub fn has_asset(name: &str) -> bool {
    MANIFEST.contains_key(name)
}

async fn asset(req: HttpRequest, file: web::Path<String>) -> HttpResponse {
    serve(&req, &file, YEAR)
}

async fn named(req: HttpRequest, name: &'static str) -> HttpResponse {
    serve(&req, MANIFEST.get(name).map_or(name, String::as_str), DAY)
}

fn serve(req: &HttpRequest, file: &str, caching: &'static str) -> HttpResponse {
    let known = MIMES.iter().find(|(ending, _)| file.ends_with(ending));
    let Some((_, mime)) = known else {
        return HttpResponse::NotFound().finish();
    };
    let Some((content, coding)) = best(req, file) else {
        return HttpResponse::NotFound().finish();
    };
    // The name already carries the hash of the content; the coding is part of
    // what is compared (RFC 9110, 8.8.3.3).
    let tag = EntityTag::new_strong(format!("{file}{}", coding.unwrap_or_default()));
    let mut answer = HttpResponse::Ok();
    if matches(req, &tag) {
        answer.status(actix_web::http::StatusCode::NOT_MODIFIED);
    }
    answer
        .insert_header(ETag(tag.clone()))
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, "accept-encoding"))
        .content_type(*mime);
    // "identity" keeps a compressing middleware from doing this work again.
    answer.insert_header((header::CONTENT_ENCODING, coding.unwrap_or("identity")));
    if matches(req, &tag) {
        return answer.finish();
    }
    match content {
        Cow::Borrowed(bytes) => answer.body(bytes),
        Cow::Owned(bytes) => answer.body(bytes),
    }
}

const MIMES: [(&str, &str); 7] = [
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".png", "image/png"),
    (".ico", "image/x-icon"),
    (".woff2", "font/woff2"),
    (".webmanifest", "application/manifest+json"),
];

type Content = (Cow<'static, [u8]>, Option<&'static str>);

fn best(req: &HttpRequest, file: &str) -> Option<Content> {
    let accepted = req
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let takes = |coding: &str| {
        accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next() == Some(coding) && words.next() != Some("q=0")
        })
    };
    for (coding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if takes(coding)
            && let Some(found) = Files::get(&format!("{file}{ending}"))
        {
            return Some((found.data, Some(coding)));
        }
    }
    Files::get(file).map(|found| (found.data, None))
}

fn matches(req: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(req) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(items)) => items.iter().any(|item| item.weak_eq(tag)),
        Err(_) => false,
    }
}

async fn web_manifest() -> HttpResponse {
    let icon = |size: u32, purpose: &str| {
        serde_json::json!({
            "src": asset_url(&if purpose == "maskable" { format!("maskable-{size}.png") } else { format!("icon-{size}.png") }),
            "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": purpose,
        })
    };
    let manifest = serde_json::json!({
        "name": "Win:G", "short_name": "Win:G", "start_url": "/", "scope": "/", "display": "standalone",
        "background_color": "#faf8f5", "theme_color": "#16131d",
        "icons": [
            { "src": asset_url("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" },
            icon(192, "any"), icon(512, "any"), icon(192, "maskable"), icon(512, "maskable"),
        ],
    });
    HttpResponse::Ok()
        .content_type("application/manifest+json")
        .insert_header((header::CACHE_CONTROL, DAY))
        .body(manifest.to_string())
}
