//! The edge: which service answers for which path ([`PREFIXES`]), and the nginx
//! configuration that follows from it ([`Edge`]); and what deploying has to know of each service.
//!
//! No dependencies: the build's own tasks use it, too. Never here: anything
//! about what the paths mean.

mod answers;
mod locations;
mod nginx;
mod services;
mod table;

pub use nginx::{Edge, METRICS_PORT, Tls};
pub use services::Home;
pub use table::{LARGE, OPEN_ENDED, Owner, PREFIXES, owner_of};
