//! The accounts over HTTP, in this process, on a database of their own.

use std::pin::Pin;
use std::rc::Rc;

use actix_http::Request;
use actix_web::body::to_bytes;
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, web};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use utoipa_actix_web::AppExt as _;
use wing_contracts::UserId;
use wing_kit::auth::Revocations;
use wing_kit::http::gate::gate;
use wing_kit::http::{Gate, input};
use wing_kit::media::MediaStore;
use wing_kit::{Clock, Config, Conn, Db};
use wing_user::{Parts, Users};

/// What every account here uses.
pub const PASSWORD: &str = "a quiet evening by the river";

type App_ = Rc<dyn AnyApp>;

/// The service of `init_service` under a type that can be named.
pub trait AnyApp {
    fn call(&self, req: Request) -> Pin<Box<dyn Future<Output = ServiceResponse> + '_>>;
}

impl<S> AnyApp for S
where
    S: Service<Request, Response = ServiceResponse, Error = Error>,
{
    fn call(&self, req: Request) -> Pin<Box<dyn Future<Output = ServiceResponse> + '_>> {
        Box::pin(call_service(self, req))
    }
}

/// One instance.
pub struct World {
    pub db: Db,
    pub clock: Clock,
    pub config: Config,
    pub dir: Rc<tempfile::TempDir>,
    app: App_,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub bytes: web::Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    }
}

/// An instance whose limits are out of the way.
pub async fn world() -> World {
    world_with(&[
        ("WING_LOGIN_LIMIT", "10000"),
        ("WING_SIGNUP_LIMIT", "10000"),
    ])
    .await
}

/// An instance with these settings.
pub async fn world_with(settings: &[(&str, &str)]) -> World {
    let dir = tempfile::tempdir().expect("dir");
    let config = Config::from_lookup(|name| {
        if name == "WING_DATA" {
            return Some(dir.path().display().to_string());
        }
        let found = settings.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    })
    .expect("settings");
    let url = match std::env::var("WING_TEST_DATABASE").as_deref() {
        Ok("postgres") => new_database(),
        _ => config.database_url(),
    };
    let db = Db::open(&url, 4, &[wing_user::MIGRATIONS]).expect("database");
    World::over(db, Clock::system(), config, Rc::new(dir)).await
}

/// A database of its own on the throwaway server of `cargo xtask with-postgres`.
fn new_database() -> String {
    let server = std::env::var("WING_TEST_POSTGRES").expect("WING_TEST_POSTGRES");
    let name = format!("wing_user_{}", UserId::new().uuid().simple());
    Conn::establish(&server)
        .expect("the server")
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .expect("a database");
    let (stem, _) = server.rsplit_once('/').expect("a database in the address");
    format!("{stem}/{name}")
}

impl World {
    async fn over(db: Db, clock: Clock, config: Config, dir: Rc<tempfile::TempDir>) -> Self {
        let users = Users::new(Parts {
            config: &config,
            db: db.clone(),
            clock: clock.clone(),
            media: MediaStore::directory(&dir.path().join("media")).expect("media"),
            revocations: Revocations::new(),
        })
        .expect("users");
        let gate_state = Gate::new(&config, users.verifier(), None, wing_ui::problem_page);
        let mounted = users.clone();
        let app = init_service(
            App::new()
                .wrap(from_fn(gate))
                .app_data(web::Data::new(gate_state))
                .configure(input::configure)
                .into_utoipa_app()
                .configure(|services| wing_user::configure(services, &mounted))
                .into_app(),
        )
        .await;
        Self {
            db,
            clock,
            config,
            dir,
            app: Rc::new(app),
        }
    }

    /// Another process on the same database, with the same settings and keys.
    pub async fn replica(&self) -> Self {
        Self::over(
            self.db.clone(),
            self.clock.clone(),
            self.config.clone(),
            Rc::clone(&self.dir),
        )
        .await
    }

    /// Begins a request whose head was sent and whose body was not, until it waits for
    /// the body.
    pub fn withhold(&self, req: TestRequest) -> Withheld<'_> {
        let (send, body) = tokio::sync::oneshot::channel();
        let mut request = req
            .peer_addr("127.0.0.1:4000".parse().expect("address"))
            .to_request();
        let whole = request.take_payload();
        let body = async move { body.await.map_err(|_| PayloadError::Incomplete(None)) };
        let withheld: Payload = Payload::Stream {
            payload: Box::pin(futures_util::stream::once(body)),
        };
        let (request, _) = request.replace_payload(withheld);
        let mut answer = self.app.call(request);
        let waits = answer.as_mut().now_or_never().is_none();
        assert!(waits, "it was answered without its body");
        Withheld {
            answer,
            whole,
            send,
        }
    }

    pub async fn send(&self, req: TestRequest) -> Answer {
        let peer = "127.0.0.1:4000".parse().expect("address");
        read(self.app.call(req.peer_addr(peer).to_request()).await).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(TestRequest::post().uri(path).set_json(body))
            .await
    }

    pub async fn sign_up(&self, email: &str) -> Answer {
        let body =
            json!({"email": email, "password": PASSWORD, "display_name": "River", "role": "fan"});
        self.post("/api/v1/users", body).await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post(
            "/api/v1/sessions",
            json!({"email": email, "password": password}),
        )
        .await
    }

    /// A log-in from another address, by a program that was given `device` before.
    pub async fn log_in_from(
        &self,
        from: &str,
        email: &str,
        password: &str,
        device: Option<&str>,
    ) -> Answer {
        let mut req = TestRequest::post()
            .uri("/api/v1/sessions")
            .peer_addr(from.parse().expect("an address"))
            .set_json(json!({"email": email, "password": password}));
        if let Some(device) = device {
            req = req.insert_header(("wing-device", device));
        }
        read(self.app.call(req.to_request()).await).await
    }

    /// A new account and the tokens of a session of it.
    pub async fn member(&self, email: &str) -> Member<'_> {
        assert_eq!(self.sign_up(email).await.status, 201);
        self.member_again(email, PASSWORD).await
    }

    pub async fn member_again(&self, email: &str, password: &str) -> Member<'_> {
        let tokens = self.log_in(email, password).await;
        assert_eq!(tokens.status, 200, "{}", tokens.text());
        Member::holding(self, &tokens.json())
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/v1/sessions/refresh", json!({"refresh_token": token}))
            .await
    }
}

async fn read(answer: ServiceResponse) -> Answer {
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    let bytes = to_bytes(answer.into_body()).await.unwrap_or_default();
    Answer {
        status,
        headers,
        bytes,
    }
}

/// A request that has come as far as its body.
pub struct Withheld<'w> {
    answer: Pin<Box<dyn Future<Output = ServiceResponse> + 'w>>,
    whole: Payload,
    send: tokio::sync::oneshot::Sender<web::Bytes>,
}

impl Withheld<'_> {
    /// Sends the body; the answer.
    pub async fn finish(mut self) -> Answer {
        let mut body = web::BytesMut::new();
        while let Some(chunk) = self.whole.next().await {
            body.extend_from_slice(&chunk.expect("a chunk"));
        }
        self.send
            .send(body.freeze())
            .expect("somebody waits for it");
        read(self.answer.await).await
    }
}

/// Somebody logged in.
pub struct Member<'w> {
    world: &'w World,
    pub access: String,
    pub refresh: String,
}

impl<'w> Member<'w> {
    /// Whoever holds the tokens of an answer.
    pub fn holding(world: &'w World, tokens: &Value) -> Self {
        Self {
            world,
            access: text(tokens, "access_token"),
            refresh: text(tokens, "refresh_token"),
        }
    }
}

impl Member<'_> {
    pub async fn send(&self, req: TestRequest) -> Answer {
        let bearer = (header::AUTHORIZATION, format!("Bearer {}", self.access));
        self.world.send(req.insert_header(bearer)).await
    }

    /// See [`World::withhold`].
    pub fn withhold(&self, req: TestRequest) -> Withheld<'_> {
        let bearer = (header::AUTHORIZATION, format!("Bearer {}", self.access));
        self.world.withhold(req.insert_header(bearer))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    pub async fn patch(&self, body: Value) -> Answer {
        let req = TestRequest::patch().uri("/api/v1/users/me");
        self.send(req.set_json(body)).await
    }

    pub async fn delete(&self, path: &str, body: Value) -> Answer {
        self.send(TestRequest::delete().uri(path).set_json(body))
            .await
    }

    pub async fn id(&self) -> String {
        text(&self.get("/api/v1/users/me").await.json(), "id")
    }
}

pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
