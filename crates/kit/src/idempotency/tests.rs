use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use tokio::sync::Notify;
use wing_contracts::UserId;

use super::schema::idempotency_keys;
use super::testing::{effect, engines, fresh, keys, request_of, service};
use super::*;
use crate::Conn;
use crate::db::Engine;

#[tokio::test]
async fn the_same_again_gets_the_same_answer_and_has_no_second_effect() {
    for engine in engines() {
        let keys = keys(engine);
        let first = keys.ask(request_of(&service(), "k", "{}"), 1).await;
        let again = keys.ask(request_of(&service(), "k", "{}"), 2).await;
        let (first, again) = (first.expect("done"), again.expect("replayed"));
        assert!(!first.is_replay() && again.is_replay());
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(again.body(), br#"{"n":1}"#);
        assert_eq!(again.location.as_deref(), Some("/things/1"));
        assert_eq!(again.content_type.as_deref(), Some("application/json"));
        assert_eq!(keys.effects(), 1);
    }
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    for engine in engines() {
        let keys = keys(engine);
        let first = keys.ask(request_of(&service(), "k", "{}"), 1).await;
        first.expect("done");
        let other = keys.ask(request_of(&service(), "k", "{} "), 2).await;
        let problem = other.expect_err("another body");
        assert_eq!(problem.status().as_u16(), 422);
        assert_eq!(problem.code(), "idempotency_key_reused");
        assert_eq!(keys.effects(), 1);
    }
}

#[tokio::test]
async fn a_key_is_its_callers_and_its_operations() {
    let keys = keys(Engine::Sqlite);
    let callers = [
        service(),
        Caller::Service("support".to_owned()),
        Caller::User(UserId::new()),
        Caller::User(UserId::new()),
    ];
    for caller in &callers {
        keys.ask(request_of(caller, "k", "{}"), 1)
            .await
            .expect("done");
    }
    let mut request = request_of(&service(), "k", "{}");
    request.operation = "make_another_thing";
    keys.ask(request, 1).await.expect("done");
    assert_eq!(keys.effects(), 5);
}

#[tokio::test]
async fn while_the_first_runs_the_second_is_asked_to_come_back() {
    for engine in engines() {
        let keys = keys(engine);
        let (began, go_on) = (&Notify::new(), &Notify::new());
        let db = &keys.db;
        let first = keys
            .keys
            .once(request_of(&service(), "k", "{}"), |claim| async move {
                began.notify_one();
                go_on.notified().await;
                effect(db, claim, 1).await
            });
        let second = async {
            began.notified().await;
            let problem = keys.ask(request_of(&service(), "k", "{}"), 2).await;
            go_on.notify_one();
            problem.expect_err("still running")
        };
        let (first, problem) = tokio::join!(first, second);
        first.expect("done");
        assert_eq!(problem.status().as_u16(), 409);
        assert_eq!(problem.code(), "idempotency_key_in_use");
        let response = actix_web::ResponseError::error_response(&problem);
        assert!(response.headers().contains_key("retry-after"));
        assert_eq!(keys.effects(), 1);
    }
}

#[test]
fn of_two_claims_at_once_one_waits_for_the_other_and_finds_it_running() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let keys = keys(Engine::Postgres);
    let now = keys.clock.now();
    let mut first = Conn::establish(&keys.url).expect("a connection");
    first.batch_execute("BEGIN").expect("begun");
    let request = request_of(&service(), "k", "{}");
    let claimed = store::claim(&mut first, &request, fresh(), now);
    assert!(matches!(claimed, Ok(Claimed::New)));
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            keys.db
                .write_blocking(|conn| store::claim(conn, &request, fresh(), now))
        });
        let waiting = "SELECT count(*) AS n FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while keys.count(waiting) == 0 {
            assert!(!second.is_finished(), "the second did not wait");
            thread::yield_now();
        }
        first.batch_execute("COMMIT").expect("committed");
        let claimed = second.join().expect("no panic");
        assert!(matches!(claimed, Ok(Claimed::Running)));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_has_its_effect() {
    for engine in engines() {
        let keys = Arc::new(keys(engine));
        let asking = (0..16).map(|n| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move { keys.ask(request_of(&service(), "k", "{}"), n).await })
        });
        let answers = futures_util::future::join_all(asking).await;
        for answer in answers {
            match answer.expect("no panic") {
                Ok(answer) => assert_eq!(answer.status(), StatusCode::CREATED),
                Err(problem) => assert_eq!(problem.code(), "idempotency_key_in_use"),
            }
        }
        assert_eq!(keys.effects(), 1);
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_a_failure_is_none() {
    for engine in engines() {
        let keys = keys(engine);
        let runs = AtomicUsize::new(0);
        let refuse = |key, problem: Problem| {
            let work = |_| async {
                runs.fetch_add(1, Ordering::Relaxed);
                Err::<Finished, _>(problem)
            };
            keys.keys.once(request_of(&service(), key, "{}"), work)
        };
        let sold_out = || Problem::conflict("sold_out", "All seats are taken.");
        refuse("a", sold_out()).await.expect_err("refused");
        let again = refuse("a", sold_out()).await.expect("the stored refusal");
        assert_eq!(again.status(), StatusCode::CONFLICT);
        assert_eq!(
            again.content_type.as_deref(),
            Some("application/problem+json")
        );
        assert!(String::from_utf8_lossy(again.body()).contains("sold_out"));
        assert_eq!(runs.swap(0, Ordering::Relaxed), 1);

        for problem in [
            Problem::internal(),
            Problem::unavailable(),
            Problem::too_many(1),
        ] {
            refuse("b", problem).await.expect_err("failed");
        }
        assert_eq!(runs.load(Ordering::Relaxed), 3, "each was tried");
        keys.ask(request_of(&service(), "b", "{}"), 1)
            .await
            .expect("done");
    }
}

#[tokio::test]
async fn work_that_is_dropped_releases_its_key() {
    let keys = keys(Engine::Sqlite);
    {
        let never = keys.keys.once(request_of(&service(), "k", "{}"), |_| {
            std::future::pending::<Result<Finished, Problem>>()
        });
        let mut never = std::pin::pin!(never);
        while keys.count("SELECT count(*) AS n FROM idempotency_keys") == 0 {
            let _ = futures_util::poll!(never.as_mut());
            tokio::task::yield_now().await;
        }
    }
    while keys.count("SELECT count(*) AS n FROM idempotency_keys") > 0 {
        tokio::task::yield_now().await;
    }
    keys.ask(request_of(&service(), "k", "{}"), 1)
        .await
        .expect("done");
}

#[tokio::test]
async fn the_claim_of_a_process_that_is_gone_is_taken_over_after_its_lease() {
    for engine in engines() {
        let keys = keys(engine);
        let request = || request_of(&service(), "k", "{}");
        let now = keys.clock.now();
        let lost = fresh();
        let claimed = keys
            .db
            .write_blocking(|conn| store::claim(conn, &request(), lost, now));
        assert!(matches!(claimed, Ok(Claimed::New)));
        keys.ask(request(), 1).await.expect_err("still held");
        keys.clock.advance_ms(store::LEASE_SECONDS * 1000);
        keys.ask(request(), 2).await.expect("taken over");
        // The first was only slow: its effect must not be had as well.
        let late = effect(&keys.db, Claim::new(lost), 1).await;
        assert_eq!(late.expect_err("too late").status().as_u16(), 503);
        assert_eq!(keys.effects(), 1);
    }
}

#[tokio::test]
async fn a_key_is_kept_for_a_day_and_pruned_in_batches() {
    for engine in engines() {
        let keys = keys(engine);
        let now = keys.clock.now();
        keys.db
            .write_blocking(|conn| {
                for n in 0..501 {
                    let request = request_of(&service(), &format!("k{n}"), "{}");
                    store::claim(conn, &request, fresh(), now)?;
                }
                Ok::<_, DbError>(())
            })
            .expect("claimed");
        let rows = || keys.count("SELECT count(*) AS n FROM idempotency_keys");
        keys.clock.advance_ms((store::KEPT_SECONDS - 60) * 1000);
        keys.ask(request_of(&service(), "young", "{}"), 1)
            .await
            .expect("done");
        keys.keys.prune().await.expect("nothing to prune");
        assert_eq!(rows(), 502);
        keys.clock.advance_ms(60_000);
        // Not kept any more, pruned or not.
        let other = keys.ask(request_of(&service(), "k0", "[]"), 1).await;
        assert!(!other.expect("a new request").is_replay());
        keys.keys.prune().await.expect("pruned");
        assert_eq!(rows(), 2);
    }
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_keys() {
    let keys = keys(Engine::Sqlite);
    let caller = Caller::User(UserId::new());
    let now = keys.clock.now();
    keys.db
        .write_blocking(|conn| {
            for n in 0..store::MAX_KEYS {
                let request = request_of(&caller, &format!("k{n}"), "{}");
                store::claim(conn, &request, fresh(), now)?;
            }
            Ok::<_, DbError>(())
        })
        .expect("claimed");
    let more = keys.ask(request_of(&caller, "more", "{}"), 1).await;
    assert_eq!(more.expect_err("too many").status().as_u16(), 429);
    let stored = keys.db.read_blocking(|conn| {
        let of_caller = idempotency_keys::caller.eq(caller.to_string());
        idempotency_keys::table
            .filter(of_caller)
            .count()
            .get_result::<i64>(conn)
            .map_err(DbError::Query)
    });
    assert_eq!(stored.expect("a count"), store::MAX_KEYS);
    let other = Caller::User(UserId::new());
    keys.ask(request_of(&other, "more", "{}"), 1)
        .await
        .expect("done");
}

#[test]
fn a_large_answer_is_not_stored() {
    let large = "x".repeat(MAX_BODY);
    assert!(Answer::json(StatusCode::OK, &large).is_err());
}
