use std::sync::{Arc, OnceLock};

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use crate::Problem;

const PATH: &str = "/api-docs/openapi.json";

/// The OpenAPI document of a process, and Swagger UI over it.
///
/// As a tree of values a document takes megabytes, so it is written out at the
/// first request for it, once for all workers, and only the text is kept.
#[derive(Clone)]
pub struct ApiDocument(Arc<Inner>);

struct Inner {
    make: Box<dyn Fn() -> OpenApi + Send + Sync>,
    written: OnceLock<Option<Bytes>>,
    /// Name and path of each document; kept as long as the process lives.
    offered: Vec<(&'static str, &'static str)>,
}

impl ApiDocument {
    /// The document that `make` makes. Swagger UI offers it, or those that the
    /// settings name.
    pub fn new(config: &crate::Config, make: impl Fn() -> OpenApi + Send + Sync + 'static) -> Self {
        let names = config.api_docs.split(',').map(str::trim);
        Self(Arc::new(Inner {
            make: Box::new(make),
            written: OnceLock::new(),
            offered: names
                .filter(|name| !name.is_empty())
                .map(|name| {
                    let path = format!("/api-docs/{name}.json");
                    (&*name.to_owned().leak(), &*path.leak())
                })
                .collect(),
        }))
    }

    /// Mounts the document at `/api-docs/openapi.json` and Swagger UI at
    /// `/swagger-ui/`.
    pub fn configure(&self, services: &mut ServiceConfig<'_>) {
        let offered = &self.0.offered;
        let config = if offered.is_empty() {
            Config::from(PATH)
        } else {
            let urls = offered.iter().enumerate();
            Config::new(urls.map(|(index, (name, path))| Url::with_primary(name, path, index == 0)))
        };
        let config = config
            .try_it_out_enabled(true)
            .persist_authorization(true)
            .display_request_duration(true)
            .filter(true);
        let ui = SwaggerUi::new("/swagger-ui/{_:.*}").config(config);
        let document = self.clone();
        services.map(|plain| {
            plain
                .route(
                    PATH,
                    web::get().to(move || {
                        let document = document.clone();
                        async move { document.answer() }
                    }),
                )
                .service(web::redirect("/swagger-ui", "/swagger-ui/"))
                .service(ui)
        });
    }

    fn answer(&self) -> Result<HttpResponse, Problem> {
        let inner = &self.0;
        let written = inner
            .written
            .get_or_init(|| Some((inner.make)().to_json().ok()?.into()));
        let json = written.clone().ok_or_else(Problem::internal)?;
        Ok(HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
            .body(json))
    }
}
