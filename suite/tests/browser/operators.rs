//! The operators' page while one looks at it.

use serde_json::json;
use wing_suite::chromium::Chromium;
use wing_suite::docker::{Cast, FakeSwarm, node, now, service, task};
use wing_suite::{App, Client, Options};

pub(crate) const IMAGE: &str = "wing-music:0.1.0-aaaaaaa";

pub(crate) fn cast() -> Cast {
    Cast {
        nodes: vec![
            node("alpha", "manager", true),
            node("beta", "worker", false),
        ],
        services: vec![
            service("music", IMAGE, 1),
            service("user", "wing-user:7", 1),
        ],
        tasks: vec![
            task("music", 1, "alpha", IMAGE, "running", &now()),
            task("user", 1, "beta", "wing-user:7", "running", &now()),
        ],
        refusal: None,
    }
}

async fn watched() -> (App, FakeSwarm, Client) {
    let swarm = FakeSwarm::start(cast());
    let options = Options::default().visualized();
    let app = options.set("WING_DOCKER_URL", swarm.url()).spawn().await;
    let admin = app.admin().await;
    (app, swarm, admin)
}

#[tokio::test]
async fn a_card_appears_as_its_task_does_and_what_is_typed_stays() {
    let (app, swarm, admin) = watched().await;
    let browser = Chromium::open(&app.base_url).await;
    browser.log_in(&admin.email, &admin.password).await;
    browser.visit("/me").await;
    browser.click(".foot a[href=\"/visualizer\"]").await;
    browser.see(".vis-live").await;
    browser.see_text("#vis-nodes .vis-card", "music.1").await;
    browser.mark_document().await;

    browser.fill("q", "music").await;
    browser.gone("#task-user-1-beta-7").await;
    browser.wait_for_path("/visualizer?q=music").await;
    swarm.change(|cast| {
        let another = task("music", 2, "beta", IMAGE, "starting", &now());
        cast.tasks.push(another);
    });
    browser.see_text("#vis-nodes .vis-card", "music.2").await;
    swarm.change(|cast| cast.tasks[2]["Status"]["State"] = json!("running"));
    browser.see_text("#vis-history", "music.2 시작").await;
    let typed = browser
        .js("return document.querySelector('main [name=q]').value")
        .await;
    assert_eq!(typed, "music");
    let focused = browser.js("return document.activeElement.name").await;
    assert_eq!(focused, "q", "the focus stays where one types");
    assert!(browser.same_document().await);
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test]
async fn without_scripts_it_loads_itself_anew() {
    let (app, swarm, admin) = watched().await;
    let browser = Chromium::without_scripts(&app.base_url).await;
    browser.log_in(&admin.email, &admin.password).await;
    browser.visit("/visualizer?service=music").await;
    browser.see_text("#vis-nodes .vis-card", "music.1").await;
    swarm.change(|cast| {
        cast.tasks
            .push(task("music", 2, "beta", IMAGE, "running", &now()));
    });
    browser.see_text("#vis-nodes .vis-card", "music.2").await;
    assert_eq!(browser.path().await, "/visualizer?service=music");
}
