use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wing_contracts::ProviderError;
use wing_kit::context::Context;
use wing_kit::peers::Peers;
use wing_kit::{Clock, Config};

use super::Calls;

mod changes;

/// A service that gives the n-th of `answers` to the n-th request and then
/// the last; an empty one hangs. Also counts the requests and keeps the last.
struct FakeService {
    base: String,
    asked: Arc<AtomicUsize>,
    last: Arc<std::sync::Mutex<String>>,
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ntrue";
const AWAY: &str =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const GONE: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const HANGS: &str = "";

async fn fake_service(answers: &'static [&'static str]) -> FakeService {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(AtomicUsize::new(0));
    let last = Arc::new(std::sync::Mutex::new(String::new()));
    tokio::spawn({
        let (asked, last) = (Arc::clone(&asked), Arc::clone(&last));
        async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let length = stream.read(&mut head).await.unwrap_or(0);
                *last.lock().expect("a lock") =
                    String::from_utf8_lossy(&head[..length]).into_owned();
                let number = asked.fetch_add(1, Ordering::SeqCst);
                let answer = answers.get(number).or(answers.last()).expect("an answer");
                if answer.is_empty() {
                    open.push(stream);
                } else {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        }
    });
    FakeService { base, asked, last }
}

fn calls(base: &str, ms: u64) -> Calls {
    calls_with_open_time(base, ms, super::OPEN)
}

fn calls_with_open_time(base: &str, ms: u64, open: Duration) -> Calls {
    let config = settings(ms);
    Calls::with_open_time("user", base, &config, peers("music"), open).expect("calls")
}

fn settings(ms: u64) -> Config {
    Config::from_lookup(|name| match name {
        "WING_SERVICE_SECRET" => Some("0123456789abcdef0123456789abcdef".into()),
        "WING_CALL_MS" => Some(ms.to_string()),
        _ => None,
    })
    .expect("settings")
}

/// The process `name` among its peers.
fn peers(name: &'static str) -> Peers {
    Peers::new(&settings(1), name, Clock::system())
        .expect("a good secret")
        .expect("a secret")
}

async fn ask(calls: &Calls) -> Result<Value, ProviderError> {
    calls.get("/internal/x").await
}

#[tokio::test]
async fn transient_failures_are_retried() {
    let service = fake_service(&[AWAY, AWAY, OK]).await;
    let answer = ask(&calls(&service.base, 5000)).await;
    assert_eq!(answer.expect("an answer"), Value::Bool(true));
    assert_eq!(service.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_definite_response_is_not_retried() {
    let service = fake_service(&[GONE]).await;
    let answer = ask(&calls(&service.base, 5000)).await;
    assert!(matches!(answer, Err(ProviderError::NotFound)));
    assert_eq!(service.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn calls_of_one_request_end_at_its_deadline_however_many_there_are() {
    let service = fake_service(&[HANGS]).await;
    let calls = calls(&service.base, 100);
    let began = Instant::now();
    Context::fresh()
        .scope(async {
            for _ in 0..3 {
                let answer = ask(&calls).await;
                assert!(matches!(answer, Err(ProviderError::Unavailable(_))));
            }
        })
        .await;
    assert_eq!(service.asked.load(Ordering::SeqCst), 1, "no time was left");
    assert!(began.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_service_that_keeps_failing_opens_the_circuit() {
    let service = fake_service(&[HANGS]).await;
    let calls = calls(&service.base, 20);
    for _ in 0..20 {
        assert!(ask(&calls).await.is_err());
    }
    let asked = service.asked.load(Ordering::SeqCst);
    // The rate is looked at once so many are known and one more has come.
    assert!(asked <= super::replica::CIRCUIT_WINDOW + 1, "{asked}");
}

#[tokio::test]
async fn one_call_probes_an_open_circuit_while_others_are_rejected() {
    let service = fake_service(&[HANGS]).await;
    let calls = calls_with_open_time(&service.base, 50, Duration::from_millis(20));
    let asked = || service.asked.load(Ordering::SeqCst);
    // Until a call is refused because the circuit is open.
    let mut before = asked() + 1;
    while asked() != before {
        before = asked();
        assert!(ask(&calls).await.is_err());
    }
    while asked() == before {
        let answers = futures_util::future::join_all((0..20).map(|_| ask(&calls))).await;
        assert!(answers.iter().all(Result::is_err));
    }
    assert_eq!(asked(), before + 1);
}

#[tokio::test]
async fn a_call_says_who_asks_for_which_request_and_until_when() {
    let service = fake_service(&[OK]).await;
    let calls = calls(&service.base, 300);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    Context::new(trace, None)
        .scope(async { ask(&calls).await.expect("an answer") })
        .await;
    let head = service.last.lock().expect("a lock").to_lowercase();
    assert!(head.contains("authorization: bearer ey"), "{head}");
    assert!(
        head.contains(&format!("traceparent: 00-{trace}-")),
        "{head}"
    );
    let left = head
        .lines()
        .find_map(|line| line.strip_prefix("x-deadline-ms: "))
        .and_then(|left| left.trim().parse::<u64>().ok());
    assert!(left.is_some_and(|left| left <= 300), "{head}");
}

#[tokio::test]
async fn replicas_are_asked_in_turns_and_one_that_is_away_is_passed_over() {
    let (first, second) = (fake_service(&[OK]).await, fake_service(&[OK]).await);
    let both = calls(&format!("{}, {}", first.base, second.base), 5000);
    for _ in 0..4 {
        ask(&both).await.expect("an answer");
    }
    let asked = |one: &FakeService| one.asked.load(Ordering::SeqCst);
    assert_eq!((asked(&first), asked(&second)), (2, 2));

    let failing = fake_service(&[AWAY]).await;
    let mixed = calls(&format!("{},{}", failing.base, first.base), 5000);
    for _ in 0..20 {
        ask(&mixed).await.expect("the other answers");
    }
    assert!(asked(&failing) <= super::replica::CIRCUIT_WINDOW + 1);
}
