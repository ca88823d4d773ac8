//! `cargo xtask ci smoke`: the smoke test of a deployed site, over its edge, as a
//! visitor: reads public pages, signs up, and deletes the account again.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;
use wing_edge::SERVICES;

use super::rollout::Backoff;
use super::target::Place;
use super::web;
use crate::postgres::random_password;
use crate::process::Session;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most that is read of one answer.
const LARGEST: u64 = 8 << 20;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// The site's address [default: WING_QA_URL or WING_PROD_URL, else WING_PUBLIC_URL of
    /// the environment's file]
    #[arg(long)]
    url: Option<String>,
    /// PEM file with the authority of the site's certificate, when browsers do not
    /// know it [default: WING_QA_CA or WING_PROD_CA]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// How long the site may take to answer at all, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    patience: u64,
}

/// # Errors
/// When the site does not answer as it should; the message says where.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let environment = args.place.environment;
    let url = match args.url.clone().or_else(|| environment.setting("URL")) {
        Some(url) => Some(url),
        None => args.place.variables()?.remove("WING_PUBLIC_URL"),
    };
    let url = url.with_context(|| {
        let name = environment.to_string().to_uppercase();
        format!("the address of {environment} is not known: say --url or set WING_{name}_URL")
    })?;
    let authority = args
        .ca
        .clone()
        .or_else(|| environment.setting("CA").map(PathBuf::from));
    let visitor = Visitor {
        agent: web::agent(TIMEOUT, authority.as_deref())?,
        base: url.trim_end_matches('/').to_owned(),
    };
    let start = Instant::now();
    visitor.arrive(&mut Backoff::new(
        session,
        Duration::from_secs(args.patience),
    ))?;
    visitor.check_public_pages()?;
    visitor.read_the_documents()?;
    visitor.sign_up_and_leave()?;
    println!(
        "{} answers as it should ({:.1} s).",
        visitor.base,
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

struct Visitor {
    agent: Agent,
    base: String,
}

/// An answer that was read.
struct Answer {
    asked: String,
    status: u16,
    kind: String,
    body: String,
}

impl Visitor {
    /// Waits until the site answers.
    fn arrive(&self, wait: &mut Backoff<'_>) -> Result<()> {
        loop {
            let answer = self.get("/healthz", None).and_then(Answer::ok);
            match answer {
                Ok(_) => return Ok(()),
                Err(error) if !wait.a_moment()? => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// The home page, what is new, and how the API says it.
    fn check_public_pages(&self) -> Result<()> {
        for page in ["/", "/latest", "/login"] {
            self.get(page, None)?.ok()?.of_kind("text/html")?;
        }
        let latest = self.get("/api/v1/tracks?sort=latest", None)?.ok()?.json()?;
        ensure!(
            latest["items"].is_array(),
            "/api/v1/tracks?sort=latest has no list of items"
        );
        Ok(())
    }

    /// Swagger UI and what it shows: one document for each service, or one for all.
    fn read_the_documents(&self) -> Result<()> {
        self.get("/swagger-ui/", None)?.ok()?.of_kind("text/html")?;
        let one = self.get("/api-docs/openapi.json", None)?;
        let documents = if one.status == 200 {
            vec![one]
        } else {
            SERVICES
                .iter()
                .filter(|service| service.has_domain)
                .map(|service| {
                    let path = format!("/api-docs/{}.json", service.name);
                    self.get(&path, None)?.ok()
                })
                .collect::<Result<_>>()?
        };
        for document in documents {
            let paths = document.json()?;
            let paths = paths["paths"].as_object();
            ensure!(
                paths.is_some_and(|paths| !paths.is_empty()),
                "{}: the document names no operation",
                document.asked
            );
        }
        Ok(())
    }

    /// Signs up, logs in, reads the own profile, and deletes the account.
    fn sign_up_and_leave(&self) -> Result<()> {
        let account = Account::new()?;
        self.post("/api/v1/users", &account.sign_up())?.is(201)?;
        let visit = self.visit(&account);
        let gone = self.leave(&account);
        // Why the visit failed says more than that the account is still there.
        visit?;
        gone.context("the account of this test is still there")
    }

    fn visit(&self, account: &Account) -> Result<()> {
        let token = self.log_in(account)?;
        let me = self.get("/api/v1/users/me", Some(&token))?.ok()?.json()?;
        ensure!(
            me["display_name"] == account.name.as_str(),
            "/api/v1/users/me shows another account"
        );
        Ok(())
    }

    fn leave(&self, account: &Account) -> Result<()> {
        let token = self.log_in(account)?;
        let body = serde_json::to_vec(&json!({"password": account.password}))?;
        let start = Instant::now();
        let answer = self
            .agent
            .delete(self.url("/api/v1/users/me"))
            .header("authorization", format!("Bearer {token}"))
            .force_send_body()
            .content_type("application/json")
            .send(&body[..]);
        read("DELETE /api/v1/users/me", start, answer)?.is(204)?;
        self.post("/api/v1/sessions", &account.log_in())?.is(401)?;
        Ok(())
    }

    fn log_in(&self, account: &Account) -> Result<String> {
        let answer = self.post("/api/v1/sessions", &account.log_in())?.ok()?;
        let tokens = answer.json()?;
        let token = tokens["access_token"].as_str();
        Ok(token.context("no token after logging in")?.to_owned())
    }

    fn get(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        let start = Instant::now();
        let mut request = self.agent.get(self.url(path));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        read(&format!("GET {path}"), start, request.call())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let start = Instant::now();
        let body = serde_json::to_vec(body)?;
        let request = self.agent.post(self.url(path));
        let answer = request.content_type("application/json").send(&body[..]);
        read(&format!("POST {path}"), start, answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// Reads an answer and prints what was asked, what came, and how long it took.
fn read(
    asked: &str,
    start: Instant,
    answer: Result<Response<ureq::Body>, ureq::Error>,
) -> Result<Answer> {
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            println!("none {:>7.3} s  {asked}", start.elapsed().as_secs_f64());
            bail!("{asked}: {}", web::in_words(&error));
        }
    };
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let body = answer.body_mut().with_config().limit(LARGEST);
    let body = body
        .read_to_string()
        .with_context(|| format!("{asked}: the answer broke off"))?;
    let status = answer.status().as_u16();
    println!(
        "{status:>4} {:>7.3} s  {asked}",
        start.elapsed().as_secs_f64()
    );
    Ok(Answer {
        asked: asked.to_owned(),
        status,
        kind,
        body,
    })
}

impl Answer {
    fn ok(self) -> Result<Self> {
        self.is(200)
    }

    fn is(self, status: u16) -> Result<Self> {
        if self.status == status {
            return Ok(self);
        }
        // Problem details say why in a sentence.
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let why = problem["detail"].as_str().or(problem["title"].as_str());
        bail!(
            "{}: {} instead of {status}{}",
            self.asked,
            self.status,
            why.map_or(String::new(), |why| format!(" ({why})"))
        )
    }

    fn of_kind(self, kind: &str) -> Result<Self> {
        ensure!(
            self.kind.starts_with(kind),
            "{}: {:?} instead of {kind}",
            self.asked,
            self.kind
        );
        Ok(self)
    }

    fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{}: no JSON", self.asked))
    }
}

/// An account that nobody can guess. Mail to its address reaches nobody: the
/// domain is reserved (RFC 2606).
struct Account {
    email: String,
    password: String,
    name: String,
}

impl Account {
    fn new() -> Result<Self> {
        let mark = random_password()?;
        Ok(Self {
            email: format!("smoke-{mark}@smoke.invalid"),
            password: random_password()?,
            name: format!("Smoke {}", &mark[..8]),
        })
    }

    fn sign_up(&self) -> Value {
        json!({
            "email": self.email, "password": self.password,
            "display_name": self.name, "role": "fan",
        })
    }

    fn log_in(&self) -> Value {
        json!({"email": self.email, "password": self.password})
    }
}
