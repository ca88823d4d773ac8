//! Doing something once however often it is asked for: the store behind the
//! request header `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! A handler takes [`Keyed`], the use case is run by [`Idempotency::once`] and
//! calls [`Claim::finish`] **in the transaction that has its effect**: an effect
//! that was committed without its answer would be had twice.
//!
//! ```ignore
//! async fn create_support(
//!     support: web::Data<Support>,
//!     keyed: Keyed<NewSupport>,
//! ) -> Result<HttpResponse, Problem> {
//!     let (request, new) = keyed.operation("create_support");
//!     let create = |claim| support.create_support(new, claim);
//!     Ok(support.idempotency.once(request, create).await?.into())
//! }
//! ```
//!
//! The same key from the same caller for the same operation: with the same path
//! and body the stored answer; with others 422 `idempotency_key_reused`; while
//! the first still runs 409 `idempotency_key_in_use`. Refusals of the use case
//! (4xx) are answers too; failures (5xx), 401 and 429 are not stored, and the
//! key can be used again at once. Answers are kept for 24 hours. A claim whose
//! process is gone can be taken over after 60 seconds.

mod answer;
mod claim;
mod key;
mod request;
mod schema;
mod store;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use answer::{Answer, MAX_BODY};
pub use claim::{Claim, Finished};
pub use key::{HEADER, IdempotencyKey};
pub use request::{Caller, Keyed, Request};

use crate::db::DbError;
use crate::jobs::{Handler, Job, JobError};
use crate::{Clock, Db, Problem};
use claim::Guard;
use store::{ClaimId, Claimed};

/// The keys in one database; cheap to clone.
#[derive(Clone)]
pub struct Idempotency {
    db: Db,
    clock: Clock,
}

impl Idempotency {
    /// The keys in `db`.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// Does `work` unless it was done before under the request's key, and gives
    /// its answer either way. `work` may be dropped halfway, as when the client
    /// goes away; then the key can be used again, and a transaction that still
    /// runs cannot finish any more.
    pub async fn once<F, W, E>(&self, request: Request, work: F) -> Result<Answer, Problem>
    where
        F: FnOnce(Claim) -> W,
        W: Future<Output = Result<Finished, E>>,
        E: Into<Problem>,
    {
        let (id, now) = (ClaimId::from_uuid(Uuid::now_v7()), self.clock.now());
        let guard = Guard::new(self.db.clone(), id);
        let claimed = self
            .db
            .write(move |tx| store::claim(tx, &request, id, now))
            .await?;
        let early = match claimed {
            Claimed::New => None,
            Claimed::Answered(answer) => Some(Ok(answer)),
            Claimed::Running => Some(Err(in_use())),
            Claimed::Reused => Some(Err(reused())),
            Claimed::TooMany => Some(Err(Problem::too_many(3600))),
        };
        if let Some(early) = early {
            guard.disarm();
            return early;
        }
        let outcome = match work(Claim::new(id)).await {
            Ok(finished) => Ok(finished.into_answer()),
            Err(error) => {
                let problem = error.into();
                self.settle(id, &problem).await?;
                Err(problem)
            }
        };
        guard.disarm();
        outcome
    }

    /// Stores what the use case refused, if that is an answer; else the key can
    /// be used again.
    async fn settle(&self, id: ClaimId, problem: &Problem) -> Result<(), Problem> {
        let status = problem.status();
        let is_answer = status.is_client_error()
            && status != StatusCode::UNAUTHORIZED
            && status != StatusCode::TOO_MANY_REQUESTS;
        let answer = is_answer.then(|| Answer::refusal(problem)).transpose()?;
        self.db
            .write(move |tx| match &answer {
                Some(answer) => store::answer(tx, id, answer).map(drop),
                None => store::release(tx, id),
            })
            .await?;
        Ok(())
    }

    /// Deletes all keys that are no longer kept, some at a time, so that no
    /// transaction is long.
    pub async fn prune(&self) -> Result<(), DbError> {
        let now = self.clock.now();
        while self.db.write(move |tx| store::prune(tx, now)).await? {}
        Ok(())
    }

    /// The hourly job that prunes; one of all replicas does it.
    pub fn pruning(&self) -> Arc<dyn Handler> {
        Arc::new(PruneKeys(self.clone()))
    }
}

struct PruneKeys(Idempotency);

#[async_trait]
impl Handler for PruneKeys {
    fn kind(&self) -> &'static str {
        "prune_idempotency_keys"
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_secs(3600))
    }

    async fn run(&self, _: &Job, _: &CancellationToken) -> Result<(), JobError> {
        Ok(self.0.prune().await?)
    }

    async fn given_up(&self, _: &Job, reason: &str) -> Result<(), DbError> {
        tracing::error!(reason, "old idempotency keys stay for an hour");
        Ok(())
    }
}

fn in_use() -> Problem {
    Problem::conflict(
        "idempotency_key_in_use",
        "A call with this `Idempotency-Key` is still running. Repeat this one in a moment.",
    )
    .retry_after(1)
}

fn reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "This `Idempotency-Key` was used for another request. Take a new one for each.",
    )
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
