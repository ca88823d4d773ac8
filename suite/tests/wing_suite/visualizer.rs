//! The operators' page: who may see it, what it shows, and that it shows what
//! happens as it happens.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use wing_suite::docker::{Cast, FakeSwarm, node, now, service, task};
use wing_suite::{App, Client, Options, is_split, spawn_app, wait_until};

const SINCE: &str = "2026-11-01T10:00:00.123456789Z";
const IMAGE: &str = "registry.example/wing/wing-music:0.1.0-aaaaaaa";
const NEXT: &str = "registry.example/wing/wing-music:0.1.0-bbbbbbb";

/// Far longer than anything takes on a busy machine; reached only by a failure.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Three nodes with two tasks of music.
fn cast() -> Cast {
    Cast {
        nodes: vec![
            node("alpha", "manager", true),
            node("beta", "worker", false),
            node("gamma", "worker", false),
        ],
        services: vec![service("music", IMAGE, 2)],
        tasks: vec![
            task("music", 1, "beta", IMAGE, "running", SINCE),
            task("music", 2, "gamma", IMAGE, "running", SINCE),
        ],
        refusal: None,
    }
}

/// A site whose visualizer looks at this Swarm.
async fn watching(swarm: &FakeSwarm) -> App {
    Options::default()
        .visualized()
        .set("WING_DOCKER_URL", swarm.url())
        .spawn()
        .await
}

/// What a page is sent, part by part, from now on.
struct News {
    stream: futures_util::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
}

impl News {
    async fn of(client: &Client, query: &str) -> Self {
        let request = client.request(reqwest::Method::GET, &format!("/visualizer/events{query}"));
        let request = request.header("accept-language", "en");
        let response = request.send().await.expect("the stream");
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self {
            stream: response.bytes_stream().boxed(),
            text: String::new(),
        }
    }

    /// The next event of the stream; `None` when it ends.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                return Some(event);
            }
            let chunk = self.stream.next().await?.expect("more of the stream");
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// Listens until a part holds all of these texts, and gives it back.
    async fn until(&mut self, part: &str, wanted: &[&str]) -> String {
        let target = format!("target=\"vis-{part}\"");
        let mut last = String::new();
        let shown = tokio::time::timeout(TIMEOUT, async {
            while let Some(event) = self.next().await {
                if event.contains(&target) {
                    last = event;
                    if wanted.iter().all(|text| last.contains(text)) {
                        return true;
                    }
                }
            }
            false
        });
        let shown = shown.await.unwrap_or(false);
        assert!(shown, "{part} never showed {wanted:?}: {last}");
        last
    }
}

#[tokio::test]
async fn only_admins_see_it() {
    let app = Options::default().visualized().spawn().await;
    let (fan, admin) = (app.fan().await, app.admin().await);
    let paths = [
        "/visualizer",
        "/visualizer/events",
        "/visualizer/snapshot.json",
    ];
    for path in paths {
        let nobody = app.nobody().get(path).await;
        nobody.expect_problem(401, "login_required");
        fan.get(path).await.expect_problem(404, "not_found");
    }
    let browser = app.browser();
    let away = browser.open("/visualizer?q=music").await.expect(303);
    assert_eq!(
        away.header("location"),
        "/login?next=%2Fvisualizer%3Fq%3Dmusic"
    );
    browser.log_in(&fan).await;
    let page = browser.open("/visualizer").await.expect(404).text();
    assert!(!page.contains("vis-nodes"));
    assert!(!browser.open("/me").await.text().contains("/visualizer"));

    let operator = app.browser();
    operator.log_in(&admin).await;
    let page = operator.open("/visualizer").await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text().contains("상황판"));
    assert!(
        operator
            .open("/me")
            .await
            .text()
            .contains("href=\"/visualizer\"")
    );
    admin.get("/visualizer/snapshot.json").await.expect(200);
}

#[tokio::test]
async fn without_a_swarm_it_shows_the_processes() {
    let app = Options::default().visualized().spawn().await;
    let admin = app.admin().await;
    let seen = admin
        .get("/visualizer/snapshot.json")
        .await
        .expect(200)
        .json();
    let names: Vec<_> = seen["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["name"])
        .collect();
    let wanted: &[&str] = if is_split() {
        &["user", "music"]
    } else {
        &["monolith"]
    };
    assert_eq!(names, wanted);
    for task in seen["tasks"].as_array().unwrap() {
        assert_eq!(task["state"], "running", "{task}");
        assert_eq!(task["version"], env!("CARGO_PKG_VERSION"));
        assert!(
            task["usage"]["memory"].as_u64().unwrap() > 1_000_000,
            "{task}"
        );
    }
    let mut news = News::of(&admin, "").await;
    // Rates follow from two looks.
    news.until("nodes", &["This machine", "CPU ", "req/s"])
        .await;
    if is_split() {
        app.stop_service("music").await;
        news.until("services", &["0 of 1 running"]).await;
        news.until("nodes", &["No answer", "nobody listens"]).await;
        news.until("history", &["music died"]).await;
    }
}

#[tokio::test]
async fn state_changes_of_tasks_are_streamed_as_they_happen() {
    let swarm = FakeSwarm::start(cast());
    let app = watching(&swarm).await;
    let admin = app.admin().await;
    let mut news = News::of(&admin, "").await;
    let nodes = news
        .until("nodes", &["alpha", "beta", "gamma", "music.1", "music.2"])
        .await;
    assert!(nodes.contains("0.1.0-aaaaaaa"), "{nodes}");

    // One dies, and another takes its place on another node.
    swarm.change(|cast| {
        let died = &mut cast.tasks[0];
        died["Status"]["State"] = json!("failed");
        died["Status"]["Err"] = json!("task: non-zero exit (137): unhealthy <container>");
        died["Status"]["ContainerStatus"]["ExitCode"] = json!(137);
        died["Status"]["Timestamp"] = json!(now());
        died["DesiredState"] = json!("shutdown");
        cast.tasks
            .push(task("music", 1, "alpha", IMAGE, "starting", &now()));
    });
    let nodes = news.until("nodes", &["Failed", "Starting"]).await;
    assert!(nodes.contains("unhealthy &#60;container&#62;"), "{nodes}");
    assert!(nodes.contains("Exit code 137"), "{nodes}");
    news.until("history", &["music.1 died", "beta"]).await;
    swarm.change(|cast| cast.tasks[2]["Status"]["State"] = json!("running"));
    news.until("services", &["2 of 2 running"]).await;
    news.until("history", &["music.1 started"]).await;

    // An update rolls, is paused, and is rolled back.
    swarm.update(|cast| {
        cast.services[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = json!(NEXT);
        cast.services[0]["UpdateStatus"] =
            json!({"State": "updating", "StartedAt": now(), "Message": "update in progress"});
        cast.tasks
            .push(task("music", 2, "beta", NEXT, "running", &now()));
    });
    news.until("services", &["Updating 1/2", "0.1.0-bbbbbbb"])
        .await;
    news.until("history", &["Update of music began", "0.1.0-bbbbbbb"])
        .await;
    swarm.update(|cast| {
        cast.services[0]["UpdateStatus"]["State"] = json!("rollback_started");
        cast.services[0]["UpdateStatus"]["Message"] = json!("update failed");
    });
    news.until("services", &["Rolling back"]).await;
    news.until("history", &["music is being rolled back"]).await;

    // A node goes, and what was on it with it.
    swarm.update(|cast| {
        cast.nodes[2]["Status"] = json!({"State": "down", "Message": "heartbeat failure"});
    });
    news.until("nodes", &["Down", "heartbeat failure", "No answer"])
        .await;
    news.until("history", &["Node gamma is down"]).await;
    swarm.update(|cast| {
        cast.services[0]["Spec"]["Mode"] = json!({"Replicated": {"Replicas": 4}});
        cast.services[0]["ServiceStatus"]["DesiredTasks"] = json!(4);
    });
    news.until("history", &["music scaled from 2 to 4"]).await;

    let seen = admin
        .get("/visualizer/snapshot.json")
        .await
        .expect(200)
        .json();
    let shown: Vec<_> = seen["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["what"].clone())
        .collect();
    for what in [
        "task_failed",
        "update_began",
        "rollback_began",
        "node_down",
        "scaled",
    ] {
        assert!(shown.contains(&Value::from(what)), "{what}: {shown:?}");
    }
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let swarm = FakeSwarm::start(cast());
    let app = watching(&swarm).await;
    let admin = app.admin().await;
    let json = admin
        .get("/visualizer/snapshot.json")
        .await
        .expect(200)
        .text();
    let page = admin.get("/visualizer").await.expect(200).text();
    assert!(json.contains("music.1") && page.contains("music.1"));
    for secret in ["hunter2-env", "hunter2-label", "WING_SERVICE_SECRET"] {
        assert!(!json.contains(secret) && !page.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_address_says_what_is_shown() {
    let swarm = FakeSwarm::start(Cast {
        services: vec![
            service("music", IMAGE, 2),
            service("user", "wing-user:7", 1),
        ],
        tasks: vec![
            task("music", 1, "beta", IMAGE, "running", SINCE),
            task("music", 2, "gamma", IMAGE, "preparing", SINCE),
            task("user", 1, "alpha", "wing-user:7", "running", SINCE),
        ],
        ..cast()
    });
    let app = watching(&swarm).await;
    let admin = app.admin().await;
    for (query, shown, hidden) in [
        (
            "?service=user",
            &["user.1"][..],
            &["music.1", "music.2"][..],
        ),
        ("?state=coming", &["music.2"], &["music.1", "user.1"]),
        ("?q=BETA+0.1.0", &["music.1"], &["music.2", "user.1"]),
        (
            "?q=nowhere&state=nonsense",
            &[],
            &["music.1", "music.2", "user.1"],
        ),
    ] {
        let page = admin
            .get(&format!("/visualizer{query}"))
            .await
            .expect(200)
            .text();
        let mut news = News::of(&admin, query).await;
        let nodes = news.until("nodes", &["alpha"]).await;
        for text in [page.split_once("id=\"vis-nodes\"").unwrap().1, &nodes] {
            let cards = text.split("id=\"vis-history\"").next().unwrap();
            for name in shown {
                assert!(cards.contains(&format!(">{name}<")), "{query} hides {name}");
            }
            for name in hidden {
                assert!(
                    !cards.contains(&format!(">{name}<")),
                    "{query} shows {name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_unreachable_docker_api_is_shown_and_its_return_as_well() {
    let swarm = FakeSwarm::start(Cast {
        refusal: Some(403),
        ..cast()
    });
    let app = watching(&swarm).await;
    let admin = app.admin().await;
    let page = admin
        .get_with("/visualizer", &[("accept-language", "en")])
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("The proxy before the Docker API refuses"),
        "{page}"
    );
    let mut news = News::of(&admin, "").await;
    swarm.change(|cast| cast.refusal = None);
    news.until("nodes", &["music.1"]).await;
    drop(swarm);
    let trouble = news
        .until("trouble", &["The Docker API does not answer."])
        .await;
    assert!(trouble.contains("Last seen"), "{trouble}");
    let page = admin.get("/visualizer").await.expect(200).text();
    assert!(
        page.contains("music.1"),
        "what was seen last is still shown"
    );
}

#[tokio::test]
async fn the_stream_ends_when_the_log_in_does() {
    let app = Options::default().visualized().spawn().await;
    let admin = app.admin().await;
    let mut news = News::of(&admin, "").await;
    news.until("nodes", &["This machine"]).await;
    admin.delete("/api/v1/sessions/current").await.expect(204);
    while news.next().await.is_some() {}
    let again = admin.get("/visualizer/events").await;
    assert!(again.status == 401, "{}", again.status);
}

#[tokio::test]
async fn without_it_the_edge_says_that_it_is_away() {
    if !is_split() {
        return;
    }
    let app = spawn_app().await;
    for path in ["/visualizer", "/visualizer/snapshot.json"] {
        let page = app.browser().open(path).await.expect(503);
        assert!(page.text().contains("지금은 조율 중이에요"));
    }
    wait_until("the rest goes on", || async {
        app.nobody().get("/api/v1/genres").await.status == 200
    })
    .await;
}
