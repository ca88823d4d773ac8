//! What every process of the site does alike, whichever domains it mounts:
//! opening what they stand on ([`Process`]), serving them behind one gate
//! ([`Front`]), the frame of the OpenAPI document ([`openapi`]), the commands
//! ([`cli`], [`events`]).
//!
//! Never here: a domain. What mounts one is in `services/`, beside the process
//! that serves it alone.

pub mod cli;
mod document;
mod domain;
pub mod events;
mod front;
mod process;

pub use document::openapi;
pub use domain::{Domain, Program, Serving, Start};
pub use front::{Front, Mount};
pub use process::{Process, open_database};
