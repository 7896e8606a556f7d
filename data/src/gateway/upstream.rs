//! The upstreams and the connections to them, each used again for as long as both sides keep it.

use super::again::{copy, is_closed, is_idempotent, is_unprocessed};
use super::answer::Answer;
use super::connection::Unanswered;
use super::hops;
use super::idle::Idle;
use super::line::Line;
use super::place::Place;
use super::refusal::Refusal;
use super::shared::Lines;
use super::standing::Standing;
use super::tls::Authorities;
use super::tunnel::Tunnel;
use super::waits::Waits;
use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode, Version};
use hyper::body::Incoming;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

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
    /// Its certificate is none that we trust, or is for another host.
    #[error("it does not prove over TLS who it is")]
    Tls,
    /// The route says HTTP/2, which has no WebSockets here.
    #[error("it takes no WebSockets")]
    NoTunnel,
    /// The request cannot be said to an upstream.
    #[error("the request has no target")]
    Target,
}

/// All upstreams that were ever named, by how the catalog writes them.
#[derive(Debug)]
pub(super) struct Upstreams {
    known: RwLock<HashMap<String, Arc<Upstream>>>,
    authorities: Authorities,
    pub(super) waits: Waits,
}

impl Upstreams {
    pub(super) fn new(authorities: Authorities) -> Upstreams {
        Upstreams { known: RwLock::default(), authorities, waits: Waits::default() }
    }

    pub(super) fn of(&self, name: &str) -> Result<Arc<Upstream>, Failure> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let place = Place::parse(name, &self.authorities).ok_or(Failure::Unreachable)?;
        let (idle, shared, waiting) = (Idle::default(), Lines::default(), Semaphore::new(WAITING_MAX));
        let made = Arc::new(Upstream { place, idle, shared, waiting, waits: self.waits });
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= UPSTREAMS_MAX {
            all.clear();
        }
        Ok(Arc::clone(all.entry(name.to_owned()).or_insert(made)))
    }
}

/// What goes out. In boxes, as it is handed from one to the next while it waits.
pub(super) struct Outgoing {
    pub(super) request: Box<Request<Body>>,
    /// Whether it may become a WebSocket.
    pub(super) tunnels: bool,
    pub(super) standing: Box<Standing>,
}

/// One upstream.
#[derive(Debug)]
pub(super) struct Upstream {
    place: Place,
    idle: Idle,
    shared: Lines,
    waiting: Semaphore,
    pub(super) waits: Waits,
}

impl Upstream {
    /// Sends the request and answers as soon as the answer begins.
    pub(super) async fn send(self: &Arc<Self>, outgoing: Outgoing) -> Result<Response, Refusal> {
        let Outgoing { request, tunnels, mut standing } = outgoing;
        let _waits: SemaphorePermit<'_> = self.waiting.try_acquire().map_err(|_| Failure::Busy)?;
        let (mut answer, line) = self.ask(request, tunnels).await?;
        // It may have taken minutes.
        standing.holds()?;
        *answer.version_mut() = Version::HTTP_11;
        let switches = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        hops::returned(answer.headers_mut(), switches);
        if !switches {
            return Ok(answer.map(|body| Body::new(Answer::new(body, Arc::clone(self), line, standing))));
        }
        let Line::Own(connection) = line else { return Err(Failure::Broken.into()) };
        if !tunnels {
            return Err(Failure::Broken.into());
        }
        connection.go_on();
        let tunnel = Tunnel::new(hyper::upgrade::on(&mut answer), standing);
        let mut response = answer.map(|_| Body::empty());
        response.extensions_mut().insert(tunnel);
        Ok(response)
    }

    /// On a connection that was used before, the upstream may have closed it in the same moment. What was not sent is
    /// sent on another; what was, only when it can be done twice.
    async fn ask(
        &self,
        mut request: Box<Request<Body>>,
        tunnels: bool,
    ) -> Result<(http::Response<Incoming>, Line), Failure> {
        let mut was_refused = false;
        loop {
            let used = self.take(tunnels);
            let is_used = used.is_some();
            let mut line = match used {
                Some(line) => line,
                None => self.connect(tunnels).await?,
            };
            self.place.address(&mut request, line.is_http2());
            let again = if is_used || line.is_http2() { copy(&request) } else { None };
            let mut failed = match line.ask(request, self.waits).await {
                Ok(answer) => return Ok((answer, line)),
                Err(Unanswered::Late) => return Err(Failure::Late),
                Err(Unanswered::Failed(failed)) => failed,
            };
            // Of the connections that are kept, each is tried once at most: they are taken from the list.
            request = match (failed.take_message(), again) {
                (Some(unsent), _) if is_used => Box::new(unsent),
                (None, Some(again)) => {
                    let error = failed.into_error();
                    let may_repeat = is_idempotent(again.method()) && is_used && is_closed(&error);
                    if !may_repeat && (was_refused || !is_unprocessed(&error)) {
                        return Err(Failure::Broken);
                    }
                    was_refused = true;
                    again
                }
                _ => return Err(Failure::Broken),
            };
        }
    }

    pub(super) fn may_speak_http2(&self) -> bool {
        self.place.may_speak_http2()
    }

    /// A connection that stands. WebSockets need one of HTTP/1.1.
    fn take(&self, tunnels: bool) -> Option<Line> {
        let shared = if tunnels { None } else { self.shared.get() };
        shared.map(Line::shared).or_else(|| self.idle.take().map(Line::Own))
    }

    async fn connect(&self, tunnels: bool) -> Result<Line, Failure> {
        // Few requests need one, and all would carry the room for it.
        let line = Box::pin(timeout(self.waits.connect, self.place.connect(tunnels))).await;
        let line = line.map_err(|_| Failure::Unreachable)??;
        if let Line::Shared(shared, _) = &line {
            self.shared.add(shared);
        }
        Ok(line)
    }

    /// Keeps a connection whose answer is complete.
    pub(super) fn keep(&self, line: Line) {
        if let Line::Own(connection) = line {
            self.idle.keep(connection);
        }
    }
}

#[cfg(test)]
mod tests;
