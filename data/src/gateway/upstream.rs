//! The upstreams and the connections to them, each used again for as long as both sides keep it.

use super::answer::Answer;
use super::connection::{Connection, Unanswered};
use super::head;
use super::idle::Idle;
use super::tunnel::Tunnel;
use axum::body::{Body, HttpBody};
use axum::response::Response;
use http::header::{HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Method, Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// Until the head of an answer: a call that waits for its job takes up to 300 seconds.
const ANSWER_WAIT: Duration = Duration::from_secs(320);
/// How long an answer may say nothing at all, once it has begun.
pub(super) const QUIET_WAIT: Duration = Duration::from_secs(320);
/// Requests to one upstream whose answer has not begun.
const WAITING_MAX: usize = 4096;
/// Upstreams at once; a catalog has fewer, but over time there may be many.
const UPSTREAMS_MAX: usize = 1024;

/// Why an upstream did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// Nobody listens there, or not in time.
    #[error("it cannot be reached")]
    Unreachable,
    /// It closed the connection, or what it said is no HTTP.
    #[error("it broke off")]
    Broken,
    /// Its answer did not begin in time.
    #[error("it did not answer in time")]
    Late,
    /// Too many requests wait for it.
    #[error("too many requests wait for it")]
    Busy,
    /// The route says https.
    #[error("the gateway does not speak TLS to upstreams")]
    Tls,
    /// The request cannot be said to an upstream.
    #[error("the request has no target")]
    Target,
}

/// All upstreams that were ever named, by how the catalog writes them.
#[derive(Debug, Default)]
pub(super) struct Upstreams(RwLock<HashMap<String, Arc<Upstream>>>);

impl Upstreams {
    pub(super) fn of(&self, name: &str) -> Result<Arc<Upstream>, Failure> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(Upstream::parse(name)?);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= UPSTREAMS_MAX {
            all.clear();
        }
        Ok(Arc::clone(all.entry(name.to_owned()).or_insert(made)))
    }
}

/// One upstream.
#[derive(Debug)]
pub(super) struct Upstream {
    authority: Authority,
    host: HeaderValue,
    port: u16,
    idle: Idle,
    waiting: Semaphore,
}

impl Upstream {
    fn parse(name: &str) -> Result<Upstream, Failure> {
        let uri: Uri = name.parse().map_err(|_| Failure::Unreachable)?;
        let authority = uri.authority().cloned().ok_or(Failure::Unreachable)?;
        if uri.scheme() == Some(&Scheme::HTTPS) {
            return Err(Failure::Tls);
        }
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Failure::Unreachable)?;
        let port = authority.port_u16().unwrap_or(80);
        let (idle, waiting) = (Idle::default(), Semaphore::new(WAITING_MAX));
        Ok(Upstream { authority, host, port, idle, waiting })
    }

    /// The target and version for this upstream, whose name goes into the headers.
    pub(super) fn address(
        &self,
        target: PathAndQuery,
        headers: &mut HeaderMap,
    ) -> Result<(Uri, Version), Failure> {
        headers.insert(HOST, self.host.clone());
        Ok((head::origin(target), Version::HTTP_11))
    }

    /// Sends the request and answers as soon as the answer begins.
    pub(super) async fn send(
        self: &Arc<Self>,
        head: Parts,
        body: Body,
        tunnels: bool,
    ) -> Result<Response, Failure> {
        let _waits: SemaphorePermit<'_> = self.waiting.try_acquire().map_err(|_| Failure::Busy)?;
        let (mut answer, connection) = self.ask(Request::from_parts(head, body)).await?;
        let switches = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        if switches && !tunnels {
            return Err(Failure::Broken);
        }
        head::returned(answer.headers_mut(), switches);
        if switches {
            connection.go_on();
            let tunnel = Tunnel::new(hyper::upgrade::on(&mut answer));
            let mut response = answer.map(|_| Body::empty());
            response.extensions_mut().insert(tunnel);
            return Ok(response);
        }
        Ok(answer.map(|body| Body::new(Answer::new(body, Arc::clone(self), connection))))
    }

    /// On a connection that was used before, the upstream may have closed it in the same moment. What was not sent is
    /// sent on another; what was, only when it can be done twice.
    async fn ask(
        &self,
        mut request: Request<Body>,
    ) -> Result<(http::Response<Incoming>, Connection), Failure> {
        loop {
            let used = self.idle.take();
            let is_used = used.is_some();
            let mut connection = match used {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let again = if is_used { copy(&request) } else { None };
            let mut failed = match connection.ask(request, ANSWER_WAIT).await {
                Ok(answer) => return Ok((answer, connection)),
                Err(Unanswered::Late) => return Err(Failure::Late),
                Err(Unanswered::Failed(failed)) => failed,
            };
            // Of the connections that are kept, each is tried once at most: they are taken from the list.
            request = match (failed.take_message(), again) {
                (Some(unsent), _) if is_used => unsent,
                (None, Some(again)) if is_closed(&failed.into_error()) => again,
                _ => return Err(Failure::Broken),
            };
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let host = self.authority.host().trim_matches(['[', ']']);
        let connecting = async {
            let socket = TcpStream::connect((host, self.port)).await.map_err(|_| Failure::Unreachable)?;
            // Heads and small bodies should not wait for more.
            let _ = socket.set_nodelay(true);
            Connection::begin(TokioIo::new(socket)).await.map_err(|_| Failure::Unreachable)
        };
        timeout(CONNECT_WAIT, connecting).await.map_err(|_| Failure::Unreachable)?
    }

    /// Keeps a connection whose answer is complete.
    pub(super) fn keep(&self, connection: Connection) {
        self.idle.keep(connection);
    }
}

/// The request once more, if doing it twice does no more than doing it once, and all of it is here.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let is_idempotent = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
    );
    if !is_idempotent || !request.body().is_end_stream() {
        return None;
    }
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// Whether the connection was closed before anything of an answer came.
fn is_closed(error: &hyper::Error) -> bool {
    let io = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    let is_gone = |kind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
    error.is_incomplete_message()
        || error.is_canceled()
        || error.is_closed()
        || io.is_some_and(|io| is_gone(io.kind()))
}
