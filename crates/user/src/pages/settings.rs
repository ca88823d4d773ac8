//! `/me/settings`: every form posts to an address of its own and comes back
//! here, with what went wrong beside its field.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use wing_contracts::{Role, SessionId};
use wing_kit::Problem;
use wing_kit::auth::{Viewer, cookies};
use wing_kit::http::input::Form;
use wing_kit::http::multipart;
use wing_ui::form::{again, did, mendable};
use wing_ui::view::Field;
use wing_ui::{FlashKind, Nav, Page, see_other};

use super::forms::{self, name_field, new_password_field, password_field};
use super::with_cookies;
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

/// What can go well, each a text `settings.done.…`.
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
    let refusal = forms::refusal(lang, problem);
    let wrong = |field| refusal.of_field(field);
    let picture_error = wrong("picture")
        .or_else(|| refusal.of_whole())
        .filter(|_| part == Some(Part::Picture));
    let page = if picture_error.is_some() {
        page
    } else {
        refusal.flash(page)
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
    error: Error,
    typed: &str,
) -> Result<HttpResponse, Error> {
    let problem = mendable(error)?;
    let view = page(users, req, viewer, Some((part, &problem, typed))).await?;
    Ok(again(&view, &problem))
}

/// Back to the page, with the token that knows of the change.
fn done(users: &Users, changed: Changed, what: &str) -> HttpResponse {
    let response = see_other(&format!("/me/settings?did={what}"));
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
) -> Result<HttpResponse, Error> {
    let mut view = match page(&users, &req, &viewer, None).await {
        Ok(view) => view,
        Err(Error::NotFound) => {
            let cleared = cookies::cleared(users.config());
            return Ok(with_cookies(see_other("/login"), cleared));
        }
        Err(error) => return Err(error),
    };
    if let Some(what) = did(&req, &DONE) {
        let text = t(view.page.lang, &format!("settings.done.{what}"));
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
        Err(error) => {
            let typed = &form.display_name;
            refuse(&users, &req, &viewer, Part::Name, error, typed).await
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
        Err(error) => refuse(&users, &req, &viewer, Part::Other, error, "").await,
    }
}

async fn change(
    users: &Users,
    req: &HttpRequest,
    viewer: &Viewer,
    body: &ChangeBody,
) -> Result<Changed, Error> {
    let email = users.my_email(viewer).await?;
    let changes = input::changes(body, email.as_ref())?;
    users.change_me(viewer, changes, input::device(req)).await
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
        Err(Error::RoleNotOffered) => Ok(see_other("/me/settings")),
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
        return Ok(with_cookies(
            see_other("/"),
            cookies::cleared(users.config()),
        ));
    }
    Ok(see_other("/me/settings?did=session"))
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
        Ok(()) => Ok(with_cookies(
            see_other("/"),
            cookies::cleared(users.config()),
        )),
        Err(error) => refuse(&users, &req, &viewer, Part::Other, error, "").await,
    }
}

pub async fn set_picture(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    form: Multipart,
) -> Result<HttpResponse, Error> {
    let set = async {
        let bytes = multipart::picture(&req, form).await?;
        users.set_picture(&viewer, bytes).await
    };
    match set.await {
        Ok(changed) => Ok(done(&users, changed, "picture")),
        Err(error) => refuse(&users, &req, &viewer, Part::Picture, error, "").await,
    }
}

pub async fn remove_picture(
    users: web::Data<Users>,
    viewer: Viewer,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let changed = users.remove_picture(&viewer).await?;
    Ok(done(&users, changed, "picture"))
}
