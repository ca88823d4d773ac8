//! How the processes of one site know each other: short-lived tokens signed
//! with a secret that they share.
//!
//! Routes below [`PREFIX`] are for them alone. The edge answers there with 404,
//! and so does the [gate](crate::http::gate) to whoever shows no token.

use std::sync::Arc;

use anyhow::ensure;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{Clock, Config};

/// What begins the path of every route between processes.
pub const PREFIX: &str = "/internal/";

const AUDIENCE: &str = "wing-internal";
/// Seconds a token is good for: for one call and clocks that differ a little.
const LIFE: i64 = 30;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Signs calls to the other processes and recognises theirs; cheap to clone.
#[derive(Clone)]
pub struct Peers(Arc<Inner>);

struct Inner {
    name: &'static str,
    signs: EncodingKey,
    accepts: Vec<DecodingKey>,
    clock: Clock,
}

impl Peers {
    /// This process, called `name`, among its peers; `None` without a secret.
    /// Fails when a secret is short enough to be guessed.
    pub fn new(config: &Config, name: &'static str, clock: Clock) -> anyhow::Result<Option<Self>> {
        let secrets: Vec<&str> = config.service_secret.expose().split_whitespace().collect();
        let Some(first) = secrets.first() else {
            return Ok(None);
        };
        ensure!(
            secrets.iter().all(|secret| secret.len() >= 32),
            "WING_SERVICE_SECRET has less than 32 characters"
        );
        Ok(Some(Self(Arc::new(Inner {
            name,
            signs: EncodingKey::from_secret(first.as_bytes()),
            accepts: secrets
                .iter()
                .map(|secret| DecodingKey::from_secret(secret.as_bytes()))
                .collect(),
            clock,
        }))))
    }

    /// A token that says who we are, for one call.
    pub fn token(&self) -> anyhow::Result<String> {
        let now = self.0.clock.now().seconds();
        let claims = Claims {
            iss: self.0.name.into(),
            aud: AUDIENCE.into(),
            iat: now,
            exp: now + LIFE,
        };
        let header = Header::new(Algorithm::HS256);
        Ok(jsonwebtoken::encode(&header, &claims, &self.0.signs)?)
    }

    /// The name of the process that made this token, if one of ours did.
    pub fn recognise(&self, token: &str) -> Option<String> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        // Expiry is judged by our own clock.
        validation.validate_exp = false;
        let claims = self.0.accepts.iter().find_map(|key| {
            jsonwebtoken::decode::<Claims>(token, key, &validation)
                .ok()
                .map(|data| data.claims)
        })?;
        let now = self.0.clock.now().seconds();
        let fresh = (claims.iat - LIFE..claims.exp).contains(&now);
        fresh.then_some(claims.iss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(secret: &str, clock: &Clock) -> Peers {
        let config =
            Config::from_lookup(|name| (name == "WING_SERVICE_SECRET").then(|| secret.to_owned()));
        Peers::new(&config.expect("settings"), "music", clock.clone())
            .expect("a good secret")
            .expect("a secret")
    }

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn peers_know_each_other_for_half_a_minute() {
        let clock = Clock::system();
        let peers = peers(OLD, &clock);
        let token = peers.token().expect("a token");
        assert_eq!(peers.recognise(&token).as_deref(), Some("music"));
        clock.advance_ms(31_000);
        assert_eq!(peers.recognise(&token), None);
        assert_eq!(peers.recognise("no.token.atall"), None);
    }

    #[test]
    fn a_secret_is_changed_without_a_gap() {
        let clock = Clock::system();
        let (old, both) = (peers(OLD, &clock), peers(&format!("{NEW}\n{OLD}"), &clock));
        let only_new = peers(NEW, &clock);
        let (from_old, from_both) = (old.token().expect("one"), both.token().expect("one"));
        assert!(both.recognise(&from_old).is_some());
        assert!(only_new.recognise(&from_both).is_some());
        assert!(only_new.recognise(&from_old).is_none());
    }

    #[test]
    fn a_short_secret_is_refused() {
        let config =
            Config::from_lookup(|name| (name == "WING_SERVICE_SECRET").then(|| "short".into()))
                .expect("settings");
        assert!(Peers::new(&config, "user", Clock::system()).is_err());
    }
}
