//! Creating, editing and removing an artist.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use wing_contracts::ArtistId;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_kit::http::multipart;
use wing_ui::Page;
use wing_ui::form::{Refusal, Typed, respond};
use wing_ui::view::{Field, ImageSet, made_cover};

use super::artist::own;
use super::{musician, page};
use crate::error::Error;
use crate::model::{Artist, ArtistDraft, Genre, Link, UpdateArtist};
use crate::pages::view;
use crate::service::Music;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(new)
        .service(create)
        .service(edit)
        .service(save)
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
        let refusal = Refusal::new(lang, crate::t, wrong);
        let error = |field| refusal.of_field(field);
        let mut links = draft.links.clone();
        let spare = (links.len() + SPARE_LINKS).clamp(3, 10);
        links.resize(
            spare.max(links.len()),
            Link {
                label: String::new(),
                url: String::new(),
            },
        );
        let page = refusal.flash(page);
        Self {
            portrait: view::image(artist.as_ref().and_then(|artist| artist.portrait.as_ref())),
            picture_error: error("picture"),
            name: Field::new("name", t("artist.name"), &draft.name)
                .required()
                .max_length(100)
                .error(error("name")),
            slug: Field::new("slug", t("artist.slug"), &draft.slug)
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
                    id: genre.as_str(),
                    ticked: draft.genres.iter().any(|id| id == genre.as_str()),
                })
                .collect(),
            genres_error: error("genres"),
            most_genres: Genre::MOST,
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
}

/// The fields of the form that stand several times: no plain texts of [`UpdateArtist`].
const LISTS: [&str; 3] = ["genres", "link_label", "link_url"];

/// What was typed; empty rows for links are left out.
fn update(typed: &Typed) -> Result<UpdateArtist, Problem> {
    let link = |(label, url): (&str, &str)| Link {
        label: label.to_owned(),
        url: url.trim().to_owned(),
    };
    let links = typed.all("link_label").zip(typed.all("link_url")).map(link);
    Ok(UpdateArtist {
        links: Some(
            links
                .filter(|link| !link.url.is_empty() || !link.label.trim().is_empty())
                .collect(),
        ),
        genres: Some(typed.all("genres").map(ToOwned::to_owned).collect()),
        ..typed.read_except(&LISTS)?
    })
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
    let mut draft = ArtistDraft::default();
    update(&typed)?.apply(&mut draft);
    let created = music.create_artist(&viewer, &draft).await;
    let outcome =
        created.map(|artist| see_other(&format!("/desk/artists/{}?did=created", artist.id)));
    let again = async |problem: &Problem| {
        let page = titled(page(&music, &req, ""), "desk.artist.new");
        Ok(ArtistForm::new(page, None, &draft, Some(problem)))
    };
    respond(outcome, again).await
}

/// The form of an artist as it is stored, with what was typed in its place.
async fn artist_page(
    music: &Music,
    req: &HttpRequest,
    viewer: &Viewer,
    id: ArtistId,
    typed: Option<&UpdateArtist>,
    wrong: Option<&Problem>,
) -> Result<ArtistForm, Error> {
    let artist = own(music, viewer, id).await?;
    let mut draft = ArtistDraft::from(&artist);
    if let Some(typed) = typed {
        typed.apply(&mut draft);
    }
    let page = page(music, req, artist.text.name.as_str());
    Ok(ArtistForm::new(page, Some(artist), &draft, wrong))
}

#[get("/desk/artists/{id}/edit")]
async fn edit(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
) -> Result<HttpResponse, Error> {
    let page = artist_page(&music, &req, &viewer, *id, None, None).await?;
    Ok(wing_ui::render(&page))
}

#[post("/desk/artists/{id}/edit")]
async fn save(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let update = update(&typed)?;
    let done = music.update_artist(&viewer, *id, update.clone()).await;
    let outcome = done.map(|_| see_other(&format!("/desk/artists/{id}?did=saved")));
    let again = async |problem: &Problem| {
        artist_page(&music, &req, &viewer, *id, Some(&update), Some(problem)).await
    };
    respond(outcome, again).await
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
        let bytes = multipart::picture(form).await?;
        music.set_portrait(&viewer, *id, bytes).await
    };
    let done = stored.await;
    let outcome = done.map(|_| see_other(&format!("/desk/artists/{id}/edit?did=cover")));
    let again = async |problem: &Problem| {
        artist_page(&music, &req, &viewer, *id, None, Some(problem)).await
    };
    respond(outcome, again).await
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
