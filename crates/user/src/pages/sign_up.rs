use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::auth::cookies::with_cookies;
use wing_kit::http::ClientAddress;
use wing_kit::http::input::Form;
use wing_kit::http::links::{see_other, to_login};
use wing_ui::Page;
use wing_ui::form::{self, Refusal};
use wing_ui::view::Field;

use super::forms::{email_field, name_field, new_password_field, next_or};
use crate::error::Error;
use crate::http::dto::{OfferedRole, SignUpBody};
use crate::http::input;
use crate::{Users, t};

/// Where a fresh account's address waits for the page that logs in.
pub const SIGNED_UP: &str = "wing_signed_up";

#[derive(Default, Deserialize)]
pub struct SignUpForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    next: String,
}

#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    role: String,
}

#[derive(Template)]
#[template(path = "signup.html")]
struct SignUpPage {
    page: Page,
    fields: Vec<Field>,
    musician: bool,
    next: String,
}

impl SignUpPage {
    fn new(req: &HttpRequest, form: &SignUpForm, problem: Option<&Problem>) -> Self {
        let mut page = Page::of(req, "");
        page.title = t(page.lang, "signup.title").into();
        let description = t(page.lang, "signup.description");
        let page = page.description(description).canonical("/signup");
        let refusal = Refusal::new(page.lang, t, problem);
        let wrong = |field| refusal.of_field(field);
        let fields = vec![
            name_field(&page, &form.display_name, wrong("display_name")),
            email_field(&page, &form.email, wrong("email")),
            new_password_field(&page, t(page.lang, "account.password"), wrong("password")),
        ];
        let page = refusal.flash(page);
        Self {
            page,
            fields,
            musician: form.role == "musician",
            next: form.next.clone(),
        }
    }
}

pub async fn show(req: HttpRequest, asked: web::Query<Asked>) -> HttpResponse {
    if Viewer::of(&req).is_some() {
        return see_other(next_or(&asked.next, "/me"));
    }
    let form = SignUpForm {
        next: asked.next.clone(),
        role: asked.role.clone(),
        ..SignUpForm::default()
    };
    wing_ui::render(&SignUpPage::new(&req, &form, None))
}

pub async fn submit(
    users: web::Data<Users>,
    req: HttpRequest,
    Form(form): Form<SignUpForm>,
) -> Result<HttpResponse, Error> {
    let musician = form.role == "musician";
    let body = SignUpBody {
        email: form.email.clone(),
        password: form.password.clone(),
        display_name: form.display_name.clone(),
        role: if musician {
            OfferedRole::Musician
        } else {
            OfferedRole::Fan
        },
    };
    let signed_up = async {
        let wanted = input::sign_up(&body)?;
        users.sign_up(wanted, ClientAddress::of(&req)).await
    };
    // The same for an address that had an account: the next page says to log
    // in, and only the owner's password does.
    let next = next_or(&form.next, if musician { "/desk" } else { "/me" });
    let outcome = signed_up.await.map(|user| {
        let cookie = Cookie::build(SIGNED_UP, URL_SAFE_NO_PAD.encode(user.email))
            .path("/login")
            .http_only(true)
            .secure(users.config().is_https())
            .same_site(SameSite::Lax)
            .max_age(Duration::minutes(10))
            .finish();
        with_cookies(to_login(next), [cookie])
    });
    let again = async |problem: &Problem| Ok(SignUpPage::new(&req, &form, Some(problem)));
    form::respond(outcome, again).await
}
