//! Files served under actix-web's own server.

mod behaviour;
mod support;

/// Whether connections are those of this crate.
const OWN_CONNECTIONS: bool = false;
