use std::collections::HashMap;

use async_trait::async_trait;
use wing_contracts::users::{UserDirectory, UserSummary};
use wing_contracts::{ProviderError, UserId};

use super::Users;
use crate::Error;
use crate::store::users;

/// The most accounts one call looks at.
pub const MAX_BATCH: usize = 100;

impl Users {
    /// What anybody may know of an account; a disabled one is not there.
    pub async fn profile(&self, id: UserId) -> Result<UserSummary, Error> {
        self.profiles(vec![id]).await?.pop().ok_or(Error::NotFound)
    }

    /// How many accounts there are.
    pub async fn count(&self) -> Result<i64, Error> {
        self.db
            .read(|conn| Ok::<_, Error>(users::count(conn)?))
            .await
    }

    /// The public profiles among `ids`, in any order; at most [`MAX_BATCH`].
    pub async fn profiles(&self, mut ids: Vec<UserId>) -> Result<Vec<UserSummary>, Error> {
        ids.truncate(MAX_BATCH);
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.db
            .read(move |conn| {
                let found = users::active_among(conn, &ids)?;
                Ok::<_, Error>(found.iter().map(crate::model::User::summary).collect())
            })
            .await
    }
}

#[async_trait]
impl UserDirectory for Users {
    async fn summaries(
        &self,
        ids: &[UserId],
    ) -> Result<HashMap<UserId, UserSummary>, ProviderError> {
        let found = self.profiles(ids.to_vec()).await?;
        Ok(found.into_iter().map(|user| (user.id, user)).collect())
    }
}
