//! From what was sent to what the use cases take.

use actix_web::HttpRequest;
use actix_web::http::header;
use wing_kit::Problem;
use wing_kit::problem::Checks;

use super::dto::{ChangeBody, SignUpBody};
use crate::model::{Device, DisplayName, Email, GivenPassword, NewPassword};
use crate::service::{AccountChanges, SignUp};

/// What the client says it is.
pub fn device(req: &HttpRequest) -> Device {
    let agent = req.headers().get(header::USER_AGENT);
    Device::new(
        agent
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    )
}

/// What a program was given at an earlier log-in, to be known by.
pub fn known_device(req: &HttpRequest) -> Option<&str> {
    req.headers().get("wing-device")?.to_str().ok()
}

/// Reads a sign-up, reporting all that is wrong at once.
pub fn sign_up(body: &SignUpBody) -> Result<SignUp, Problem> {
    let mut checks = Checks::new();
    let email = checks.take("email", Email::parse(&body.email));
    let password = NewPassword::parse(&body.password, email.as_ref());
    let password = checks.take("password", password);
    let name = checks.take("display_name", DisplayName::parse(&body.display_name));
    let all = (|| {
        Some(SignUp {
            email: email?,
            password: password?,
            display_name: name?,
            role: body.role.into(),
        })
    })();
    checks.finish(all)
}

/// Reads a change of the account whose address is `email`.
pub fn changes(body: &ChangeBody, email: Option<&Email>) -> Result<AccountChanges, Problem> {
    let mut checks = Checks::new();
    let name = body.display_name.as_deref().map(DisplayName::parse);
    let display_name = name.and_then(|name| checks.take("display_name", name));
    let password =
        match (&body.password, &body.current_password) {
            (None, _) => None,
            (Some(new), current) => {
                let new = checks.take("password", NewPassword::parse(new, email));
                let current = current.as_deref().map(GivenPassword::new).ok_or(
                    wing_kit::problem::Invalid::new(
                        "required",
                        "A new password needs the one until now beside it.",
                    ),
                );
                new.zip(checks.take("current_password", current))
            }
        };
    checks.finish(Some(AccountChanges {
        display_name,
        role: body.role.map(Into::into),
        password,
    }))
}
