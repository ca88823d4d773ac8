//! The living gallery of the components: `cargo run -p wing-ui --example gallery`,
//! then open the printed address. `/fault/{status}` shows an error page.

mod samples;
mod sound;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

const NOW: i64 = 1_795_132_800_000;

async fn show(req: HttpRequest) -> HttpResponse {
    wing_ui::render(&samples::gallery(&req, NOW))
}

async fn fault(req: HttpRequest, status: web::Path<u16>) -> HttpResponse {
    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NOT_FOUND);
    wing_ui::error_page(&wing_ui::Page::new(&req, ""), status, None)
}

async fn waveform() -> HttpResponse {
    let peaks: Vec<u8> = (0..400_u32).map(|at| (40 + at * at % 211) as u8).collect();
    HttpResponse::Ok()
        .json(serde_json::json!({ "version": 1, "peaks": peaks, "duration_ms": 187_000 }))
}

async fn stream(req: HttpRequest) -> HttpResponse {
    let wav = sound::wav();
    let range = req
        .headers()
        .get("range")
        .and_then(|value| value.to_str().ok());
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("audio/wav")
        .insert_header(("accept-ranges", "bytes"));
    match sound::span(range, wav.len()) {
        Some(span) => {
            let which = format!("bytes {}-{}/{}", span.start, span.end - 1, wav.len());
            answer
                .status(StatusCode::PARTIAL_CONTENT)
                .insert_header(("content-range", which))
                .body(wav[span].to_vec())
        }
        None => answer.body(wav),
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let addr = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    println!("http://{addr}/");
    HttpServer::new(|| {
        // The policy that pages are served with, so that the gallery shows what breaks it.
        let policy =
            "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'";
        App::new()
            .wrap(
                actix_web::middleware::DefaultHeaders::new()
                    .add(("content-security-policy", policy)),
            )
            .configure(wing_ui::configure)
            .route("/api/v1/tracks/{id}/waveform", web::get().to(waveform))
            .route("/api/v1/tracks/{id}/stream", web::get().to(stream))
            .route("/fault/{status}", web::get().to(fault))
            .route("/", web::get().to(show))
            .route("/latest", web::get().to(show))
    })
    .workers(1)
    .bind(addr)?
    .run()
    .await
}
