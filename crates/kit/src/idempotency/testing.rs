//! Databases of their own for the tests of keys, and work to do once.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;

use super::*;
use crate::Conn;
use crate::db::Engine;

/// The keys of a database of its own, and a table in which the work leaves a
/// row each time it is done.
pub(super) struct Keys {
    pub(super) keys: Idempotency,
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) url: String,
    /// The server and the name to drop.
    on_server: Option<(String, String)>,
    _dir: tempfile::TempDir,
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.on_server {
            let mut conn = Conn::establish(server).expect("the server");
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            conn.batch_execute(&drop).expect("dropped");
        }
    }
}

/// On SQLite, and on PostgreSQL where `WING_TEST_POSTGRES` names a server.
pub(super) fn engines() -> Vec<Engine> {
    let server = std::env::var("WING_TEST_POSTGRES").map(|_| Engine::Postgres);
    [Engine::Sqlite].into_iter().chain(server).collect()
}

pub(super) fn keys(engine: Engine) -> Keys {
    let dir = tempfile::tempdir().expect("a folder");
    let (url, on_server) = match engine {
        Engine::Sqlite => (
            format!("sqlite://{}", dir.path().join("k.db").display()),
            None,
        ),
        Engine::Postgres => {
            let server = std::env::var("WING_TEST_POSTGRES").expect("a server");
            let name = format!("wing_test_{}", uuid::Uuid::now_v7().simple());
            let mut conn = Conn::establish(&server).expect("the server");
            conn.batch_execute(&format!("CREATE DATABASE {name}"))
                .expect("a database");
            let (stem, _) = server.rsplit_once('/').expect("a database's name");
            (format!("{stem}/{name}"), Some((server.clone(), name)))
        }
    };
    let (db, clock) = (Db::open(&url, 4, &[]).expect("opens"), Clock::system());
    db.write_blocking(|conn| {
        conn.batch_execute("CREATE TABLE effects (n BIGINT NOT NULL)")
            .map_err(DbError::Query)
    })
    .expect("a table");
    Keys {
        keys: Idempotency::new(db.clone(), clock.clone()),
        db,
        clock,
        url,
        on_server,
        _dir: dir,
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
    db.write(move |conn| {
        conn.batch_execute(&format!("INSERT INTO effects VALUES ({n})"))
            .map_err(DbError::Query)?;
        claim.finish(conn, &answer)
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
