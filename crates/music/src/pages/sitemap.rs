//! `/sitemap.xml` and `/robots.txt`: what search engines are shown of the site.
//!
//! Both languages of a page have one address, which its reader's settings choose
//! between; so no entry names alternates.

use std::collections::VecDeque;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use askama::Template;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Deserialize;
use wing_kit::Problem;
use wing_kit::http::links;
use wing_ui::Lang;

use crate::error::Error;
use crate::model::Genre;
use crate::service::Music;
use crate::service::sitemap::{Kind, Part};

/// Entries of one file. The protocol takes 50,000 and 50 MiB, which as many of
/// the longest addresses would not fit in.
const MOST: i64 = 40_000;
/// Entries in memory at once.
const BATCH: i64 = 1_000;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
    <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
const FOOT: &str = "</urlset>\n";

/// Pages that are there whatever is published; genres follow.
const SITE: [&str; 4] = ["/", "/latest", "/genres", "/artists"];

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(sitemap).service(robots);
}

/// Which file of the map.
#[derive(Deserialize)]
struct Asked {
    part: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "sitemap_index.xml")]
struct Index {
    urls: Vec<String>,
}

/// An address and when its page changed, if that is known.
struct Url {
    address: String,
    changed: Option<String>,
}

#[derive(Template)]
#[template(path = "sitemap_urls.xml")]
struct Urls {
    urls: Vec<Url>,
}

#[get("/sitemap.xml")]
async fn sitemap(music: web::Data<Music>, asked: web::Query<Asked>) -> Result<HttpResponse, Error> {
    let part = asked.part.as_deref();
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| part == Some(kind.as_str()));
    match (part, kind) {
        (None, _) => match music.sitemap_parts(MOST).await? {
            None => {
                let parts = Kind::ALL.map(|kind| Part { kind, after: None });
                Ok(map(&music, true, parts.into()))
            }
            Some(parts) => index(&music, &parts),
        },
        (Some(_), Some(kind)) => {
            let after = asked.after.clone();
            Ok(map(&music, false, [Part { kind, after }].into()))
        }
        (Some("site"), None) => Ok(map(&music, true, VecDeque::new())),
        (Some(_), None) => Err(Error::NotFound),
    }
}

#[get("/robots.txt")]
async fn robots(music: web::Data<Music>) -> HttpResponse {
    let text = format!(
        "User-agent: *\nDisallow: /desk\nDisallow: /me\nDisallow: /auth/\nDisallow: /lang/\n\
         Disallow: /theme/\nDisallow: /likes\nDisallow: /search?\n\nSitemap: {}\n",
        absolute(&music, "/sitemap.xml")
    );
    said("text/plain; charset=utf-8").body(text)
}

fn said(kind: &str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(kind)
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    answer
}

fn index(music: &Music, parts: &[Part]) -> Result<HttpResponse, Error> {
    let site = absolute(music, "/sitemap.xml?part=site");
    let of = |part: &Part| {
        let after = part.after.as_ref();
        let after = after.map_or_else(String::new, |id| format!("&after={id}"));
        let path = format!("/sitemap.xml?part={}{after}", part.kind.as_str());
        absolute(music, &path)
    };
    let urls = std::iter::once(site).chain(parts.iter().map(of)).collect();
    let index = Index { urls }.render().map_err(|_| Problem::internal())?;
    Ok(said(XML).body(index))
}

const XML: &str = "application/xml; charset=utf-8";

/// One file: pages of the site if `site`, then these parts.
fn map(music: &Music, site: bool, parts: VecDeque<Part>) -> HttpResponse {
    let mut head = HEAD.to_owned();
    if site {
        let genres = Genre::ALL
            .iter()
            .map(|genre| format!("/genres/{}", genre.as_str()));
        let pages = SITE.into_iter().map(str::to_owned).chain(genres);
        let url = |path: String| Url {
            address: absolute(music, &path),
            changed: None,
        };
        head.push_str(&written(pages.map(url).collect()));
    }
    let writing = Writing {
        music: music.clone(),
        head: Some(head),
        parts,
        left: MOST,
        ended: false,
    };
    said(XML).streaming(writing.into_stream())
}

/// A file of the map while it is sent.
struct Writing {
    music: Music,
    head: Option<String>,
    parts: VecDeque<Part>,
    /// Entries of this file that may still come.
    left: i64,
    ended: bool,
}

impl Writing {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head.into()));
        }
        while let Some(part) = self.parts.front_mut() {
            let limit = BATCH.min(self.left);
            let entries = self.music.sitemap_entries(part.clone(), limit).await?;
            let Some(last) = entries.last() else {
                self.parts.pop_front();
                continue;
            };
            part.after = Some(last.id.clone());
            self.left -= i64::try_from(entries.len()).unwrap_or(limit);
            let kind = part.kind.as_str();
            let url = |entry: &crate::service::sitemap::Entry| Url {
                address: absolute(
                    &self.music,
                    &format!("/{kind}/{}", links::encode(&entry.slug)),
                ),
                changed: Some(Lang::En.iso(entry.changed_at.0)),
            };
            return Ok(Some(written(entries.iter().map(url).collect()).into()));
        }
        Ok((!std::mem::replace(&mut self.ended, true)).then(|| FOOT.into()))
    }

    /// A failure on the way breaks the answer off, rather than passing half a
    /// map off as all of it.
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        stream::try_unfold(self, |mut writing| async move {
            let next = writing.next().await?;
            Ok(next.map(|bytes| (bytes, writing)))
        })
    }
}

fn written(urls: Vec<Url>) -> String {
    Urls { urls }.render().unwrap_or_default()
}

fn absolute(music: &Music, path: &str) -> String {
    format!("{}{path}", music.config.public_url.trim_end_matches('/'))
}
