//! `/visualizer`, for admins: the page, its live updates, and all of it as JSON.
//!
//! The page is rendered once, by `parts`; without scripts it loads itself anew,
//! with them each part is replaced when it has changed.

mod filter;
mod parts;
mod stream;
#[cfg(test)]
mod tests;
mod units;
mod view_models;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Serialize;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_ui::{Meta, Page};

use self::filter::Filter;
use self::parts::{Parts, Rendered};
use crate::history::HistoryEvent;
use crate::view::{Group, Kind, View};
use crate::watch::Scene;
use crate::{Visualizer, t};

/// Mounts them for `visualizer`.
pub fn configure(config: &mut web::ServiceConfig, visualizer: &Visualizer) {
    config
        .app_data(web::Data::new(visualizer.clone()))
        .route("/visualizer", web::get().to(show))
        .route("/visualizer/events", web::get().to(stream::listen))
        .route("/visualizer/snapshot.json", web::get().to(snapshot));
}

/// To others than admins the page does not exist.
fn only_admins(viewer: &Viewer) -> Result<(), Problem> {
    if viewer.is_admin() {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}

#[derive(Template)]
#[template(path = "visualizer.html")]
struct VisualizerPage {
    page: Page,
    filter: Filter,
    services: Vec<String>,
    groups: [Group; 4],
    swarm: bool,
    parts: Rendered,
}

impl VisualizerPage {
    fn new(mut page: Page, filter: Filter, scene: &Scene) -> Self {
        page.title = t(page.lang, "title").into();
        page.meta = Meta {
            noindex: true,
            ..Meta::default()
        };
        let mut services: Vec<String> = scene
            .view
            .services
            .iter()
            .map(|service| service.name.clone())
            .collect();
        // One that is gone stays chosen until another is.
        if !filter.service.is_empty() && !services.contains(&filter.service) {
            services.push(filter.service.clone());
        }
        let parts = Parts::new(page.lang, scene, &filter).render();
        Self {
            services,
            groups: Group::ALL,
            swarm: scene.view.kind == Kind::Swarm,
            parts,
            filter,
            page,
        }
    }
}

async fn show(
    visualizer: web::Data<Visualizer>,
    req: HttpRequest,
    viewer: Viewer,
    filter: web::Query<Filter>,
) -> Result<HttpResponse, Problem> {
    only_admins(&viewer)?;
    let scene = visualizer.scene().await;
    let page = Page::of(&req, "");
    let shown = VisualizerPage::new(page, filter.into_inner(), &scene);
    let mut answer = wing_ui::render(&shown);
    answer.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    Ok(answer)
}

/// The JSON of everything.
#[derive(Serialize)]
struct Snapshot<'a> {
    #[serde(flatten)]
    view: &'a View,
    trouble: Option<&'static str>,
    history: Vec<&'a HistoryEvent>,
}

async fn snapshot(
    visualizer: web::Data<Visualizer>,
    viewer: Viewer,
) -> Result<HttpResponse, Problem> {
    only_admins(&viewer)?;
    let scene = visualizer.scene().await;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Snapshot {
            view: &scene.view,
            trouble: scene.trouble.map(|(trouble, _)| trouble.code()),
            history: scene.history.latest().collect(),
        }))
}
