//! actix-web's HTTP/1 server over connections that send files themselves.

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::{HttpService, Request};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Response};
use actix_web::rt::net::TcpStream;

use crate::wire::Wire;

/// How long a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the next request on a connection that is kept.
    pub keep_alive: Duration,
    /// For a request's head to arrive.
    pub request: Duration,
    /// For a client to close after we have.
    pub disconnect: Duration,
}

/// What `HttpServer` has by default.
impl Default for Timeouts {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(5),
            request: Duration::from_secs(5),
            disconnect: Duration::from_secs(1),
        }
    }
}

/// Adds a listener to a server, as `HttpServer::listen` would: HTTP/1.1 and
/// 1.0, without TLS. Large answers of [`Files`](crate::Files) then go from the
/// page cache to the socket in the kernel; all else is as with `HttpServer`,
/// under which `Files` works as well, only with more copying.
///
/// # Errors
/// When the listener's address cannot be had or it cannot be made non-blocking.
pub fn listen<F, I, S, B>(
    server: ServerBuilder,
    listener: TcpListener,
    timeouts: Timeouts,
    factory: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    let stopping = server.graceful_shutdown_signal();
    server.listen(format!("wing-stream-{address}"), listener, move || {
        let stopping = stopping.clone();
        let app = factory()
            .into_factory()
            .map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(timeouts.keep_alive)
            .client_request_timeout(timeouts.request)
            .client_disconnect_timeout(timeouts.disconnect)
            .local_addr(address)
            .on_connect_ext(|wire: &Wire, data| {
                data.insert(wire.sendfile());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(async |io: TcpStream| {
            let peer = io.peer_addr().ok();
            // A head and the file after it are two writes; neither is to wait
            // for the other to be acknowledged.
            let _ = io.set_nodelay(true);
            Ok((Wire::new(io), peer))
        })
        .and_then(http)
    })
}
