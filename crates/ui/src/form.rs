//! Forms: what was typed, what is wrong with it in the reader's words, and the form
//! once more.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError as _, web};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wing_kit::Problem;
use wing_kit::http::input::Form;
use wing_kit::http::links::see_other;

use crate::{FlashKind, Lang, Page, Text};

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
    ///
    /// # Errors
    /// 400 when the body has no such field.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.read_except(&[])
    }

    /// [`Typed::read`] without the fields of these names, which the caller reads.
    ///
    /// # Errors
    /// 400 when the body has no such field.
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

    /// A whole number, if one was typed; what is not one is read as 0, which none of
    /// our fields takes.
    pub fn number(&self, name: &str) -> Option<i32> {
        let text = self.get(name).trim();
        (!text.is_empty()).then(|| text.parse().unwrap_or(0))
    }
}

impl FromRequest for Typed {
    type Error = actix_web::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = Form::<Vec<(String, String)>>::from_request(req, payload);
        Box::pin(async move { Ok(Self(form.await?.0)) })
    }
}

/// The words of a domain: its `crate::t`.
pub type Words = fn(Lang, &str) -> Text;

/// Why a form comes back, in the reader's language. A code's words are looked for
/// among those of the domain, `form.{field}.{code}` before `form.{code}`, then among
/// those that all share; a code without words shows its sentence as it came.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    lang: Lang,
    words: Words,
    problem: Option<&'a Problem>,
}

impl<'a> Refusal<'a> {
    /// The refusal of a form, if it was refused.
    pub fn new(lang: Lang, words: Words, problem: Option<&'a Problem>) -> Self {
        Self {
            lang,
            words,
            problem,
        }
    }

    /// What is wrong with one field.
    pub fn of_field(&self, field: &str) -> Option<String> {
        let wrong = self.problem?.error_of(field)?;
        let keys = [
            format!("form.{field}.{}", wrong.code),
            format!("form.{}", wrong.code),
        ];
        let known = keys.iter().find_map(|key| self.known(key));
        Some(known.unwrap_or_else(|| wrong.detail.clone().into_owned()))
    }

    /// What is wrong with the whole: a refusal that is about no field, or that there
    /// are fields to mend. Of some fields there is more to say, since they may not be
    /// shown.
    pub fn of_whole(&self) -> Option<String> {
        let problem = self.problem?;
        if problem.errors().is_empty() {
            let known = self.known(&format!("refusal.{}", problem.code()));
            return Some(known.unwrap_or_else(|| problem.detail().to_owned()));
        }
        let more = problem
            .errors()
            .iter()
            .find_map(|wrong| self.known(&format!("refusal.{}", wrong.code)));
        more.or_else(|| self.known("form.wrong"))
    }

    /// The page with what is wrong with the whole above its content.
    pub fn flash(&self, page: Page) -> Page {
        match self.of_whole() {
            Some(text) => page.flash(FlashKind::Error, text),
            None => page,
        }
    }

    /// The words for a key, if there are any.
    fn known(&self, key: &str) -> Option<String> {
        [self.words, crate::t]
            .iter()
            .map(|words| words(self.lang, key))
            .find(|text| text.as_str() != key)
            .map(String::from)
    }
}

/// What a form that is shown again says. What is not for the person who typed to mend
/// or to try again stays an error, and becomes an error page.
///
/// # Errors
/// The error itself, then.
fn mendable<E>(error: E) -> Result<Problem, E>
where
    for<'a> Problem: From<&'a E>,
{
    let problem = Problem::from(&error);
    // 401 is a wrong password: pages that need somebody logged in ask before.
    match problem.status().as_u16() {
        // Not so one whose log-in ended meanwhile: that is renewed on the way.
        401 if problem.is_about_token() => Err(error),
        401 | 408 | 409 | 413 | 415 | 422 | 429 | 503 | 507 => Ok(problem),
        _ => Err(error),
    }
}

/// The form once more, with the status of the problem and when to try again. What JSON
/// answers with 401 is 422 here: nobody is asked for an `Authorization` header.
fn again(template: &impl askama::Template, problem: &Problem) -> HttpResponse {
    let status = match problem.status() {
        StatusCode::UNAUTHORIZED => StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    };
    let mut response = crate::render_status(status, template);
    if let Some(value) = problem.error_response().headers().get(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, value.clone());
    }
    response
}

/// Answers a form: with what it led to, else the form once more, as `page` shows it
/// with what is wrong.
///
/// # Errors
/// What nobody can mend, and the errors of `page`.
pub async fn respond<E, T>(
    outcome: Result<HttpResponse, E>,
    page: impl AsyncFnOnce(&Problem) -> Result<T, E>,
) -> Result<HttpResponse, E>
where
    T: askama::Template,
    for<'a> Problem: From<&'a E>,
{
    let problem = match outcome {
        Ok(response) => return Ok(response),
        Err(error) => mendable(error)?,
    };
    Ok(again(&page(&problem).await?, &problem))
}

/// Mounts the addresses that forms are sent to as pages, too: a form that came back with
/// a mistake stands there, and may be loaded again or returned to. They lead to the page
/// of the form, one segment above.
pub fn lead_back(config: &mut web::ServiceConfig, forms: &[&str]) {
    let to_page = |req: HttpRequest| async move {
        let page = req.path().rsplit_once('/').map_or("", |(page, _)| page);
        see_other(page)
    };
    for form in forms {
        config.route(form, web::get().to(to_page));
    }
}

/// The page with what went well before it, as `?did=` says: one of `known`, since anybody
/// can write an address; each has a text `did.…` among the domain's words.
pub fn with_done(page: Page, req: &HttpRequest, words: Words, known: &[&str]) -> Page {
    let given = req
        .query_string()
        .split('&')
        .find_map(|pair| pair.strip_prefix("did="));
    match given.filter(|given| known.contains(given)) {
        Some(done) => {
            let text = words(page.lang, &format!("did.{done}"));
            page.flash(FlashKind::Success, text)
        }
        None => page,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn no_words(_: Lang, key: &str) -> Text {
        Text::found(None, key)
    }

    #[test]
    fn what_is_wrong_is_said_in_the_readers_language() {
        let problem = Problem::invalid_field("title", "too_long", "English.");
        let error = |lang| {
            let refusal = Refusal::new(lang, no_words, Some(&problem));
            refusal.of_field("title").expect("an error")
        };
        assert_ne!(error(Lang::Ko), "English.");
        assert_ne!(error(Lang::Ko), error(Lang::En));
    }

    #[test]
    fn a_domains_words_for_a_field_come_first() {
        fn words(_: Lang, key: &str) -> Text {
            let own = (key == "form.title.too_long").then(|| "Shorter!".into());
            Text::found(own, key)
        }
        let problem = Problem::invalid_field("title", "too_long", "As it came.");
        let refusal = Refusal::new(Lang::En, words, Some(&problem));
        assert_eq!(refusal.of_field("title").as_deref(), Some("Shorter!"));
    }

    #[test]
    fn a_code_without_words_shows_its_sentence() {
        let problem = Problem::invalid_field("title", "never_heard_of", "As it came.");
        let refusal = Refusal::new(Lang::Ko, no_words, Some(&problem));
        assert_eq!(refusal.of_field("title").as_deref(), Some("As it came."));
        assert_eq!(refusal.of_field("genre"), None);
        let problem = Problem::conflict("never_heard_of", "As it came.");
        let refusal = Refusal::new(Lang::Ko, no_words, Some(&problem));
        assert_eq!(refusal.of_whole().as_deref(), Some("As it came."));
    }

    #[test]
    fn what_nobody_can_mend_is_no_form() {
        assert!(mendable(Problem::conflict("taken", "Taken.")).is_ok());
        assert!(mendable(Problem::unavailable()).is_ok());
        assert!(mendable(Problem::not_found()).is_err());
        assert!(mendable(Problem::internal()).is_err());
    }

    #[test]
    fn only_what_is_known_was_done() {
        fn words(_: Lang, key: &str) -> Text {
            Text::found(Some(format!("words of {key}").into()), key)
        }
        let did = |query: &str| {
            let req = TestRequest::with_uri(&format!("/desk?{query}")).to_http_request();
            let page = with_done(Page::of(&req, ""), &req, words, &["saved"]);
            page.flash.into_iter().next().map(|flash| flash.text)
        };
        assert_eq!(did("x=1&did=saved").as_deref(), Some("words of did.saved"));
        assert_eq!(did("did=%3Cb"), None);
        assert_eq!(did(""), None);
    }

    #[test]
    fn a_number_that_is_none_is_0() {
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
