//! Calls that change something, to a service with a database.

use std::net::SocketAddr;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use wing_kit::auth::{Revocations, Verifier};
use wing_kit::db::DbError;
use wing_kit::http::Gate;
use wing_kit::http::gate::gate;
use wing_kit::idempotency::{Answer, Claim, Finished, Idempotency, IdempotencyKey, Keyed};
use wing_kit::{Db, Problem};

use super::*;

/// A service that takes bookings, each once; it refuses those of no seats.
struct Bookings {
    address: SocketAddr,
    db: Db,
    _dir: tempfile::TempDir,
}

#[derive(Serialize, Deserialize)]
struct Booking {
    seats: i64,
}

async fn book(
    bookings: web::Data<(Db, Idempotency)>,
    keyed: Keyed<Booking>,
) -> Result<HttpResponse, Problem> {
    let (db, idempotency) = bookings.get_ref().clone();
    let (request, booking) = keyed.operation("book");
    let work = |claim| stored(db, claim, booking.seats);
    Ok(idempotency.once(request, work).await?.into())
}

async fn stored(db: Db, claim: Claim, seats: i64) -> Result<Finished, Problem> {
    match seats {
        0 => return Err(Problem::conflict("sold_out", "All seats are taken.")),
        404 => return Err(Problem::not_found()),
        403 => return Err(Problem::forbidden("not_yours", "It is not yours.")),
        _ => {}
    }
    let answer = Answer::json(StatusCode::CREATED, &Booking { seats })?;
    let work = db.write(move |tx| {
        tx.batch_execute("INSERT INTO bookings VALUES (1)")?;
        claim.finish(tx, &answer)
    });
    work.await.map_err(|error: DbError| error.into())
}

async fn bookings() -> Bookings {
    let dir = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", dir.path().join("b.db").display());
    let db = Db::open(&url, 2, &[]).expect("opens");
    db.write_blocking(|tx| {
        tx.batch_execute("CREATE TABLE bookings (n BIGINT NOT NULL)")
            .map_err(DbError::Query)
    })
    .expect("a table");
    let clock = Clock::system();
    let verifier = Verifier::new(
        &JwkSet { keys: Vec::new() },
        Revocations::new(),
        clock.clone(),
    );
    let gate_state = Gate::new(&settings(1), verifier, Some(peers("support")), |_, _| {
        HttpResponse::InternalServerError().finish()
    });
    let gate_state = web::Data::new(gate_state);
    let state = web::Data::new((db.clone(), Idempotency::new(db.clone(), clock)));
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(gate))
            .app_data(gate_state.clone())
            .app_data(state.clone())
            .route("/internal/bookings", web::post().to(book))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .expect("a port");
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    Bookings {
        address,
        db,
        _dir: dir,
    }
}

impl Bookings {
    fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    fn count(&self) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let query = "SELECT count(*) AS n FROM bookings";
        let count = self.db.read_blocking(|conn| {
            diesel::sql_query(query)
                .get_result::<Count>(conn)
                .map_err(DbError::Query)
        });
        count.expect("a count").n
    }

    /// An address from which the first `lost` answers do not come back.
    async fn losing(&self, lost: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let target = self.address;
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, target, number < lost));
                number += 1;
            }
        });
        base
    }
}

async fn relay(mut client: TcpStream, target: SocketAddr, is_lost: bool) {
    let mut server = TcpStream::connect(target).await.expect("the service");
    if !is_lost {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        return;
    }
    let (mut asks, _gone) = client.split();
    let (mut answers, mut takes) = server.split();
    // Until the answer begins, when what was asked for is done.
    tokio::select! {
        _ = tokio::io::copy(&mut asks, &mut takes) => {}
        _ = answers.read_u8() => {}
    }
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("a key")
}

async fn take(calls: &Calls, text: &str, seats: i64) -> Result<i64, ProviderError> {
    let booking = Booking { seats };
    let booked: Booking = calls
        .post("/internal/bookings", &key(text), &booking)
        .await?;
    Ok(booked.seats)
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_is_sent_again_and_has_its_effect_once() {
    let bookings = bookings().await;
    let calls = calls(&bookings.losing(1).await, 10_000);
    assert_eq!(take(&calls, "k", 2).await.ok(), Some(2));
    assert_eq!(bookings.count(), 1);
}

#[tokio::test]
async fn an_outcome_that_is_not_known_is_learned_later_with_the_same_key() {
    let bookings = bookings().await;
    let losing = calls(&bookings.losing(usize::MAX).await, 10_000);
    let lost = take(&losing, "k", 2).await;
    assert!(matches!(lost, Err(ProviderError::Unknown(_))), "{lost:?}");
    assert_eq!(bookings.count(), 1);
    let direct = calls(&bookings.base(), 10_000);
    assert_eq!(take(&direct, "k", 2).await.ok(), Some(2));
    assert_eq!(bookings.count(), 1);
    assert_eq!(take(&direct, "another", 2).await.ok(), Some(2));
    assert_eq!(bookings.count(), 2);
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let bookings = bookings().await;
    let calls = calls(&bookings.base(), 10_000);
    // Once from the work, once from the store.
    for _ in 0..2 {
        let refused = take(&calls, "sold-out", 0).await;
        let Err(ProviderError::Refused(refusal)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((refusal.status, refusal.code.as_str()), (409, "sold_out"));
        assert_eq!(refusal.detail, "All seats are taken.");
        let gone = take(&calls, "gone", 404).await;
        assert!(matches!(gone, Err(ProviderError::NotFound)));
        let denied = take(&calls, "denied", 403).await;
        assert!(matches!(denied, Err(ProviderError::Denied)));
    }
    take(&calls, "used", 1).await.expect("booked");
    let reused = take(&calls, "used", 2).await.expect_err("another body");
    assert_eq!(reused.code(), Some("idempotency_key_reused"));
    assert_eq!(bookings.count(), 1);
}

#[tokio::test]
async fn each_service_has_keys_of_its_own() {
    let bookings = bookings().await;
    for name in ["concert", "chat"] {
        let base = bookings.base();
        let calls = Calls::new("support", &base, &settings(10_000), peers(name));
        take(&calls.expect("calls"), "k", 1).await.expect("booked");
    }
    assert_eq!(bookings.count(), 2);
}

#[tokio::test]
async fn a_call_without_a_key_is_refused() {
    let bookings = bookings().await;
    let answer = reqwest::Client::new()
        .post(format!("{}/internal/bookings", bookings.base()))
        .bearer_auth(peers("concert").token().expect("a token"))
        .json(&Booking { seats: 1 })
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 400);
    let body = answer.text().await.expect("a body");
    assert!(body.contains("idempotency_key_missing"), "{body}");
    assert_eq!(bookings.count(), 0);
}

#[tokio::test]
async fn what_was_never_sent_had_no_effect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let nobody = take(&calls(&base, 10_000), "k", 1).await;
    assert!(
        matches!(nobody, Err(ProviderError::Unavailable(_))),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn the_outcome_at_a_service_that_hangs_is_unknown_until_the_circuit_opens() {
    let service = fake_service(&[HANGS]).await;
    let calls = calls(&service.base, 20);
    let hangs = take(&calls, "k", 1).await;
    assert!(matches!(hangs, Err(ProviderError::Unknown(_))), "{hangs:?}");
    let mut rejected = take(&calls, "k", 1).await;
    for _ in 0..20 {
        rejected = take(&calls, "k", 1).await;
    }
    assert!(matches!(rejected, Err(ProviderError::Unavailable(_))));
    let asked = service.asked.load(Ordering::SeqCst);
    assert!(
        asked <= super::super::replica::CIRCUIT_WINDOW + 1,
        "{asked}"
    );
}

#[test]
fn metrics_name_a_route_and_not_each_thing() {
    let id = uuid::Uuid::nil();
    let path = format!("/internal/payments/{id}/refunds?x=1");
    assert_eq!(
        super::super::route(&path),
        "/internal/payments/{id}/refunds"
    );
}
