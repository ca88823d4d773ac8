//! What the forms share: fields, and where to go on.

use wing_kit::http::links::local_path;
use wing_ui::view::Field;
use wing_ui::{Page, Text};

use crate::model::{DisplayName, NewPassword};
use crate::t;

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
