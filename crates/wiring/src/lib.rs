//! What every process of the site does alike, whichever domains it mounts:
//! opening database and files ([`Process`]), serving behind one gate
//! ([`Server`]), the frame of the OpenAPI document ([`openapi`]), the commands
//! ([`cli`], [`events`]).
//!
//! Never here: a domain. What mounts one is in `services/`, beside the process
//! that serves it alone.

pub mod cli;
mod document;
mod domain;
pub mod events;
mod process;
mod server;

pub use document::openapi;
pub use domain::{Domain, Program, Serving, Start};
pub use process::{Process, open_database};
pub use server::{Mount, Server};
