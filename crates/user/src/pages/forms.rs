//! What the forms share: errors in the reader's words, and where to go on.

use wing_kit::Problem;
use wing_kit::http::local_path;
use wing_ui::view::Field;
use wing_ui::{Lang, Page, Text};

use crate::model::{DisplayName, NewPassword};
use crate::t;

/// A refusal's code in the reader's words.
fn said(lang: Lang, code: &str) -> String {
    let key = format!("account.error.{code}");
    let text = t(lang, &key);
    if text.as_str() == key {
        t(lang, "account.error.other").into()
    } else {
        text.into()
    }
}

/// What is wrong with a field.
pub fn field_error(lang: Lang, problem: Option<&Problem>, field: &str) -> Option<String> {
    let error = problem?.error_of(field)?;
    Some(said(lang, &error.code))
}

/// What is wrong with the whole, when it is no field's fault.
pub fn form_error(lang: Lang, problem: Option<&Problem>) -> Option<String> {
    problem
        .filter(|problem| problem.errors().is_empty())
        .map(|problem| said(lang, problem.code()))
}

/// The status of a form that comes back. What JSON answers with 401 is 422
/// here: nobody is asked for an `Authorization` header.
pub fn form_status(problem: &Problem) -> actix_web::http::StatusCode {
    use actix_web::http::StatusCode;
    match problem.status() {
        StatusCode::UNAUTHORIZED => StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    }
}

/// A form that comes back, with when to try again if that is known.
pub fn again(template: &impl askama::Template, problem: &Problem) -> actix_web::HttpResponse {
    use actix_web::ResponseError as _;
    use actix_web::http::header::RETRY_AFTER;
    let mut response = wing_ui::render_status(form_status(problem), template);
    if let Some(value) = problem.error_response().headers().get(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, value.clone());
    }
    response
}

/// Where a form leads: a path of this site, else `otherwise`. Never back into
/// the pages that send on.
pub fn next_or<'a>(next: &'a str, otherwise: &'a str) -> &'a str {
    let path = local_path(next);
    let sends_on = ["/login", "/signup", "/auth/"]
        .iter()
        .any(|page| path.starts_with(page));
    if next.is_empty() || path != next || sends_on {
        otherwise
    } else {
        path
    }
}

/// A path encoded to stand in a `next=` parameter.
pub fn encoded(path: &str) -> String {
    percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The field of an address.
pub fn email_field(page: &Page, value: &str, error: Option<String>) -> Field {
    Field::new("email", t(page.lang, "account.email"), value)
        .kind("email")
        .required()
        .autocomplete("username")
        .max_length(254)
        .error(error)
}

/// The field of a new password.
pub fn new_password_field(page: &Page, label: Text, error: Option<String>) -> Field {
    Field::new("password", label, "")
        .kind("password")
        .required()
        .autocomplete("new-password")
        .max_length(NewPassword::MAX)
        .help(t(page.lang, "account.password.help"))
        .error(error)
}

/// The field of a password one has.
pub fn password_field(name: &'static str, label: String, error: Option<String>) -> Field {
    Field::new(name, label, "")
        .kind("password")
        .required()
        .autocomplete("current-password")
        .error(error)
}

/// The field of the name to show.
pub fn name_field(page: &Page, value: &str, error: Option<String>) -> Field {
    Field::new("display_name", t(page.lang, "account.name"), value)
        .required()
        .autocomplete("nickname")
        .max_length(DisplayName::MAX)
        .help(t(page.lang, "account.name.help"))
        .error(error)
}

#[cfg(test)]
mod tests {
    use super::next_or;

    #[test]
    fn a_form_leads_on_within_this_site_and_never_in_circles() {
        assert_eq!(next_or("/albums/x?y=1", "/me"), "/albums/x?y=1");
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/login?next=/",
            "/auth/refresh",
        ] {
            assert_eq!(next_or(next, "/me"), "/me", "{next}");
        }
    }
}
