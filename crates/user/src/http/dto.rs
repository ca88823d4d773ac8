//! What goes over the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wing_contracts::{Role, SessionId, Timestamp, UserId};
use wing_kit::auth::Viewer;

use crate::model::{Session, User, device_label};
use crate::service::LoggedIn;

/// A role that one can give oneself.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferedRole {
    /// Listens, likes, supports.
    Fan,
    /// Has artists, albums and tracks of their own.
    Musician,
}

impl From<OfferedRole> for Role {
    fn from(role: OfferedRole) -> Self {
        match role {
            OfferedRole::Fan => Self::Fan,
            OfferedRole::Musician => Self::Musician,
        }
    }
}

/// Who wants an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "listener@mail.example",
    "password": "a quiet evening by the river",
    "display_name": "River Listener",
    "role": "musician",
}))]
pub struct SignUpBody {
    /// An address of mail; its case does not matter.
    #[schema(example = "listener@mail.example", max_length = 254)]
    pub email: String,
    /// 8 to 128 characters; the most common passwords are refused.
    #[schema(
        example = "a quiet evening by the river",
        min_length = 8,
        max_length = 128
    )]
    pub password: String,
    /// One line of 1 to 50 characters.
    #[schema(example = "River Listener", max_length = 50)]
    pub display_name: String,
    /// `fan` or `musician`.
    #[schema(example = "fan")]
    pub role: OfferedRole,
}

/// Address and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInBody {
    /// The account's address.
    #[schema(example = "listener@mail.example")]
    pub email: String,
    /// Its password.
    #[schema(example = "a quiet evening by the river")]
    pub password: String,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// The token that came with the last answer; it is good once.
    #[schema(example = "pJx0Zc8yQ2mHkqv7sW1n3rT5uLb9dGfAeXoYiVtR6w4")]
    pub refresh_token: String,
}

/// What changes; a field that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// Another name to show.
    #[schema(example = "Night Listener", max_length = 50)]
    pub display_name: Option<String>,
    /// `musician`, for a fan who begins to publish.
    pub role: Option<OfferedRole>,
    /// Another password; needs `current_password` and ends every session.
    #[schema(min_length = 8, max_length = 128)]
    pub password: Option<String>,
    /// The password until now.
    pub current_password: Option<String>,
}

/// Confirms that an account goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteBody {
    /// The account's password.
    #[schema(example = "a quiet evening by the river")]
    pub password: String,
}

/// Tokens of a session (RFC 6749, 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensView {
    /// Sent as `Authorization: Bearer …`; a signed JWT.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds the access token is good for.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// Exchanged for new tokens at `/api/v1/sessions/refresh`; good once.
    pub refresh_token: String,
    /// To be kept after logging out, and sent as `Wing-Device` at the next log-in;
    /// absent when tokens were renewed. It opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

impl TokensView {
    /// The wire form of a log-in; `seconds` is the life of an access token.
    pub fn of(logged_in: LoggedIn, seconds: i64) -> Self {
        Self {
            access_token: logged_in.tokens.access,
            token_type: "Bearer",
            expires_in: seconds,
            refresh_token: logged_in.tokens.refresh,
            device_token: logged_in.device,
        }
    }
}

/// One's own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// The account.
    pub id: UserId,
    /// Its address; nobody else sees it.
    #[schema(example = "listener@mail.example")]
    pub email: String,
    /// The name it shows.
    #[schema(example = "River Listener")]
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Path of its picture, 256 px wide.
    pub picture_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<&User> for AccountView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            role: user.role,
            picture_url: user.picture_url(),
            created_at: user.created_at,
        }
    }
}

/// What was asked for at sign-up. It names no account: one that the address had already
/// is not the caller's to know of.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedUpView {
    /// The address.
    #[schema(example = "listener@mail.example")]
    pub email: String,
    /// The name to show.
    #[schema(example = "River Listener")]
    pub display_name: String,
    /// What the account may do.
    pub role: Role,
}

impl From<&User> for SignedUpView {
    fn from(user: &User) -> Self {
        Self {
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            role: user.role,
        }
    }
}

/// A changed account. The token in hand still says what was; this one knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedView {
    /// The account as it is now.
    #[serde(flatten)]
    pub account: AccountView,
    /// An access token that knows of the change; absent when the one in hand says
    /// the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Seconds it is good for: as long as the one in hand, unless the password
    /// changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 600)]
    pub expires_in: Option<i64>,
    /// Present when the password changed: every session was ended, and this
    /// token belongs to the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// A session of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// Whether this request belongs to it.
    pub current: bool,
    /// What logged in, shortly; absent when it said nothing we know.
    #[schema(example = "Firefox · Linux")]
    pub device: Option<String>,
    /// When somebody logged in.
    pub created_at: Timestamp,
    /// When its tokens were last renewed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

impl SessionView {
    /// The wire form, seen by `viewer`.
    pub fn new(session: &Session, viewer: &Viewer) -> Self {
        Self {
            id: session.id,
            current: session.id == viewer.session,
            device: device_label(&session.user_agent),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

/// A whole list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// All of them.
    pub items: Vec<T>,
}
