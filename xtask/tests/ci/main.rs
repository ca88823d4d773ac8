//! The pipeline's stages as somebody runs them, without an engine, a registry or
//! Slack: `docker` on the search path is a script that plays a Swarm, and the
//! webhook is `cargo xtask ci receiver`.

#![expect(clippy::unwrap_used, reason = "a panic here is a failing test")]

mod changes;
mod deployments;
mod notices;
mod pipeline;
mod rollbacks;
mod sandbox;
mod site;
