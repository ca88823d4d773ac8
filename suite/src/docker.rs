//! A Docker Swarm that is only acted: the part of a manager's API that is read,
//! answered from what a test says.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// A manager that answers at an address of its own until it is dropped.
#[derive(Debug)]
pub struct FakeSwarm {
    address: SocketAddr,
    state: Arc<State>,
    server: Option<(ServerHandle, JoinHandle<()>)>,
}

#[derive(Debug)]
struct State {
    cast: Mutex<Cast>,
    events: broadcast::Sender<Bytes>,
}

/// What the Swarm consists of, as the API words it.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// `/nodes`
    pub nodes: Vec<Value>,
    /// `/services`
    pub services: Vec<Value>,
    /// `/tasks`
    pub tasks: Vec<Value>,
    /// Answered to every question instead, as a proxy that refuses does.
    pub refusal: Option<u16>,
}

impl FakeSwarm {
    /// Begins with this cast, on a free port.
    pub fn start(cast: Cast) -> Self {
        Self::start_at(0, cast)
    }

    /// [`FakeSwarm::start`] on a port of one's choice.
    pub fn start_at(port: u16, cast: Cast) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            cast: Mutex::new(cast),
            events: broadcast::channel(64).0,
        });
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn({
            let state = Arc::clone(&state);
            move || actix_web::rt::System::new().block_on(serve(listener, state, sender))
        });
        let handle = receiver.recv().expect("a server");
        Self {
            address,
            state,
            server: Some((handle, thread)),
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the cast without an event, as tasks on other nodes change.
    pub fn change(&self, change: impl FnOnce(&mut Cast)) {
        change(&mut self.cast());
    }

    /// Changes the cast and publishes an event of a service.
    pub fn update(&self, change: impl FnOnce(&mut Cast)) {
        self.change(change);
        let event =
            json!({"Type": "service", "Action": "update", "Actor": {"ID": "x"}, "scope": "swarm"});
        // Nobody has to listen.
        let _ = self.state.events.send(Bytes::from(format!("{event}\n")));
    }

    fn cast(&self) -> MutexGuard<'_, Cast> {
        self.state.cast()
    }
}

impl State {
    fn cast(&self) -> MutexGuard<'_, Cast> {
        self.cast.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, of: impl FnOnce(&Cast) -> Value) -> HttpResponse {
        let cast = self.cast();
        match cast
            .refusal
            .and_then(|code| StatusCode::from_u16(code).ok())
        {
            Some(status) => HttpResponse::build(status).json(json!({"message": "refused"})),
            None => HttpResponse::Ok().json(of(&cast)),
        }
    }
}

impl Drop for FakeSwarm {
    fn drop(&mut self) {
        if let Some((handle, thread)) = self.server.take() {
            // Sent, whether or not anybody waits for it.
            drop(handle.stop(false));
            let _ = thread.join();
        }
    }
}

async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    sender: std::sync::mpsc::Sender<ServerHandle>,
) {
    let state = web::Data::from(state);
    let app = move || {
        let app = App::new().app_data(state.clone());
        // With the version of the API in front, and without.
        ["", "/{version}"].into_iter().fold(app, |app, api| {
            app.route(&format!("{api}/version"), web::get().to(version))
                .route(&format!("{api}/nodes"), web::get().to(nodes))
                .route(&format!("{api}/services"), web::get().to(services))
                .route(&format!("{api}/tasks"), web::get().to(tasks))
                .route(&format!("{api}/events"), web::get().to(events))
        })
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .expect("a socket")
        .run();
    let _ = sender.send(server.handle());
    server.await.expect("a server");
}

async fn version(state: web::Data<State>) -> HttpResponse {
    state.answer(|_| json!({"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10.24"}))
}

async fn nodes(state: web::Data<State>) -> HttpResponse {
    state.answer(|cast| json!(cast.nodes))
}

async fn services(state: web::Data<State>) -> HttpResponse {
    state.answer(|cast| json!(cast.services))
}

async fn tasks(state: web::Data<State>) -> HttpResponse {
    state.answer(|cast| json!(cast.tasks))
}

async fn events(state: web::Data<State>) -> HttpResponse {
    let news = state.events.subscribe();
    let lines = futures_util::stream::unfold(news, |mut news| async move {
        let line = news.recv().await.ok()?;
        Some((Ok::<_, actix_web::Error>(line), news))
    });
    HttpResponse::Ok()
        .content_type("application/json")
        .streaming(lines.boxed())
}

/// A node, as `/nodes` shows it.
pub fn node(name: &str, role: &str, leads: bool) -> Value {
    let mut node = json!({
        "ID": format!("node-{name}"),
        "CreatedAt": "2026-11-01T09:00:00.5Z", "UpdatedAt": "2026-11-01T09:00:00.5Z",
        "Spec": {"Role": role, "Availability": "active", "Labels": {"secret": "hunter2-label"}},
        "Description": {
            "Hostname": name,
            "Platform": {"Architecture": "x86_64", "OS": "linux"},
            "Resources": {"NanoCPUs": 4_000_000_000_i64, "MemoryBytes": 8_589_934_592_i64},
            "Engine": {"EngineVersion": "20.10.24"},
        },
        "Status": {"State": "ready", "Addr": "10.0.0.1"},
    });
    if role == "manager" {
        node["ManagerStatus"] =
            json!({"Leader": leads, "Reachability": "reachable", "Addr": "10.0.0.1:2377"});
    }
    node
}

/// A replicated service of the stack `wing`, as `/services?status=true` shows it.
pub fn service(name: &str, image: &str, replicas: u64) -> Value {
    json!({
        "ID": format!("service-{name}"),
        "Version": {"Index": 10},
        "CreatedAt": "2026-11-01T09:00:00.5Z", "UpdatedAt": "2026-11-01T09:00:00.5Z",
        "Spec": {
            "Name": format!("wing_{name}"),
            "Labels": {"com.docker.stack.namespace": "wing", "password": "hunter2-label"},
            "TaskTemplate": {"ContainerSpec": container(image), "ForceUpdate": 0},
            "Mode": {"Replicated": {"Replicas": replicas}},
        },
        "Endpoint": {"Spec": {}},
        "ServiceStatus": {"RunningTasks": replicas, "DesiredTasks": replicas, "CompletedTasks": 0},
    })
}

/// One of its tasks on a node, as `/tasks` shows it; `state` since `since`.
pub fn task(service: &str, slot: u64, node: &str, image: &str, state: &str, since: &str) -> Value {
    json!({
        "ID": format!("{service}-{slot}-{node}-{}", image.rsplit(':').next().unwrap_or_default()),
        "Version": {"Index": 20},
        "CreatedAt": since, "UpdatedAt": since,
        "Spec": {
            "ContainerSpec": container(image), "ForceUpdate": 0,
            "Resources": {"Reservations": {"NanoCPUs": 250_000_000_i64, "MemoryBytes": 134_217_728_i64}},
        },
        "ServiceID": format!("service-{service}"), "Slot": slot, "NodeID": format!("node-{node}"),
        "Status": {
            "Timestamp": since, "State": state, "Message": "started",
            "ContainerStatus": {"ContainerID": format!("{:0<64}", "3f2a9c"), "PID": 4242, "ExitCode": 0},
        },
        "DesiredState": "running",
    })
}

/// This moment, as the API writes it.
pub fn now() -> String {
    jiff::Timestamp::now().to_string()
}

fn container(image: &str) -> Value {
    json!({"Image": image, "Env": ["WING_SERVICE_SECRET=hunter2-env"], "Labels": {"token": "hunter2-label"}})
}
