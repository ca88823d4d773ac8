//! What every request passes, outermost first: request id and log line,
//! metrics, rate limit by address, authentication, security headers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _, web};
use tracing::Instrument as _;

use super::bodies::Bodies;
use super::caller::{ClientAddress, Peer, RequestId, client_address, trace_id};
use super::headers::Headers;
use super::{forms, links, ws};
use crate::auth::{CsrfToken, TokenError, Verifier, Via, Viewer, cookies, foreign_origin};
use crate::context::{self, Context};
use crate::limits::{Limit, Share, Shares, network};
use crate::peers::{self, Peers};
use crate::telemetry::metrics;
use crate::{Config, Problem};

/// Shows a refusal to a person.
pub type ProblemPage = fn(&HttpRequest, &Problem) -> HttpResponse;

/// Streams and sockets of one account: some tabs on some devices.
const CONNECTIONS_PER_ACCOUNT: usize = 20;
/// Those of one [network], which a school or an office shares.
const CONNECTIONS_PER_NETWORK: usize = 200;

/// What the gate needs; one for the process.
pub struct Gate {
    config: Config,
    headers: Headers,
    pub(super) verifier: Verifier,
    limit: Limit<IpAddr>,
    peers: Option<Peers>,
    bodies: Bodies,
    connections: Shares,
    problem_page: ProblemPage,
}

impl Gate {
    /// A gate with the limits of `config`; `peers` alone pass to the routes
    /// between processes. Browsers see refusals as `problem_page` shows them.
    pub fn new(
        config: &Config,
        verifier: Verifier,
        peers: Option<Peers>,
        problem_page: ProblemPage,
    ) -> Arc<Self> {
        let limit = Limit::new(
            config.rate_limit,
            Duration::from_secs(1),
            config.rate_limit.saturating_mul(10),
        );
        Arc::new(Self {
            config: config.clone(),
            headers: Headers::new(config),
            verifier,
            limit,
            peers,
            bodies: Bodies::new(Duration::from_secs(config.body_seconds.max(1))),
            connections: Shares::new(
                CONNECTIONS_PER_ACCOUNT,
                CONNECTIONS_PER_NETWORK,
                too_many_connections,
            ),
            problem_page,
        })
    }
}

impl Gate {
    /// A share for an answer that goes on for long.
    ///
    /// # Errors
    /// 429 when the account has 20 already or its network 200.
    pub(super) fn connection(req: &HttpRequest) -> Result<Share, Problem> {
        req.app_data::<web::Data<Arc<Self>>>()
            .ok_or_else(Problem::internal)?
            .connections
            .of(req)
    }

    /// Whether the site of a request is served over https.
    pub(crate) fn is_https(req: &HttpRequest) -> bool {
        req.app_data::<web::Data<Arc<Self>>>()
            .is_some_and(|gate| gate.config.is_https())
    }

    /// The address people type.
    pub(super) fn public_url(&self) -> &str {
        &self.config.public_url
    }
}

fn too_many_connections() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_connections",
        "Too many pages that stay connected are open. Close some and try again.",
    )
    .retry_after(10)
}

/// The middleware, for [`actix_web::middleware::from_fn`].
pub async fn gate(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let gate = req
        .app_data::<web::Data<Arc<Gate>>>()
        .map(|data| Arc::clone(data))
        .ok_or_else(Problem::internal)?;
    let id = trace_id(&req);
    let address = client_address(&req, gate.config.trusted_proxies);
    let span = tracing::info_span!("request", id = %id);
    req.extensions_mut().insert(RequestId(id.clone()));
    req.extensions_mut().insert(ClientAddress(address));
    let method = req.method().clone();
    let page = is_page(routed(&req));
    metrics::IN_FLIGHT.inc();

    let context = Context::new(&id, time_left(&req));
    let answered = context
        .scope(async {
            if gate.verifier.is_remote()
                && let Some(token) = shown_token(&req)
            {
                gate.verifier.prepare(&token).await;
            }
            let csrf = match admit(&gate, &req, address, page) {
                Ok(csrf) => csrf,
                Err(early) => return Ok(shown(&gate, page, req.into_response(*early))),
            };
            let body = take_body(&gate, &mut req, csrf.as_ref().filter(|_| page)).await;
            if let Err(problem) = body {
                let early = req.into_response(problem.error_response());
                return Ok(shown(&gate, page, early));
            }
            let response = next.call(req).await?.map_into_boxed_body();
            let mut response = shown(&gate, page, response);
            if page && let Some(csrf) = csrf {
                give_csrf(&gate.config, &csrf, &mut response);
            }
            Ok::<ServiceResponse<BoxBody>, Error>(response)
        })
        .instrument(span.clone())
        .await;
    metrics::IN_FLIGHT.dec();

    let mut response = answered?;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status();
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "none".into());
    metrics::REQUESTS
        .with_label_values(&[method.as_str(), &route, status.as_str()])
        .inc();
    metrics::REQUEST_SECONDS
        .with_label_values(&[route.as_str()])
        .observe(seconds);
    span.in_scope(|| {
        let ms = (seconds * 1e6).round() / 1e3;
        let (method, status) = (method.as_str(), status.as_u16());
        match status {
            500.. => tracing::warn!(method, route, status, ms, "request"),
            // A player asks for a song in dozens of parts, a browser whether
            // what it has is right: counted with the metrics, and to be read
            // when somebody wants to.
            206 | 304 => tracing::debug!(method, route, status, ms, "request"),
            // Asked each second by whoever watches the process.
            200 if is_probe(&route) => tracing::debug!(method, route, status, ms, "request"),
            _ => tracing::info!(method, route, status, ms, "request"),
        }
    });
    let path = response.request().path().to_owned();
    let viewed = Viewer::of(response.request()).is_some();
    gate.headers.set(&id, &path, page, response.headers_mut());
    if viewed && !page {
        Headers::keep_private(response.headers_mut());
    }
    Ok(response)
}

/// Puts the body under what bodies are held to, and has the form of a page prove that a
/// page of ours sent it; `csrf` is the token of a page's browser.
async fn take_body(
    gate: &Gate,
    req: &mut ServiceRequest,
    csrf: Option<&CsrfToken>,
) -> Result<(), Problem> {
    gate.bodies.guard(req)?;
    match csrf {
        Some(csrf) if changes(req) && !forms::is_exempt(routed(req)) => {
            forms::check(req, csrf).await
        }
        _ => Ok(()),
    }
}

/// Whether a request may change something, by its method.
fn changes(req: &ServiceRequest) -> bool {
    !matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The answer as its reader wants it: a browser's page shows a refusal as a
/// page, and sends who is not logged in to where one logs in.
fn shown(gate: &Gate, page: bool, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !page || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let Some(problem) = response.response().extensions().get::<Problem>().cloned() else {
        return response;
    };
    let req = response.request();
    let accepts_html = req
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !accepts_html {
        return response;
    }
    let instead = if problem.is_about_token() && !req.path().starts_with("/auth/") {
        // Found void only by the use case: renewed and repeated, as an expired one.
        renew(req)
    } else if status == StatusCode::UNAUTHORIZED {
        links::to_login(&page_of(req))
    } else {
        (gate.problem_page)(req, &problem)
    };
    response.into_response(instead)
}

/// The page to come back to after logging in: the one asked for, or the one
/// whose form was sent. What a form is sent to need not be a page.
fn page_of(req: &HttpRequest) -> String {
    let page = if req.method() == Method::GET {
        Some(req.uri().clone())
    } else {
        // A form of another site does not come as far as here.
        let referer = req.headers().get(header::REFERER);
        referer.and_then(|value| value.to_str().ok()?.parse().ok())
    };
    page.as_ref()
        .and_then(|page| page.path_and_query())
        .map_or("/", |path| path.as_str())
        .to_owned()
}

/// The path that routes are matched with. An escaped letter is the letter there,
/// so what is judged by a path has to be judged by this one.
fn routed(req: &ServiceRequest) -> &str {
    req.match_info().as_str()
}

/// Lets the request in, or answers it here.
fn admit(
    gate: &Gate,
    req: &ServiceRequest,
    address: IpAddr,
    page: bool,
) -> Result<Option<CsrfToken>, Box<HttpResponse>> {
    let refuse = |problem: Problem| Box::new(problem.error_response());
    let path = routed(req);
    if path.starts_with("/assets/") || is_probe(path) {
        return Ok(None);
    }
    if path.starts_with(peers::PREFIX) {
        let peer = gate.peers.as_ref().zip(bearer(req.request()));
        return match peer.and_then(|(peers, token)| peers.recognise(token)) {
            Some(name) => {
                req.extensions_mut().insert(Peer(name));
                Ok(None)
            }
            // To all others there is nothing.
            None => Err(refuse(Problem::not_found())),
        };
    }
    gate.limit.take(&network(address)).map_err(refuse)?;

    // A GET that goes on as something else: the rules for what changes do not see it.
    if ws::is_handshake(req.request()) {
        ws::check_origin(req.request()).map_err(refuse)?;
    }
    if req.headers().contains_key(header::AUTHORIZATION) {
        let viewer = bearer(req.request())
            .ok_or(TokenError::Invalid)
            .and_then(|token| gate.verifier.verify(token, Via::Bearer))
            .map_err(|error| refuse(bad_token(error)))?;
        req.extensions_mut().insert(viewer);
        return Ok(None);
    }

    let csrf = CsrfToken::read_or_make(cookies::read(req.request(), cookies::CSRF));
    req.extensions_mut().insert(csrf.clone());
    let changes = changes(req);
    let access = cookies::read(req.request(), cookies::ACCESS);
    // The API without a cookie is open to programs; pages are a browser's.
    if changes
        && (page || access.is_some())
        && foreign_origin(req.request(), &gate.config.public_url)
    {
        return Err(refuse(Problem::forbidden(
            "foreign_origin",
            "This was sent from another site. Open the page here and repeat.",
        )));
    }
    let Some(access) = access else {
        return Ok(Some(csrf));
    };
    match gate.verifier.verify(&access, Via::Cookie) {
        Ok(viewer) => {
            req.extensions_mut().insert(viewer);
            if changes && !page {
                CsrfToken::check_header(req.request()).map_err(refuse)?;
            }
        }
        // Who could renew it is away: better seen as nobody than not at all.
        Err(_) if page && !changes && gate.verifier.issuer_is_away() => {}
        Err(_) if page && !path.starts_with("/auth/") => {
            return Err(Box::new(renew(req.request())));
        }
        Err(error) if !page => {
            // A script reads the refusal, renews and repeats; what is open to all
            // stays open with a stale cookie.
            if changes {
                return Err(refuse(bad_token(error)));
            }
        }
        Err(_) => {}
    }
    Ok(Some(csrf))
}

/// The token of an `Authorization: Bearer` header.
fn bearer(req: &HttpRequest) -> Option<&str> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The access token of a request, good or bad.
fn shown_token(req: &ServiceRequest) -> Option<String> {
    if routed(req).starts_with(peers::PREFIX) {
        return None;
    }
    token_of(req.request()).map(|(token, _)| token)
}

/// The access token that a request carries, and how.
pub(super) fn token_of(req: &HttpRequest) -> Option<(String, Via)> {
    match bearer(req) {
        Some(token) => Some((token.to_owned(), Via::Bearer)),
        None => Some((cookies::read(req, cookies::ACCESS)?, Via::Cookie)),
    }
}

/// What is left of the caller's patience. Only a peer is asked: to anybody else
/// it would be a way to make answers fail.
fn time_left(req: &ServiceRequest) -> Option<Duration> {
    if !routed(req).starts_with(peers::PREFIX) {
        return None;
    }
    let value = req.headers().get(context::DEADLINE)?.to_str().ok()?;
    value.parse().ok().map(Duration::from_millis)
}

fn bad_token(error: TokenError) -> Problem {
    match error {
        TokenError::Unknowable => Problem::unavailable(),
        TokenError::Expired => Problem::new(
            StatusCode::UNAUTHORIZED,
            "token_expired",
            "The access token has expired. Renew it with the refresh token.",
        )
        .header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(
                "Bearer realm=\"wing\", error=\"invalid_token\", error_description=\"expired\"",
            ),
        ),
        TokenError::Invalid => Problem::token_invalid(),
    }
}

/// Sends a browser through `/auth/refresh` and back. 307 keeps method and body,
/// so that a form sent after a long pause is not lost.
fn renew(req: &HttpRequest) -> HttpResponse {
    let next = req.uri().path_and_query().map_or("/", |path| path.as_str());
    let renewal = format!("/auth/refresh?next={}", links::encode(next));
    links::redirect(StatusCode::TEMPORARY_REDIRECT, &renewal)
}

fn give_csrf<B>(config: &Config, csrf: &CsrfToken, response: &mut ServiceResponse<B>) {
    let html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if csrf.is_fresh() && html {
        let cookie = cookies::csrf(config, csrf.value().to_owned());
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// Whether a path is for browsers rather than programs.
pub fn is_page(path: &str) -> bool {
    !(path.starts_with("/api/")
        || path.starts_with("/api-docs/")
        || path.starts_with("/.well-known/")
        || path.starts_with("/assets/")
        || path.starts_with("/media/")
        || path.starts_with(peers::PREFIX)
        || is_probe(path))
}

/// Whether a path is for those who watch the process.
fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/startupz" | "/metrics")
}
