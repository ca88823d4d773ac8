//! Files served over connections that send them themselves.

mod behaviour;
mod support;

/// Whether connections are those of this crate.
const OWN_CONNECTIONS: bool = true;
