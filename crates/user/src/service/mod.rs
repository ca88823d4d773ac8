//! The use cases. Who may, what must hold, what changes, which events follow.

mod account;
mod admin;
mod authorise;
mod directory;
mod guesses;
mod idle_threads;
mod keys;
mod log_in;
mod passwords;
mod picture;
mod prune;
mod refresh;
mod revocations;
mod sessions;
mod sign_up;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use wing_contracts::{Role, SessionId, Timestamp};
use wing_kit::auth::{AUDIENCE, Claims, ISSUER, Revocations, Verifier};
use wing_kit::images::Pictures;
use wing_kit::jobs::Handler;
use wing_kit::limits::Limit;
use wing_kit::media::MediaStore;
use wing_kit::media::shared::{Sweep, SweepJob};
use wing_kit::{Clock, Config, Db, Tx};

pub use account::{AccountChanges, Changed};
pub use admin::{grant_admin, revoke_admin};
pub use directory::MAX_BATCH;
pub use sign_up::SignUp;

use crate::model::{Device, User};
use crate::store::refresh_tokens::TokenHash;
use crate::store::{refresh_tokens, sessions as session_rows};
use crate::{Error, SPACE};
use guesses::Guesses;
use keys::Keys;
use passwords::Passwords;

/// What the service is made of.
pub struct Parts<'a> {
    /// The process' settings.
    pub config: &'a Config,
    /// The pool of connections to the database that holds this domain's tables.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Where pictures are kept.
    pub media: MediaStore,
    /// What this process' verifier holds void; it learns of ends at once.
    pub revocations: Revocations,
}

/// The accounts of this platform; cheap to clone.
#[derive(Clone)]
pub struct Users(Arc<State>);

/// What the use cases work with.
pub struct State {
    config: Config,
    db: Db,
    clock: Clock,
    media: MediaStore,
    pictures: Pictures,
    revocations: Revocations,
    keys: Keys,
    passwords: Passwords,
    guesses: Guesses,
    sign_ups_by_address: Limit<IpAddr>,
}

impl std::ops::Deref for Users {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}

/// What a client holds to act for an account.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Signed, short-lived; sent with every request.
    pub access: String,
    /// Opaque, long-lived, good once.
    pub refresh: String,
}

/// Somebody logged in.
#[derive(Clone)]
pub struct LoggedIn {
    /// Who.
    pub user: User,
    /// What stands for it.
    pub tokens: Tokens,
    /// What the device keeps to be known at the next log-in; for a new log-in.
    pub device: Option<String>,
}

impl Users {
    /// The service. Reads the signing key, or makes one in the data directory.
    /// Blocks for a moment; call it before the server starts.
    pub fn new(parts: Parts<'_>) -> anyhow::Result<Self> {
        let config = parts.config;
        // Longer than that, and a voided token could outlive the note of it.
        anyhow::ensure!(
            (1..=3600).contains(&config.access_seconds),
            "WING_ACCESS_SECONDS is not between 1 and 3600"
        );
        let minute = Duration::from_secs(60);
        Ok(Self(Arc::new(State {
            keys: Keys::open(config)?,
            passwords: Passwords::new(config.password_checks)?,
            guesses: Guesses::new(config.login_limit, &parts.clock),
            sign_ups_by_address: Limit::new(config.signup_limit, minute * 60, config.signup_limit),
            config: config.clone(),
            pictures: Pictures::new(
                parts.db.clone(),
                parts.media.clone(),
                parts.clock.clone(),
                SPACE,
            ),
            db: parts.db,
            clock: parts.clock,
            media: parts.media,
            revocations: parts.revocations,
        })))
    }

    /// The public keys that tokens are checked with, as a JWKS (RFC 7517).
    pub fn jwks(&self) -> &jsonwebtoken::jwk::JwkSet {
        self.keys.jwks()
    }

    /// Checks tokens in this process, with the revocations this service feeds.
    pub fn verifier(&self) -> Verifier {
        let inner = &self.0;
        Verifier::new(self.jwks(), inner.revocations.clone(), inner.clock.clone())
    }

    /// The jobs of this domain, for the runner of its database.
    pub fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        let inner = &self.0;
        let files = Arc::new(picture::Files(inner.pictures.clone()));
        let sweep = Sweep::new(inner.db.clone(), inner.clock.clone(), files);
        vec![
            Arc::new(prune::PruneSessions(self.clone())),
            Arc::new(SweepJob::new("sweep_user_pictures", sweep)),
        ]
    }

    /// Seconds an access token is good for.
    pub fn access_seconds(&self) -> i64 {
        self.config.access_seconds
    }

    /// The time in seconds since the epoch.
    pub(crate) fn now_seconds(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// Where pictures are kept.
    pub(crate) fn media(&self) -> &MediaStore {
        &self.media
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }
}

impl State {
    fn session_end(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.config.session_days * 24 * 3600)
    }

    /// An access token of a full life, for a session that begins or was renewed.
    fn access_token(&self, user: &User, session: SessionId) -> Result<String, Error> {
        let expires = self.clock.now().seconds() + self.config.access_seconds;
        self.sign(user, session, expires)
    }

    /// An access token for an account as it is now, void at `expires` (seconds since
    /// the epoch).
    fn sign(&self, user: &User, session: SessionId, expires: i64) -> Result<String, Error> {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: user.id,
            sid: session,
            role: user.role,
            name: user.display_name.clone(),
            picture: user.picture_url(),
            ver: user.token_version,
            iat: self.clock.now().seconds(),
            exp: expires,
        };
        self.keys.sign(&claims)
    }

    /// Begins a session inside the caller's transaction; its refresh token.
    fn begin_session(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        device: &Device,
        now: Timestamp,
    ) -> Result<(SessionId, String), Error> {
        let (session, expires) = (SessionId::new(), self.session_end(now));
        session_rows::insert(tx, session, user.id, device, now, expires)?;
        let token = wing_kit::http::random_token();
        refresh_tokens::insert(tx, &TokenHash::of(&token), session, now, expires)?;
        Ok((session, token))
    }

    fn logged_in(
        &self,
        user: User,
        session: SessionId,
        refresh: String,
    ) -> Result<LoggedIn, Error> {
        let access = self.access_token(&user, session)?;
        Ok(LoggedIn {
            user,
            tokens: Tokens { access, refresh },
            device: None,
        })
    }
}

/// The roles somebody can give themselves.
pub(crate) fn is_offered(role: Role) -> bool {
    matches!(role, Role::Fan | Role::Musician)
}
