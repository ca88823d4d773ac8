//! A server of its own for one test, behind the real gate.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use actix_web::{HttpResponse, web};
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tokio_util::sync::CancellationToken;
use wing_contracts::{Role, SessionId, UserId};

use super::{Gate, Ready, serve};
use crate::auth::{AUDIENCE, Claims, ISSUER, Revocations, Verifier};
use crate::{Clock, Config};

/// A running server; dropping it stops it.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    pub(crate) revocations: Revocations,
    pub(crate) stop: CancellationToken,
    key: EncodingKey,
    thread: Option<JoinHandle<()>>,
}

const KEY_ID: &str = "test";

impl Site {
    /// Serves what `mount` adds; `stop` is also what it may hand to its answers.
    pub(crate) fn start(
        stop: CancellationToken,
        mount: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let pair = KeypairBytes {
            secret_key: [7; 32],
            public_key: None,
        };
        let der = pair.to_pkcs8_der().expect("a key");
        let key = EncodingKey::from_ed_der(der.as_bytes());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA).expect("its other half");
        public.common.key_id = Some(KEY_ID.to_owned());
        let jwks = JwkSet { keys: vec![public] };

        let (clock, revocations) = (Clock::system(), Revocations::new());
        let verifier = Verifier::new(&jwks, revocations.clone(), clock.clone());
        let config = Config::from_lookup(|name| match name {
            "WING_WORKERS" | "WING_STOP_SECONDS" => Some("1".to_owned()),
            _ => None,
        });
        let config = config.expect("settings");
        let gate = Gate::new(&config, verifier, None, |_, _| {
            HttpResponse::InternalServerError().finish()
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let thread = std::thread::spawn({
            let stop = stop.clone();
            move || {
                let mount =
                    move |services: &mut utoipa_actix_web::service_config::ServiceConfig<'_>| {
                        let mount = mount.clone();
                        services.map(|plain: &mut web::ServiceConfig| plain.configure(mount));
                    };
                let serving = serve(
                    &config,
                    listener,
                    gate,
                    Ready::default(),
                    mount,
                    Vec::new(),
                    stop,
                );
                actix_web::rt::System::new()
                    .block_on(serving)
                    .expect("serves");
            }
        });
        Self {
            address,
            clock,
            revocations,
            stop,
            key,
            thread: Some(thread),
        }
    }

    /// The access token of a log-in of `user`.
    pub(crate) fn token(&self, user: UserId, session: SessionId) -> String {
        let now = self.clock.now().seconds();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            role: Role::Fan,
            name: "Fan".to_owned(),
            picture: None,
            ver: 0,
            iat: now,
            exp: now + 600,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(KEY_ID.to_owned());
        jsonwebtoken::encode(&header, &claims, &self.key).expect("a token")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
