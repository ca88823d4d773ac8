use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::auth::cookies::{self, with_cookies};
use wing_kit::http::ClientAddress;
use wing_kit::http::input::Form;
use wing_kit::http::links::{encode, see_other};
use wing_ui::form::{self, Refusal};
use wing_ui::view::Field;
use wing_ui::{FlashKind, Page};

use super::forms::{email_field, next_or, password_field};
use super::sign_up::{Asked, SIGNED_UP};
use crate::error::Error;
use crate::http::input;
use crate::model::Email;
use crate::{Users, t};

#[derive(Default, Deserialize)]
pub struct LogInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    page: Page,
    fields: Vec<Field>,
    next: String,
    next_encoded: String,
}

impl LogInPage {
    fn new(req: &HttpRequest, form: &LogInForm, problem: Option<&Problem>) -> Self {
        let mut page = Page::of(req, "");
        page.title = t(page.lang, "login.title").into();
        let mut page = page.canonical("/login");
        page.meta.noindex = true;
        let label = t(page.lang, "account.password").into();
        let fields = vec![
            email_field(&page, &form.email, None),
            password_field("password", label, None),
        ];
        let page = Refusal::new(page.lang, t, problem).flash(page);
        Self {
            page,
            fields,
            next_encoded: encode(&form.next),
            next: form.next.clone(),
        }
    }
}

pub async fn show(req: HttpRequest, asked: web::Query<Asked>) -> HttpResponse {
    if Viewer::of(&req).is_some() {
        return see_other(next_or(&asked.next, "/"));
    }
    let signed_up = fresh_address(&req);
    let form = LogInForm {
        email: signed_up.clone().unwrap_or_default(),
        next: asked.next.clone(),
        ..LogInForm::default()
    };
    let mut view = LogInPage::new(&req, &form, None);
    if signed_up.is_some() {
        let text = t(view.page.lang, "login.signed_up");
        view.page = view.page.flash(FlashKind::Success, text);
    }
    wing_ui::render(&view)
}

/// The address somebody has just signed up with in this browser.
fn fresh_address(req: &HttpRequest) -> Option<String> {
    let cookie = req.cookie(SIGNED_UP)?;
    let bytes = URL_SAFE_NO_PAD.decode(cookie.value()).ok()?;
    let email = Email::parse(std::str::from_utf8(&bytes).ok()?).ok()?;
    Some(email.as_str().to_owned())
}

pub async fn submit(
    users: web::Data<Users>,
    req: HttpRequest,
    Form(form): Form<LogInForm>,
) -> Result<HttpResponse, Error> {
    let from = ClientAddress::of(&req);
    let known = cookies::read(&req, cookies::DEVICE);
    let logged_in = users
        .log_in(
            &form.email,
            &form.password,
            input::device(&req),
            known.as_deref(),
            from,
        )
        .await;
    let outcome = logged_in.map(|logged_in| {
        let tokens = logged_in.tokens;
        let session = cookies::session(users.config(), tokens.access, tokens.refresh);
        let device = logged_in
            .device
            .map(|device| cookies::device(users.config(), device));
        let mut done = actix_web::cookie::Cookie::build(SIGNED_UP, "")
            .path("/login")
            .finish();
        done.make_removal();
        let response = with_cookies(see_other(next_or(&form.next, "/")), session);
        with_cookies(response, device.into_iter().chain([done]))
    });
    let again = async |problem: &Problem| Ok(LogInPage::new(&req, &form, Some(problem)));
    form::respond(outcome, again).await
}
