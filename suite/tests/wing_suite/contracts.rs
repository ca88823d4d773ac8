//! What a domain may rely on when it asks another: the same from the domain's
//! own service in this process and from the adapter over HTTP.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wing_clients::{Calls, RemoteUsers};
use wing_contracts::users::UserDirectory;
use wing_contracts::{ProviderError, Role, UserId};
use wing_kit::peers::Peers;
use wing_kit::{Clock, Config};
use wing_suite::{Client, Database, wait_until};
use wing_wiring::Process;

const SECRET: &str = "the-secret-of-the-contract-tests-only";

/// Accounts, with both ways to ask them.
pub(crate) struct Accounts {
    pub base: String,
    pub config: Config,
    local: Arc<dyn UserDirectory>,
    remote: Arc<dyn UserDirectory>,
    stop: CancellationToken,
    server: Option<std::thread::JoinHandle<()>>,
    _database: Database,
    _data: tempfile::TempDir,
}

impl Drop for Accounts {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = self.server.take().map(std::thread::JoinHandle::join);
    }
}

/// The way of another process to what answers at `base`.
pub(crate) fn calls(base: &str, config: &Config) -> Calls {
    let peers = Peers::new(config, "music", Clock::system())
        .unwrap()
        .unwrap();
    Calls::new("user", base, config, peers).unwrap()
}

fn remote(base: &str, config: &Config) -> RemoteUsers {
    RemoteUsers::new(calls(base, config))
}

pub(crate) async fn accounts() -> Accounts {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let config = Config::from_lookup(|name| match name {
        "WING_DATA" => Some(data.path().display().to_string()),
        "WING_DATABASE_URL" => Some(database.url.clone()),
        "WING_SERVICE_SECRET" => Some(SECRET.into()),
        // Far longer than any answer takes on a busy machine.
        "WING_CALL_MS" => Some("10000".into()),
        "WING_WORKERS" => Some("1".into()),
        _ => None,
    })
    .unwrap();
    let stop = CancellationToken::new();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let server = std::thread::spawn({
        let (config, stop) = (config.clone(), stop.clone());
        move || {
            actix_web::rt::System::new().block_on(async {
                let domains = [wing_user_service::DOMAIN];
                let mut process = Process::open("user", config, Clock::system(), &domains, stop)
                    .await
                    .unwrap();
                let users = wing_user_service::mount(&mut process).await.unwrap();
                let _ = sender.send(users.clone());
                let document = wing_kit::http::ApiDocument::new(
                    &process.server.config,
                    wing_user_service::openapi,
                );
                process
                    .serve(listener, users.verifier(), document)
                    .await
                    .unwrap();
            });
        }
    });
    let local = Arc::new(receiver.await.unwrap());
    wait_until("accounts are ready", || {
        let asked = reqwest::get(format!("{base}/readyz"));
        async move { asked.await.is_ok_and(|answer| answer.status() == 200) }
    })
    .await;
    Accounts {
        remote: Arc::new(remote(&base, &config)),
        local,
        base,
        config,
        stop,
        server: Some(server),
        _database: database,
        _data: data,
    }
}

fn id_of(client: &Client) -> UserId {
    client.id.parse().unwrap()
}

#[tokio::test]
async fn a_directory_answers_for_many_and_leaves_out_who_is_not_there() {
    let accounts = accounts().await;
    let fan = Client::signed_up(&accounts.base, "fan").await;
    let musician = Client::signed_up(&accounts.base, "musician").await;
    for directory in [&accounts.local, &accounts.remote] {
        let asked = [id_of(&fan), UserId::new(), id_of(&musician), id_of(&fan)];
        let found = directory.summaries(&asked).await.unwrap();
        assert_eq!(found.len(), 2);
        let summary = &found[&id_of(&musician)];
        assert_eq!(summary.display_name, musician.name);
        assert_eq!(summary.role, Role::Musician);
        assert_eq!(summary.picture_url, None);
        assert_eq!(found[&id_of(&fan)].id, id_of(&fan));
        assert!(directory.summaries(&[]).await.unwrap().is_empty());
    }
    let both = [&accounts.local, &accounts.remote];
    let mut answers = Vec::new();
    for directory in both {
        answers.push(directory.summaries(&[id_of(&fan)]).await.unwrap());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_directory_looks_at_a_hundred_at_once() {
    let accounts = accounts().await;
    let fan = Client::signed_up(&accounts.base, "fan").await;
    let mut many: Vec<UserId> = (0..99).map(|_| UserId::new()).collect();
    many.push(id_of(&fan));
    many.extend((0..50).map(|_| UserId::new()));
    for directory in [&accounts.local, &accounts.remote] {
        let found = directory.summaries(&many).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&id_of(&fan)]);
    }
}

#[tokio::test]
async fn a_directory_forgets_who_is_gone() {
    let accounts = accounts().await;
    let fan = Client::signed_up(&accounts.base, "fan").await;
    fan.send(
        fan.request(reqwest::Method::DELETE, "/api/v1/users/me")
            .json(&serde_json::json!({"password": wing_suite::PASSWORD})),
    )
    .await
    .expect(204);
    for directory in [&accounts.local, &accounts.remote] {
        assert!(
            directory
                .summaries(&[id_of(&fan)])
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_neighbour_that_is_not_there_is_unavailable() {
    let accounts = accounts().await;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nowhere = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let answer = remote(&nowhere, &accounts.config)
        .summaries(&[UserId::new()])
        .await;
    assert!(matches!(answer, Err(ProviderError::Unavailable(_))));
}

#[tokio::test]
async fn routes_between_processes_are_nothing_to_strangers() {
    let accounts = accounts().await;
    let nobody = Client::nobody(&accounts.base);
    let fan = Client::signed_up(&accounts.base, "fan").await;
    for path in ["/internal/users?ids=", "/internal/revocations?since=0"] {
        nobody.get(path).await.expect_problem(404, "not_found");
        fan.get(path).await.expect_problem(404, "not_found");
        let forged = Config::from_lookup(|name| match name {
            "WING_SERVICE_SECRET" => Some("another-secret-that-is-long-enough".into()),
            _ => None,
        });
        let forger = Peers::new(&forged.unwrap(), "music", Clock::system())
            .unwrap()
            .unwrap();
        let token = format!("Bearer {}", forger.token().unwrap());
        nobody
            .get_with(path, &[("authorization", &token)])
            .await
            .expect_problem(404, "not_found");
    }
}
