//! Databases of their own for the tests of keys, and work to do once.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;

use super::*;
use crate::db::testing::TestDatabase;

/// The keys of a database of its own, and a table in which the work leaves a
/// row each time it is done.
pub(super) struct Keys {
    pub(super) keys: Idempotency,
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) database: TestDatabase,
}

/// On SQLite, and on PostgreSQL where there is a server.
pub(super) fn each() -> impl Iterator<Item = Keys> {
    TestDatabase::each().map(keys)
}

pub(super) fn keys(database: TestDatabase) -> Keys {
    let (db, clock) = (database.open(), Clock::system());
    db.write_blocking(|tx| {
        tx.batch_execute("CREATE TABLE effects (n BIGINT NOT NULL)")
            .map_err(DbError::Query)
    })
    .expect("a table");
    Keys {
        keys: Idempotency::new(db.clone(), clock.clone()),
        db,
        clock,
        database,
    }
}

impl Keys {
    /// Asks for the work with its effect, which is answered with `n`.
    pub(super) async fn ask(&self, request: Request, n: i64) -> Result<Answer, Problem> {
        let db = self.db.clone();
        let work = |claim| async move { effect(&db, claim, n).await };
        self.keys.once(request, work).await
    }

    /// How often the work had its effect.
    pub(super) fn effects(&self) -> i64 {
        self.count("SELECT count(*) AS n FROM effects")
    }

    pub(super) fn count(&self, query: &'static str) -> i64 {
        let count = self.db.read_blocking(|conn| {
            diesel::sql_query(query)
                .get_result::<Counted>(conn)
                .map_err(DbError::Query)
        });
        count.expect("a count").n
    }
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

pub(super) async fn effect(db: &Db, claim: Claim, n: i64) -> Result<Finished, Problem> {
    let answer = Answer::json(StatusCode::CREATED, &json!({ "n": n }))?;
    let answer = answer.location(format!("/things/{n}"));
    db.write(move |tx| {
        tx.batch_execute(&format!("INSERT INTO effects VALUES ({n})"))
            .map_err(DbError::Query)?;
        claim.finish(tx, &answer)
    })
    .await
    .map_err(Problem::from)
}

pub(super) fn request_of(caller: &Caller, key: &str, body: &str) -> Request {
    let key = IdempotencyKey::parse(key).expect("a key");
    Request::new(
        caller.clone(),
        "make_thing",
        key,
        "/things",
        body.as_bytes(),
    )
}

pub(super) fn fresh() -> ClaimId {
    ClaimId::from_uuid(Uuid::now_v7())
}

pub(super) fn service() -> Caller {
    Caller::Service("concert".to_owned())
}
