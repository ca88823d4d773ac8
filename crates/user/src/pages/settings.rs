//! `/me/settings`: every form posts to an address of its own and comes back
//! here, with what went wrong beside its field.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use wing_contracts::{Role, SessionId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::auth::cookies::{self, with_cookies};
use wing_kit::http::input::Form;
use wing_kit::http::links::see_other;
use wing_kit::http::multipart;
use wing_ui::form::{self, Refusal, Typed};
use wing_ui::view::Field;
use wing_ui::{Nav, Page};

use super::forms::{name_field, new_password_field, password_field};
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

/// What can go well, each a text `did.…`.
const DONE: &[&str] = &["profile", "picture", "password", "musician", "session"];

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
    let refusal = Refusal::new(lang, t, problem);
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

/// Answers one of the forms: back to the page with what was done, or once more with
/// what was typed.
async fn respond(
    users: &Users,
    req: &HttpRequest,
    viewer: &Viewer,
    outcome: Result<HttpResponse, Error>,
    (part, typed): (Part, &str),
) -> Result<HttpResponse, Error> {
    let again = async |problem: &Problem| {
        let refused = Some((part, problem, typed));
        page(users, req, viewer, refused).await
    };
    form::respond(outcome, again).await
}

/// Back to the page, with the token that knows of the change.
fn done(users: &Users, changed: Changed, what: &str) -> HttpResponse {
    let response = see_other(&format!("/me/settings?did={what}"));
    match changed.tokens() {
        Some(tokens) => {
            let session = cookies::session(users.config(), tokens.access, tokens.refresh);
            with_cookies(response, session)
        }
        None => {
            let access = changed
                .access
                .map(|token| cookies::access(users.config(), token));
            with_cookies(response, access)
        }
    }
}

pub async fn show(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
) -> Result<HttpResponse, Error> {
    let mut view = page(&users, &req, &viewer, None).await?;
    view.page = form::with_done(view.page, &req, t, DONE);
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
    let changed = change(&users, &req, &viewer, &body).await;
    let outcome = changed.map(|changed| done(&users, changed, "profile"));
    let typed = (Part::Name, form.display_name.as_str());
    respond(&users, &req, &viewer, outcome, typed).await
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
    let changed = change(&users, &req, &viewer, &body).await;
    let outcome = changed.map(|changed| done(&users, changed, "password"));
    respond(&users, &req, &viewer, outcome, (Part::Other, "")).await
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

pub async fn musician(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    _: Typed,
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
    _: Typed,
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
    let deleted = users.delete_me(&viewer, password, "confirm_password").await;
    let outcome = deleted.map(|()| with_cookies(see_other("/"), cookies::cleared(users.config())));
    respond(&users, &req, &viewer, outcome, (Part::Other, "")).await
}

pub async fn set_picture(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    form: Multipart,
) -> Result<HttpResponse, Error> {
    let set = async {
        let bytes = multipart::picture(form).await?;
        users.set_picture(&viewer, bytes).await
    };
    let outcome = set.await.map(|changed| done(&users, changed, "picture"));
    respond(&users, &req, &viewer, outcome, (Part::Picture, "")).await
}

pub async fn remove_picture(
    users: web::Data<Users>,
    viewer: Viewer,
    _: Typed,
) -> Result<HttpResponse, Error> {
    let changed = users.remove_picture(&viewer).await?;
    Ok(done(&users, changed, "picture"))
}
