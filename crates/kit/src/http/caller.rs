//! Who asks: the request's id and the client's own address.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;
use actix_web::{HttpMessage as _, HttpRequest};

/// The request's id: the trace id of its W3C trace context.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The client's own address, through as many proxies as are trusted.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address of a request's client.
    pub fn of(req: &HttpRequest) -> IpAddr {
        req.extensions()
            .get::<Self>()
            .map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.0)
    }
}

/// The process of this site that calls, by its name; only below
/// [`peers::PREFIX`](crate::peers::PREFIX), where the gate has recognised it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer(pub String);

impl Peer {
    /// The process that sent a request; `None` when no peer did.
    pub fn of(req: &HttpRequest) -> Option<Self> {
        req.extensions().get::<Self>().cloned()
    }
}

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The trace id of a W3C `traceparent`, or a new one.
pub(super) fn trace_id(req: &ServiceRequest) -> String {
    let given = req
        .headers()
        .get(TRACEPARENT)
        .and_then(|value| value.to_str().ok());
    let id = given.and_then(|text| {
        let mut parts = text.split('-');
        let (version, id) = (parts.next()?, parts.next()?);
        let hex = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (version.len() == 2 && id.len() == 32 && hex && id.bytes().any(|b| b != b'0')).then_some(id)
    });
    id.map_or_else(
        || hex::encode(rand::random::<[u8; 16]>()),
        ToOwned::to_owned,
    )
}

/// The peer's address or, behind `trusted` proxies, the entry of
/// `X-Forwarded-For` that the outermost of them wrote. Entries further left
/// are the client's own words.
pub(super) fn client_address(req: &ServiceRequest, trusted: usize) -> IpAddr {
    let peer = req
        .peer_addr()
        .map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.ip());
    if trusted == 0 {
        return peer;
    }
    let forwarded: Vec<&str> = req
        .headers()
        .get_all(HeaderName::from_static("x-forwarded-for"))
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    forwarded
        .len()
        .checked_sub(trusted)
        .and_then(|index| forwarded.get(index))
        .and_then(|text| text.parse().ok())
        .unwrap_or(peer)
}
