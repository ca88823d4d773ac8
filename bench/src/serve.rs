//! The server under test: the monolith as it is, with two more routes behind
//! the same gate. One gives fixed answers, one writes a body to the disk: what
//! the real ones are measured against, in the same process.

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Result};
use anyhow::Context as _;
use futures_util::StreamExt as _;
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio_util::sync::CancellationToken;
use wing_kit::{Clock, Config, Problem};

use crate::site::{BARE, FIXED};

/// Answers by name, read once.
type Fixed = Arc<std::sync::Mutex<std::collections::HashMap<String, Bytes>>>;

/// Serves until asked to stop.
///
/// # Errors
/// As the site itself.
pub fn run(answers: PathBuf) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    wing_kit::telemetry::logs::start(&config)?;
    let spool = config.data.join("bare");
    let fixed = Fixed::default();
    let more = move |routes: &mut web::ServiceConfig| {
        let (fixed, answers, spool) = (fixed.clone(), answers.clone(), spool.clone());
        routes.route(
            &format!("{FIXED}/{{name}}"),
            web::get().to(move |name: web::Path<String>| {
                let (fixed, answers) = (fixed.clone(), answers.clone());
                async move { give(&fixed, &answers, &name) }
            }),
        );
        routes.route(
            BARE,
            web::put().to(move |body: web::Payload| {
                let spool = spool.clone();
                async move { write(body, spool).await }
            }),
        );
    };
    let stop = CancellationToken::new();
    actix_web::rt::System::new()
        .block_on(wing_monolith::serve_with(
            config,
            Clock::system(),
            more,
            stop,
        ))
        .context("serving")
}

fn give(fixed: &Fixed, answers: &std::path::Path, name: &str) -> Result<HttpResponse> {
    let mut fixed = fixed.lock().map_err(|_| Problem::internal())?;
    let bytes = match fixed.get(name) {
        Some(bytes) => bytes.clone(),
        None => {
            let bytes = Bytes::from(std::fs::read(answers.join(name))?);
            fixed.insert(name.to_owned(), bytes.clone());
            bytes
        }
    };
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(bytes))
}

/// What anybody would write: chunks into a file, buffered.
async fn write(mut body: web::Payload, spool: PathBuf) -> Result<HttpResponse> {
    let mut file = BufWriter::with_capacity(256 * 1024, tokio::fs::File::create(&spool).await?);
    while let Some(chunk) = body.next().await {
        file.write_all(&chunk?).await?;
    }
    file.flush().await?;
    file.into_inner().sync_data().await?;
    Ok(HttpResponse::NoContent().finish())
}
