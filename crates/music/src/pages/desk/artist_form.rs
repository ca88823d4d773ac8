//! Creating, editing and removing an artist.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use wing_contracts::ArtistId;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_ui::view::{Field, ImageSet, made_cover};
use wing_ui::{FlashKind, Page};

use super::artist::own;
use super::{MAX_GENRES, file, musician, page};
use crate::error::Error;
use crate::model::{Artist, Genre, Link};
use crate::pages::form::{self, Typed};
use crate::pages::{see_other, view};
use crate::service::Music;
use crate::service::artists::ArtistDraft;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(new)
        .service(create)
        .service(edit)
        .service(update)
        .service(delete)
        .service(set_portrait)
        .service(remove_portrait);
}

/// Empty rows for links that are offered beyond those there are.
const SPARE_LINKS: usize = 2;

/// A genre to tick.
pub(in crate::pages) struct Tick {
    pub id: &'static str,
    pub ticked: bool,
}

#[derive(Template)]
#[template(path = "desk/artist_form.html")]
pub(in crate::pages) struct ArtistForm {
    pub page: Page,
    /// The artist that is edited; none for a new one.
    pub artist: Option<Artist>,
    pub portrait: Option<ImageSet>,
    pub picture_error: Option<String>,
    pub name: Field,
    pub slug: Field,
    pub bio: Field,
    pub debut_on: Field,
    pub video_url: Field,
    pub genres: Vec<Tick>,
    pub genres_error: Option<String>,
    pub most_genres: usize,
    pub links: Vec<Link>,
    pub links_error: Option<String>,
}

impl ArtistForm {
    pub fn new(
        page: Page,
        artist: Option<Artist>,
        draft: &ArtistDraft,
        wrong: Option<&Problem>,
    ) -> Self {
        let lang = page.lang;
        let t = |key: &str| crate::t(lang, key);
        let error = |field| form::error(lang, wrong, field);
        let mut links = draft.links.clone();
        let spare = (links.len() + SPARE_LINKS).clamp(3, 10);
        links.resize(
            spare.max(links.len()),
            Link {
                label: String::new(),
                url: String::new(),
            },
        );
        let slug = draft.slug.clone().unwrap_or_default();
        let page = match form::refusal(lang, wrong) {
            Some(text) => page.flash(FlashKind::Error, text),
            None => page,
        };
        Self {
            portrait: view::image(artist.as_ref().and_then(|artist| artist.portrait.as_ref())),
            picture_error: error("picture"),
            name: Field::new("name", t("artist.name"), &draft.name)
                .required()
                .max_length(100)
                .error(error("name")),
            slug: Field::new("slug", t("artist.slug"), slug)
                .max_length(80)
                .help(t("artist.slug.help"))
                .error(error("slug")),
            bio: Field::new("bio", t("artist.bio"), &draft.bio)
                .kind("textarea")
                .max_length(5_000)
                .help(t("artist.bio.help"))
                .error(error("bio")),
            debut_on: Field::new("debut_on", t("artist.debut"), &draft.debut_on)
                .kind("date")
                .error(error("debut_on")),
            video_url: Field::new("video_url", t("artist.video_url"), &draft.video_url)
                .kind("url")
                .max_length(500)
                .help(t("artist.video_url.help"))
                .error(error("video_url")),
            genres: Genre::ALL
                .iter()
                .map(|genre| Tick {
                    id: genre.id(),
                    ticked: draft.genres.iter().any(|id| id == genre.id()),
                })
                .collect(),
            genres_error: error("genres"),
            most_genres: MAX_GENRES,
            links,
            links_error: error("links"),
            artist,
            page,
        }
    }

    fn made(&self) -> String {
        made_cover(
            &self
                .artist
                .as_ref()
                .map(|artist| artist.id.to_string())
                .unwrap_or_default(),
        )
    }

    fn again(self) -> HttpResponse {
        form::again(&self)
    }
}

fn draft(typed: &Typed) -> ArtistDraft {
    let link = |(label, url): (&str, &str)| Link {
        label: label.to_owned(),
        url: url.trim().to_owned(),
    };
    ArtistDraft {
        slug: Some(typed.get("slug").to_owned()),
        name: typed.get("name").to_owned(),
        bio: typed.get("bio").to_owned(),
        debut_on: typed.get("debut_on").to_owned(),
        links: typed
            .all("link_label")
            .zip(typed.all("link_url"))
            .map(link)
            .filter(|link| !link.url.is_empty() || !link.label.trim().is_empty())
            .collect(),
        video_url: typed.get("video_url").to_owned(),
        genres: typed.all("genres").map(ToOwned::to_owned).collect(),
    }
}

fn titled(page: Page, key: &str) -> Page {
    let title = crate::t(page.lang, key).into();
    Page { title, ..page }
}

#[get("/desk/artists/new")]
async fn new(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
) -> Result<HttpResponse, Error> {
    musician(&viewer)?;
    let page = titled(page(&music, &req, ""), "desk.artist.new");
    Ok(wing_ui::render(&ArtistForm::new(
        page,
        None,
        &ArtistDraft::default(),
        None,
    )))
}

#[post("/desk/artists/new")]
async fn create(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let draft = draft(&typed);
    match music
        .create_artist(&viewer, &draft)
        .await
        .map_err(|error| error.problem())
    {
        Ok(artist) => Ok(see_other(&format!(
            "/desk/artists/{}?did=created",
            artist.id
        ))),
        Err(problem) if form::can_be_mended(&problem) => {
            let page = titled(page(&music, &req, ""), "desk.artist.new");
            Ok(ArtistForm::new(page, None, &draft, Some(&problem)).again())
        }
        Err(problem) => Err(problem.into()),
    }
}

#[get("/desk/artists/{id}/edit")]
async fn edit(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
) -> Result<HttpResponse, Error> {
    let artist = own(&music, &viewer, *id).await?;
    let draft = ArtistDraft::from(&artist);
    let page = page(&music, &req, artist.name.as_str());
    Ok(wing_ui::render(&ArtistForm::new(
        page,
        Some(artist),
        &draft,
        None,
    )))
}

#[post("/desk/artists/{id}/edit")]
async fn update(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let wanted = draft(&typed);
    let change = wanted.clone();
    match music
        .update_artist(&viewer, *id, move |draft| draft.clone_from(&change))
        .await
        .map_err(|error| error.problem())
    {
        Ok(artist) => Ok(see_other(&format!("/desk/artists/{}?did=saved", artist.id))),
        Err(problem) if form::can_be_mended(&problem) => {
            shown_again(&music, &req, &viewer, *id, Some(wanted), &problem).await
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn shown_again(
    music: &Music,
    req: &HttpRequest,
    viewer: &Viewer,
    id: ArtistId,
    typed: Option<ArtistDraft>,
    problem: &Problem,
) -> Result<HttpResponse, Error> {
    let artist = own(music, viewer, id).await?;
    let draft = typed.unwrap_or_else(|| ArtistDraft::from(&artist));
    let page = page(music, req, artist.name.as_str());
    Ok(ArtistForm::new(page, Some(artist), &draft, Some(problem)).again())
}

#[post("/desk/artists/{id}/delete")]
async fn delete(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    music.delete_artist(&viewer, *id).await?;
    Ok(see_other("/desk?did=artist_deleted"))
}

#[post("/desk/artists/{id}/portrait")]
async fn set_portrait(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    form: Multipart,
) -> Result<HttpResponse, Error> {
    own(&music, &viewer, *id).await?;
    let stored = async {
        let bytes = file::picture(&req, form).await?;
        music
            .set_portrait(&viewer, *id, bytes)
            .await
            .map_err(|error| error.problem())
    };
    match stored.await {
        Ok(_) => Ok(see_other(&format!("/desk/artists/{id}/edit?did=cover"))),
        Err(problem) if form::can_be_mended(&problem) => {
            shown_again(&music, &req, &viewer, *id, None, &problem).await
        }
        Err(problem) => Err(problem.into()),
    }
}

#[post("/desk/artists/{id}/portrait/delete")]
async fn remove_portrait(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    _form: Typed,
) -> Result<HttpResponse, Error> {
    music.remove_portrait(&viewer, *id).await?;
    Ok(see_other(&format!(
        "/desk/artists/{id}/edit?did=cover_removed"
    )))
}
