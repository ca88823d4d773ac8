//! What other domains ask of `user`.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ProviderError, Role, UserId};

/// An account as others may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserSummary {
    /// The account.
    pub id: UserId,
    /// The name it chose to show.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Path of its picture, 256 px wide, or none.
    pub picture_url: Option<String>,
}

/// The calls other domains make to `user`.
#[async_trait]
pub trait UserDirectory: Send + Sync + 'static {
    /// The accounts among `ids` that exist and are not disabled or deleted, in
    /// one call. At most 100 ids are looked at.
    async fn summaries(
        &self,
        ids: &[UserId],
    ) -> Result<HashMap<UserId, UserSummary>, ProviderError>;
}
