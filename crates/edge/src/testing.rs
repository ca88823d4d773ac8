//! For tests of what is derived from a list of services.

use crate::list::SERVICES;
use crate::service::Service;

/// A domain that calls the others and has workers.
pub const SUPPORT: Service = Service {
    asks: &["user", "music"],
    has_workers: true,
    prefixes: &["/support", "/api/v1/gifts"],
    ..Service::domain("support")
};

/// A service without a domain that takes connections of its own.
pub const INGEST: Service = Service {
    asks: &["user"],
    prefixes: &["/hls"],
    tcp_port: Some(1935),
    ..Service::tool("ingest")
};

/// The list with two more: [`SUPPORT`] and [`INGEST`].
pub fn extended() -> Vec<Service> {
    let mut all = SERVICES.to_vec();
    all.extend([SUPPORT, INGEST]);
    all
}
