//! What an account may do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The role of an account; each includes what the one before it may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Listens, likes, supports.
    Fan,
    /// Has artists, albums and tracks of their own.
    Musician,
    /// Runs the platform.
    Admin,
}

impl Role {
    /// The name used in JSON, tokens and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fan => "fan",
            Self::Musician => "musician",
            Self::Admin => "admin",
        }
    }

    /// Whether an account of this role may have artists.
    pub fn makes_music(self) -> bool {
        self >= Self::Musician
    }
}

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "fan" => Ok(Self::Fan),
            "musician" => Ok(Self::Musician),
            "admin" => Ok(Self::Admin),
            _ => Err(UnknownRole),
        }
    }
}

/// The text names no [`Role`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("unknown role")]
pub struct UnknownRole;
