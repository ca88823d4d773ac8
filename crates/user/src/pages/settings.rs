//! `/me/settings`: every form posts to an address of its own and comes back
//! here, with what went wrong beside its field.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use bytes::Bytes;
use serde::Deserialize;
use wing_contracts::{Role, SessionId};
use wing_kit::Problem;
use wing_kit::auth::{CsrfToken, Viewer, cookies};
use wing_kit::http::input::Form;
use wing_kit::images::ImageError;
use wing_ui::view::Field;
use wing_ui::{FlashKind, Nav, Page};

use super::forms::{
    again, field_error, form_error, name_field, new_password_field, password_field,
};
use super::{go, with_cookies};
use crate::http::dto::{ChangeBody, SessionView};
use crate::http::input;
use crate::model::GivenPassword;
use crate::service::{AccountChanges, Changed};
use crate::{Error, Users, t};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    page: Page,
    name: String,
    picture: Option<String>,
    is_fan: bool,
    name_field: Field,
    picture_error: Option<String>,
    password_fields: Vec<Field>,
    delete_field: Field,
    sessions: Vec<SessionView>,
}

/// The forms of the page, for a refusal to come back to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Name,
    Picture,
    Other,
}

#[derive(Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

const DONE: [&str; 5] = ["profile", "picture", "password", "musician", "session"];

/// The page; `refused` is the form that comes back with what was typed.
async fn page(
    users: &Users,
    req: &HttpRequest,
    viewer: &Viewer,
    refused: Option<(Part, &Problem, &str)>,
) -> Result<SettingsPage, Error> {
    let user = users.me(viewer).await?;
    let sessions = users.list_sessions(viewer).await?;
    let mut page = Page::of(req, "").nav(Nav::Me);
    page.title = t(page.lang, "settings.title").into();
    page.meta.noindex = true;
    // Links that come back here must not repeat what was done.
    page.path = "/me/settings".into();
    let lang = page.lang;
    let (part, problem, typed) = match refused {
        Some((part, problem, typed)) => (Some(part), Some(problem), typed),
        None => (None, None, ""),
    };
    let wrong = |field| field_error(lang, problem, field);
    let whole = form_error(lang, problem);
    let picture_error = whole.clone().filter(|_| part == Some(Part::Picture));
    let page = match whole {
        Some(text) if picture_error.is_none() => page.flash(FlashKind::Error, text),
        _ => page,
    };
    let name = if part == Some(Part::Name) {
        typed
    } else {
        &user.display_name
    };
    let current = t(lang, "account.password.current").into();
    Ok(SettingsPage {
        name_field: name_field(&page, name, wrong("display_name")),
        password_fields: vec![
            password_field("current_password", current, wrong("current_password")),
            new_password_field(&page, t(lang, "account.password.new"), wrong("password")),
        ],
        delete_field: password_field(
            "confirm_password",
            t(lang, "account.password").into(),
            wrong("confirm_password"),
        ),
        picture_error,
        name: user.display_name.clone(),
        picture: user.picture_url(),
        is_fan: user.role == Role::Fan,
        sessions: sessions
            .iter()
            .map(|session| SessionView::new(session, viewer))
            .collect(),
        page,
    })
}

async fn refuse(
    users: &Users,
    req: &HttpRequest,
    viewer: &Viewer,
    part: Part,
    problem: &Problem,
    typed: &str,
) -> Result<HttpResponse, Error> {
    let view = page(users, req, viewer, Some((part, problem, typed))).await?;
    Ok(again(&view, problem))
}

/// Back to the page, with the token that knows of the change.
fn done(users: &Users, changed: Changed, what: &str) -> HttpResponse {
    let response = go(&format!("/me/settings?done={what}"));
    match changed.tokens() {
        Some(tokens) => {
            let session = cookies::session(users.config(), tokens.access, tokens.refresh);
            with_cookies(response, session)
        }
        None => with_cookies(response, [cookies::access(users.config(), changed.access)]),
    }
}

pub async fn show(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    query: web::Query<Done>,
) -> Result<HttpResponse, Error> {
    let mut view = match page(&users, &req, &viewer, None).await {
        Ok(view) => view,
        Err(Error::NotFound) => {
            let cleared = cookies::cleared(users.config());
            return Ok(with_cookies(go("/login"), cleared));
        }
        Err(error) => return Err(error),
    };
    if DONE.contains(&query.done.as_str()) {
        let text = t(view.page.lang, &format!("settings.done.{}", query.done));
        view.page = view.page.flash(FlashKind::Success, text);
    }
    Ok(wing_ui::render(&view))
}

#[derive(Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    display_name: String,
}

pub async fn profile(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    Form(form): Form<ProfileForm>,
) -> Result<HttpResponse, Error> {
    let body = ChangeBody {
        display_name: Some(form.display_name.clone()),
        role: None,
        password: None,
        current_password: None,
    };
    match change(&users, &req, &viewer, &body).await {
        Ok(changed) => Ok(done(&users, changed, "profile")),
        Err(problem) => {
            let typed = &form.display_name;
            refuse(&users, &req, &viewer, Part::Name, &problem, typed).await
        }
    }
}

#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current_password: String,
    #[serde(default)]
    password: String,
}

pub async fn password(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    Form(form): Form<PasswordForm>,
) -> Result<HttpResponse, Error> {
    let body = ChangeBody {
        display_name: None,
        role: None,
        password: Some(form.password),
        current_password: Some(form.current_password),
    };
    match change(&users, &req, &viewer, &body).await {
        Ok(changed) => Ok(done(&users, changed, "password")),
        Err(problem) => refuse(&users, &req, &viewer, Part::Other, &problem, "").await,
    }
}

async fn change(
    users: &Users,
    req: &HttpRequest,
    viewer: &Viewer,
    body: &ChangeBody,
) -> Result<Changed, Problem> {
    let email = users.my_email(viewer).await?;
    let changes = input::changes(body, email.as_ref())?;
    Ok(users.change_me(viewer, changes, input::device(req)).await?)
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn musician(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let changes = AccountChanges {
        role: Some(Role::Musician),
        ..AccountChanges::default()
    };
    let device = input::device(&req);
    match users.change_me(&viewer, changes, device).await {
        Ok(changed) => Ok(done(&users, changed, "musician")),
        // An admin has the desk already.
        Err(Error::RoleNotOffered) => Ok(go("/me/settings")),
        Err(error) => Err(error),
    }
}

pub async fn end_session(
    users: web::Data<Users>,
    viewer: Viewer,
    id: web::Path<SessionId>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    match users.end_session(&viewer, *id).await {
        // Ended twice is ended.
        Ok(()) | Err(Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    if *id == viewer.session {
        return Ok(with_cookies(go("/"), cookies::cleared(users.config())));
    }
    Ok(go("/me/settings?done=session"))
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm_password: String,
}

pub async fn delete(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    Form(form): Form<DeleteForm>,
) -> Result<HttpResponse, Error> {
    let password = GivenPassword::new(&form.confirm_password);
    match users.delete_me(&viewer, password, "confirm_password").await {
        Ok(()) => Ok(with_cookies(go("/"), cookies::cleared(users.config()))),
        Err(error) => {
            let problem = error.problem();
            refuse(&users, &req, &viewer, Part::Other, &problem, "").await
        }
    }
}

/// A picture sent by a form. Read further than pictures may be large, so that
/// one that is too large gets a page that says so rather than a broken
/// connection.
#[derive(MultipartForm)]
pub struct PictureForm {
    csrf: Text<String>,
    #[multipart(limit = "48MiB")]
    picture: TempFile,
}

pub async fn set_picture(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    form: Result<MultipartForm<PictureForm>, actix_web::Error>,
) -> Result<HttpResponse, Error> {
    let set = match form {
        Ok(form) => {
            let form = form.into_inner();
            CsrfToken::of(&req).check(&form.csrf)?;
            let bytes = read(form.picture).await?;
            users
                .set_picture(&viewer, bytes)
                .await
                .map_err(Problem::from)
        }
        Err(error) if error.as_response_error().status_code().as_u16() == 413 => {
            Err(ImageError::TooLarge.into())
        }
        Err(_) => Err(ImageError::NotRecognised.into()),
    };
    match set {
        Ok(changed) => Ok(done(&users, changed, "picture")),
        Err(problem) => refuse(&users, &req, &viewer, Part::Picture, &problem, "").await,
    }
}

async fn read(file: TempFile) -> Result<Bytes, Error> {
    let read = tokio::task::spawn_blocking(move || std::fs::read(file.file.path())).await;
    read.map_err(|error| Error::Internal(error.to_string()))?
        .map(Bytes::from)
        .map_err(|error| Error::Internal(format!("reading an upload: {error}")))
}

pub async fn remove_picture(
    users: web::Data<Users>,
    viewer: Viewer,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let changed = users.remove_picture(&viewer).await?;
    Ok(done(&users, changed, "picture"))
}
