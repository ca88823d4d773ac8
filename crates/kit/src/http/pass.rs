use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::Gate;
use super::gate::token_of;
use crate::auth::{TokenError, Verifier, Via, Viewer};

/// What somebody was let in with, for an answer that goes on for long after: what
/// was good at its beginning may be void before its end.
#[derive(Clone)]
struct Pass {
    token: String,
    via: Via,
    verifier: Verifier,
}

/// Who reads an answer that goes on for long.
#[derive(Clone)]
pub(super) struct Audience(Option<Pass>);

impl Audience {
    /// Who sent a request: somebody logged in, or nobody when it was let in
    /// without.
    pub(super) fn of(req: &HttpRequest) -> Self {
        let pass = Viewer::of(req).and_then(|_| {
            let gate = req.app_data::<web::Data<Arc<Gate>>>()?;
            let (token, via) = token_of(req)?;
            Some(Pass {
                token,
                via,
                verifier: gate.verifier.clone(),
            })
        });
        Self(pass)
    }

    /// Who that is now; an error once the log-in has expired or was voided.
    pub(super) fn viewer(&self) -> Result<Option<Viewer>, TokenError> {
        let pass = self.0.as_ref();
        pass.map(|pass| pass.verifier.verify(&pass.token, pass.via))
            .transpose()
    }
}
