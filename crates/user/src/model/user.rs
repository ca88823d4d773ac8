use std::str::FromStr;

use diesel::prelude::*;
use wing_contracts::users::UserSummary;
use wing_contracts::{Role, Timestamp, UserId};
use wing_kit::images::ImageRef;

use crate::SPACE;
use crate::store::schema::users;

wing_kit::text_column!(Status);

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can.
    Active,
    /// An admin has closed it; nobody can log in, and others do not see it.
    Disabled,
}

impl Status {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for Status {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            _ => Err("unknown status"),
        }
    }
}

/// An account, as its row has it.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = users)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its address in the form of [`super::Email`].
    pub email: String,
    /// The name it shows.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Its password as a PHC string.
    pub password_hash: String,
    /// Its picture.
    pub picture: Option<ImageRef>,
    /// Whether it can be used.
    pub status: Status,
    /// Tokens that carry a lower version are void.
    pub token_version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether it can be used.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Local path of the picture, 256 px wide.
    pub fn picture_url(&self) -> Option<String> {
        self.picture
            .as_ref()
            .map(|image| image.url(SPACE, 256, "jpg"))
    }

    /// The account as others see it.
    pub fn summary(&self) -> UserSummary {
        UserSummary {
            id: self.id,
            display_name: self.display_name.clone(),
            role: self.role,
            picture_url: self.picture_url(),
        }
    }
}
