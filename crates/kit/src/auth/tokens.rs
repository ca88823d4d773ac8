//! Access tokens: JWT (RFC 7519) signed with EdDSA (RFC 8037).

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use wing_contracts::{Role, SessionId, UserId};

use super::keys::{KeySource, Keys};
use super::{Revocations, Via, Viewer};
use crate::Clock;

/// `iss` of every token.
pub const ISSUER: &str = "wing";
/// `aud` of access tokens.
pub const AUDIENCE: &str = "wing-api";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who signed.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// The account.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// What the account may do.
    pub role: Role,
    /// The name to show.
    pub name: String,
    /// Path of the account's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The account's token version; a changed password raises it.
    pub ver: i32,
    /// Seconds since the epoch when it was signed.
    pub iat: i64,
    /// Seconds since the epoch from which on it is void.
    pub exp: i64,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was good once; renew it.
    #[error("expired")]
    Expired,
    /// It was never good, or is good no more.
    #[error("invalid")]
    Invalid,
    /// Whoever signs tokens has not been reached yet.
    #[error("unknowable")]
    Unknowable,
}

/// Checks access tokens against the user service's public keys.
#[derive(Clone)]
pub struct Verifier {
    keys: Keys,
    /// Tokens whose signature was found good. A signature check costs more than
    /// all the rest of a small request, and one client sends the same token
    /// hundreds of times.
    seen: Arc<Cache<String, Arc<Claims>>>,
    revocations: Revocations,
    clock: Clock,
}

/// Longer than any token we sign.
const MAX_LENGTH: usize = 4096;

impl Verifier {
    /// A verifier for the keys of a JWKS (RFC 7517).
    pub fn new(jwks: &JwkSet, revocations: Revocations, clock: Clock) -> Self {
        Self::over(Keys::fixed(jwks), revocations, clock)
    }

    /// A verifier that asks `source` for the keys, and again when a token names
    /// one it does not know.
    pub fn remote(source: Arc<dyn KeySource>, revocations: Revocations, clock: Clock) -> Self {
        Self::over(Keys::from_source(source), revocations, clock)
    }

    fn over(keys: Keys, revocations: Revocations, clock: Clock) -> Self {
        Self {
            keys,
            seen: Arc::new(Cache::new(4096)),
            revocations,
            clock,
        }
    }

    /// Whether another process signs the tokens.
    pub fn is_remote(&self) -> bool {
        self.keys.are_remote()
    }

    /// Fetches the keys anew; for a background task, since a key that was
    /// withdrawn has to be evicted.
    pub async fn refresh(&self) {
        if self.keys.fetch().await {
            // What was signed with a withdrawn key must not be remembered.
            self.seen.clear();
        }
    }

    /// Fetches the keys if `token` names one that is not known. To be called
    /// before [`Verifier::verify`]; costs nothing in the usual case.
    pub async fn prepare(&self, token: &str) {
        if !self.keys.are_remote() || token.len() > MAX_LENGTH || self.seen.get(token).is_some() {
            return;
        }
        let id = jsonwebtoken::decode_header(token)
            .ok()
            .and_then(|header| header.kid);
        if let Some(id) = id
            && self.keys.get(&id).is_none()
        {
            self.refresh().await;
        }
    }

    /// Whether the process that signs and renews tokens is known to be away.
    pub fn issuer_is_away(&self) -> bool {
        self.keys.source_is_away()
    }

    /// Notes whether that process answers.
    pub fn note_issuer(&self, answers: bool) {
        self.keys.note_source(answers);
    }

    /// What was voided before its time.
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// The viewer a token stands for.
    pub fn verify(&self, token: &str, via: Via) -> Result<Viewer, TokenError> {
        let claims = match self.seen.get(token) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.check_signature(token)?);
                self.seen.insert(token.to_owned(), Arc::clone(&claims));
                claims
            }
        };
        if self.revocations.covers(&claims) {
            return Err(TokenError::Invalid);
        }
        if claims.exp <= self.clock.now().seconds() {
            return Err(TokenError::Expired);
        }
        Ok(Viewer {
            id: claims.sub,
            session: claims.sid,
            role: claims.role,
            name: claims.name.clone(),
            picture: claims.picture.clone(),
            version: claims.ver,
            expires_at: claims.exp,
            via,
        })
    }

    fn check_signature(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let id = header.kid.ok_or(TokenError::Invalid)?;
        let key = self.keys.get(&id).ok_or_else(|| self.keys.missing())?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        // Expiry is judged by our own clock, on every use.
        validation.validate_exp = false;
        jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map(|data| data.claims)
            .map_err(|_| TokenError::Invalid)
    }
}
