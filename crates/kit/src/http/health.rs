//! `/healthz`, `/readyz`, `/metrics`.

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

/// Mounts the three.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/metrics", web::get().to(render_metrics));
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
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
