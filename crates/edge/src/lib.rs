//! The list of services ([`SERVICES`]): all that routing, deployment and local runs
//! have to know of each; and the nginx configuration that follows from it
//! ([`Edge`]).
//!
//! No dependencies: the build's own tasks use it, too. Never here: anything
//! about what the paths mean.

mod answers;
mod list;
mod locations;
mod nginx;
mod service;
mod table;
pub mod testing;
mod upstream;

pub use list::{SERVICES, faults, service, with_dependencies};
pub use nginx::{Edge, METRICS_PORT, Tls};
pub use service::{Database, Resources, Service, address_variable};
pub use table::{ANYONE, owner_of, prefixes};
pub use upstream::{Tcp, Upstream};
