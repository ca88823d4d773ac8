use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use diesel::prelude::*;
use tokio::sync::Notify;
use wing_contracts::UserId;

use super::schema::idempotency_keys;
use super::testing::{each, effect, fresh, keys, request_of, service};
use super::*;
use crate::db::Tx;
use crate::db::testing::TestDatabase;

#[tokio::test]
async fn the_same_again_gets_the_same_answer_and_has_no_second_effect() {
    for keys in each() {
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
    for keys in each() {
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
    let keys = keys(TestDatabase::sqlite());
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
    for keys in each() {
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
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let keys = keys(database);
    let now = keys.clock.now();
    let claim = |tx: &mut Tx<'_>| {
        let request = request_of(&service(), "k", "{}");
        store::claim(tx, &request, fresh(), now)
    };
    let (claimed, is_claimed) = mpsc::channel();
    let (commit, may_commit) = mpsc::channel::<()>();
    let db = &keys.db;
    thread::scope(|scope| {
        let first = scope.spawn(move || {
            db.write_blocking(|tx| {
                let outcome = claim(tx);
                claimed.send(()).expect("the other waits");
                may_commit.recv().expect("the other says so");
                outcome
            })
        });
        is_claimed.recv().expect("claimed");
        let second = scope.spawn(move || db.write_blocking(claim));
        keys.database.wait_until_blocked();
        commit.send(()).expect("the first waits");
        let (first, second) = (first.join(), second.join());
        assert!(matches!(first, Ok(Ok(Claimed::New))));
        assert!(matches!(second, Ok(Ok(Claimed::Running))));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_has_its_effect() {
    for keys in each() {
        let keys = Arc::new(keys);
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
    for keys in each() {
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
    let keys = keys(TestDatabase::sqlite());
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
    for keys in each() {
        let request = || request_of(&service(), "k", "{}");
        let now = keys.clock.now();
        let lost = fresh();
        let claimed = keys
            .db
            .write_blocking(|tx| store::claim(tx, &request(), lost, now));
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
    for keys in each() {
        let now = keys.clock.now();
        keys.db
            .write_blocking(|tx| {
                for n in 0..501 {
                    let request = request_of(&service(), &format!("k{n}"), "{}");
                    store::claim(tx, &request, fresh(), now)?;
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
    let keys = keys(TestDatabase::sqlite());
    let caller = Caller::User(UserId::new());
    let now = keys.clock.now();
    keys.db
        .write_blocking(|tx| {
            for n in 0..store::MAX_KEYS {
                let request = request_of(&caller, &format!("k{n}"), "{}");
                store::claim(tx, &request, fresh(), now)?;
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
