//! Forms of the desk: what was typed, kept, and what is wrong with it, in words.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wing_kit::Problem;
use wing_kit::http::input::Form;
use wing_ui::Lang;
use wing_ui::view::Choice;

use crate::error::Error;
use crate::model::Genre;

/// The fields of a form in the order they were sent; a name may stand several
/// times. Extracting it checks the CSRF token.
#[derive(Clone, Debug, Default)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// The first field of this name; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// Every field of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The form as the API's body of the same fields. The token and the button that
    /// was pressed are no fields of it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.read_except(&[])
    }

    /// [`Typed::read`] without the fields of these names, which the caller reads.
    pub fn read_except<T: DeserializeOwned>(&self, names: &[&str]) -> Result<T, Problem> {
        let fields = self
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "csrf" | "then"))
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        serde_json::from_value(Value::Object(fields.collect()))
            .map_err(|error| Problem::bad_request("malformed_form", error.to_string()))
    }

    /// Whether a checkbox of this name was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// A whole number, if one was typed; what is not one is told as 0, which no
    /// field of ours takes.
    pub fn number(&self, name: &str) -> Option<i32> {
        let text = self.get(name).trim();
        (!text.is_empty()).then(|| text.parse().unwrap_or(0))
    }
}

impl FromRequest for Typed {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = Form::<Vec<(String, String)>>::from_request(req, payload);
        async move { Ok(Self(form.await?.0)) }.boxed_local()
    }
}

/// What is wrong with `field`, in the reader's language.
pub fn error(lang: Lang, problem: Option<&Problem>, field: &str) -> Option<String> {
    let wrong = problem?.error_of(field)?;
    let of_field = format!("form.{field}.{}", wrong.code);
    let general = format!("form.{}", wrong.code);
    Some(said(lang, &[&of_field, &general], &wrong.detail))
}

/// A refusal that is about no field, in the reader's language; `None` when its
/// fields say it all.
pub fn refusal(lang: Lang, problem: Option<&Problem>) -> Option<String> {
    let problem = problem?;
    if !problem.errors().is_empty() {
        // Of some there is more to say, since their field may not be shown.
        let more = problem
            .errors()
            .iter()
            .find_map(|wrong| known(lang, &format!("refusal.{}", wrong.code)));
        return Some(more.unwrap_or_else(|| crate::t(lang, "form.wrong").into()));
    }
    Some(said(
        lang,
        &[&format!("refusal.{}", problem.code())],
        problem.detail(),
    ))
}

fn said(lang: Lang, keys: &[&str], otherwise: &str) -> String {
    keys.iter()
        .find_map(|key| known(lang, key))
        .unwrap_or_else(|| otherwise.to_owned())
}

/// The words for a key, if there are any.
fn known(lang: Lang, key: &str) -> Option<String> {
    let text = crate::t(lang, key);
    (text.as_str() != key).then(|| text.into())
}

/// What a form that is shown again says; what is not the typist's to mend stays an
/// error, and becomes an error page.
pub fn mendable(error: Error) -> Result<Problem, Error> {
    let problem = error.problem();
    if can_be_mended(&problem) {
        Ok(problem)
    } else {
        Err(error)
    }
}

/// Whether a form is shown again for this refusal.
pub fn can_be_mended(problem: &Problem) -> bool {
    matches!(problem.status().as_u16(), 409 | 413 | 415 | 422)
}

/// The form once more, with what is wrong in it.
pub fn again(template: &impl askama::Template) -> HttpResponse {
    wing_ui::render_status(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// All genres as choices of a list.
pub fn genres(lang: Lang) -> Vec<Choice> {
    let choice = |genre: &Genre| Choice {
        value: genre.as_str().to_owned(),
        label: wing_ui::genre_name(lang, genre.as_str()).into(),
    };
    Genre::ALL.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_the_readers_language() {
        let problem = Problem::invalid_field("title", "too_long", "English.");
        let error = |lang| error(lang, Some(&problem), "title").expect("an error");
        assert_ne!(error(Lang::Ko), "English.");
        assert_ne!(error(Lang::Ko), error(Lang::En));
    }

    #[test]
    fn a_fault_without_a_translation_is_said_as_it_came() {
        let problem = Problem::invalid_field("title", "never_heard_of", "As it came.");
        assert_eq!(
            error(Lang::Ko, Some(&problem), "title").as_deref(),
            Some("As it came.")
        );
        assert_eq!(error(Lang::Ko, Some(&problem), "genre"), None);
    }

    #[test]
    fn a_number_that_is_none_is_no_number_of_a_track() {
        let typed = Typed(vec![
            ("a".into(), " 7 ".into()),
            ("b".into(), "x".into()),
            ("c".into(), " ".into()),
        ]);
        assert_eq!(
            (typed.number("a"), typed.number("b"), typed.number("c")),
            (Some(7), Some(0), None)
        );
    }
}
