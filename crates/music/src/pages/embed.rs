//! `/tracks/{slug}/embed`, a small player for other sites' pages, and
//! `/oembed`, which hands it to them.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;
use wing_kit::Problem;
use wing_ui::Page;
use wing_ui::view::TrackItem;

use super::{page, view};
use crate::error::Error;
use crate::model::{Track, TrackStatus};
use crate::service::Music;

/// The player's height in pixels; it is as wide as its place, up to any width.
pub const HEIGHT: u32 = 160;
/// The width it asks for.
pub const WIDTH: u32 = 480;

/// Any page may show this one; nothing in it runs.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(track_embed).service(oembed);
}

#[derive(Template)]
#[template(path = "embed.html")]
pub(super) struct EmbedPage {
    pub page: Page,
    pub item: TrackItem,
}

async fn published(music: &Music, slug: &str) -> Result<Track, Error> {
    let (track, _) = music.get_track_by_slug(None, slug).await?;
    if track.status == TrackStatus::Published {
        Ok(track)
    } else {
        Err(Error::NotFound)
    }
}

#[get("/tracks/{slug}/embed")]
async fn track_embed(
    music: web::Data<Music>,
    req: HttpRequest,
    slug: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let track = published(&music, &slug).await?;
    let mut item = view::track(&track, false);
    let detail = music.track_detail(None, track.id).await?;
    item.peaks = detail.file.and_then(|file| file.peaks).unwrap_or_default();
    let page = page(&music, &req, track.title.as_str()).canonical(item.url());
    let mut answer = wing_ui::render(&EmbedPage { page, item });
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        header::HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("public, max-age=300"),
    );
    headers.insert(
        header::VARY,
        header::HeaderValue::from_static("Accept-Language, Cookie"),
    );
    // The pages' own policy would keep the frame apart from its opener only; a
    // frame has none, and some embedders refuse documents that ask for it.
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, header::HeaderValue::from_static("unsafe-none"));
    Ok(answer)
}

/// What an oEmbed consumer asks (oembed.com, 2.2).
#[derive(Debug, Deserialize)]
struct Asked {
    url: String,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    maxwidth: Option<u32>,
    #[serde(default)]
    maxheight: Option<u32>,
}

#[get("/oembed")]
async fn oembed(
    music: web::Data<Music>,
    req: HttpRequest,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Error> {
    if asked
        .format
        .as_deref()
        .is_some_and(|format| format != "json")
    {
        let problem = Problem::new(
            StatusCode::NOT_IMPLEMENTED,
            "only_json",
            "oEmbed is answered as JSON.",
        );
        return Err(problem.into());
    }
    let slug = slug_of(&asked.url, &music.config.public_url).ok_or(Error::NotFound)?;
    let track = published(&music, &slug).await?;
    let item = view::track(&track, false);
    let page = page(&music, &req, "");
    let width = asked.maxwidth.map_or(WIDTH, |most| most.min(WIDTH));
    let height = asked.maxheight.map_or(HEIGHT, |most| most.min(HEIGHT));
    let src = page.absolute(format!("{}/embed", item.url()));
    let mut answer = json!({
        "version": "1.0",
        "type": "rich",
        "provider_name": "Win:G",
        "provider_url": page.absolute("/"),
        "title": item.title,
        "author_name": item.artist,
        "author_url": page.absolute(item.artist_url()),
        "width": width,
        "height": height,
        "html": Frame { src: &src, title: &item.title, width, height }.render().map_err(|_| Problem::internal())?,
    });
    if let Some(cover) = &item.cover {
        answer["thumbnail_url"] = page.absolute(cover.src(512)).into();
        answer["thumbnail_width"] = 512.into();
        answer["thumbnail_height"] = 512.into();
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .json(answer))
}

#[derive(Template)]
#[template(
    source = r#"<iframe src="{{ src }}" width="{{ width }}" height="{{ height }}" title="{{ title }}" loading="lazy"></iframe>"#,
    ext = "html"
)]
struct Frame<'a> {
    src: &'a str,
    title: &'a str,
    width: u32,
    height: u32,
}

/// The slug in the address of one of our tracks' pages.
fn slug_of(address: &str, public_url: &str) -> Option<String> {
    let rest = address
        .trim()
        .strip_prefix(public_url.trim_end_matches('/'))?;
    let slug = rest
        .strip_prefix("/tracks/")?
        .split(['?', '#', '/'])
        .next()?;
    let slug = percent_decode_str(slug).decode_utf8().ok()?;
    (!slug.is_empty()).then(|| slug.into_owned())
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn only_our_own_tracks_are_embedded() {
        let ours = "https://wing.example";
        assert_eq!(
            slug_of("https://wing.example/tracks/blue?x=1#t=3s", ours).as_deref(),
            Some("blue")
        );
        assert_eq!(
            slug_of("https://wing.example/tracks/%EB%B0%A4", ours).as_deref(),
            Some("밤")
        );
        for foreign in [
            "https://wing.example.evil/tracks/x",
            "https://wing.example/albums/x",
            "/tracks/x",
            "",
        ] {
            assert_eq!(slug_of(foreign, ours), None, "{foreign}");
        }
    }
}
