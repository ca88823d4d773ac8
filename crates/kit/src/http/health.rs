//! `/healthz`, `/readyz`, `/startupz`, `/metrics`.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::Ready;
use crate::telemetry::metrics;

/// One thing a process needs, and whether it is there.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ready: bool,
}

/// Mounts the four.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/startupz", web::get().to(started))
        .route("/metrics", web::get().to(render_metrics));
}

/// Asks the server at `address` whether it is up and was ready once, over plain
/// HTTP; an error says that it is not. A process whose database is away is not
/// ready, and would not be the better for being replaced. Blocks, for at most
/// three seconds a step.
pub fn ask(address: std::net::SocketAddr) -> anyhow::Result<()> {
    use std::io::{Read as _, Write as _};
    let patience = std::time::Duration::from_secs(3);
    let mut target = address;
    if target.ip().is_unspecified() {
        target.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let mut stream = std::net::TcpStream::connect_timeout(&target, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    write!(
        stream,
        "GET /startupz HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n"
    )?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    anyhow::ensure!(&head == b"HTTP/1.1 200", "not ready");
    Ok(())
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
}

/// Answers well from the moment on at which all that is needed was there.
async fn started(ready: web::Data<Ready>) -> HttpResponse {
    if ready.was_ready().await {
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body("started\n")
    } else {
        HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body("starting\n")
    }
}

async fn ready(ready: web::Data<Ready>) -> HttpResponse {
    let checks: Vec<Check> = ready
        .check()
        .await
        .into_iter()
        .map(|(name, ready)| Check { name, ready })
        .collect();
    let mut response = if checks.iter().all(|check| check.ready) {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(serde_json::json!({ "checks": checks }))
}

async fn render_metrics() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(metrics::render())
}
