use super::Answer;
use super::store::{self, ClaimId};
use crate::Db;
use crate::db::{DbError, Tx};

/// The right to carry out one request, which its use case finishes with.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    id: ClaimId,
}

/// An answer that is stored; only [`Claim::finish`] makes one.
#[derive(Clone, Debug)]
pub struct Finished(Answer);

impl Finished {
    pub(super) fn into_answer(self) -> Answer {
        self.0
    }
}

impl Claim {
    pub(super) fn new(id: ClaimId) -> Self {
        Self { id }
    }

    /// Stores the answer, in the transaction that has the request's effect. An
    /// error has to roll it back: when the claim was taken over meanwhile,
    /// somebody else has the effect.
    pub fn finish(&self, tx: &mut Tx<'_>, answer: &Answer) -> Result<Finished, DbError> {
        if store::answer(tx, self.id, answer)? {
            Ok(Finished(answer.clone()))
        } else {
            let text = "the claim of an idempotency key was taken over";
            Err(DbError::Unavailable(text.to_owned()))
        }
    }
}

/// Releases a claim when the work that held it is dropped. A transaction of the
/// work that is still running then fails in [`Claim::finish`], so releasing
/// early is safe.
pub(super) struct Guard {
    db: Db,
    claim: ClaimId,
    is_armed: bool,
}

impl Guard {
    pub(super) fn new(db: Db, claim: ClaimId) -> Self {
        Self {
            db,
            claim,
            is_armed: true,
        }
    }

    /// The claim has its answer, or was released.
    pub(super) fn disarm(mut self) {
        self.is_armed = false;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.is_armed {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (db, claim) = (self.db.clone(), self.claim);
        runtime.spawn(async move {
            if let Err(error) = db.write(move |tx| store::release(tx, claim)).await {
                tracing::warn!(%error, "an idempotency key can be used again after its lease");
            }
        });
    }
}
