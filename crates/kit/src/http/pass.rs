use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::Gate;
use super::gate::token_of;
use crate::auth::{Verifier, Via, Viewer};

/// What somebody was let in with, for an answer that goes on for long after: what
/// was good at its beginning may be void before its end.
#[derive(Clone)]
pub struct Pass {
    token: String,
    via: Via,
    verifier: Verifier,
}

impl Pass {
    /// The pass of a request; `None` when it shows none.
    pub fn of(req: &HttpRequest) -> Option<Self> {
        let gate = req.app_data::<web::Data<Arc<Gate>>>()?;
        let (token, via) = token_of(req)?;
        Some(Self {
            token,
            via,
            verifier: gate.verifier.clone(),
        })
    }

    /// Who it lets in now; `None` once it has expired or was voided.
    pub fn viewer(&self) -> Option<Viewer> {
        self.verifier.verify(&self.token, self.via).ok()
    }
}
