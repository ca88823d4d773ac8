//! The SQL of accounts: plain functions over a connection.

pub mod refresh_tokens;
pub mod schema;
pub mod sessions;
pub mod users;
