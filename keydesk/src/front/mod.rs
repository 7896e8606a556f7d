//! The front that every listener uses, HTTP/1.1 and, where it is asked for, HTTP/2 without TLS: it bounds what a connection may cost and lets through only
//! requests that can be read in one way.
//!
//! `serve` accepts, `connection` runs hyper on one socket, `request` takes one request through `guard` to its
//! route. `pace` and `wire` keep the time; `refusal` and `farewell` say no.

mod body;
mod connection;
mod date;
mod farewell;
mod framing;
mod guard;
mod host;
mod http2;
mod lane;
mod limits;
mod pace;
mod plain;
mod refusal;
mod request;
mod serve;
mod socket;
mod socket_file;
mod takeover;
mod together;
mod wire;

#[cfg(test)]
mod tests;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::Request;
use http::request::Parts;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use host::HostRule;
pub(crate) use limits::{Large, Limits};
pub(crate) use refusal::{Refused, Render, problem};
pub(crate) use serve::serve;
pub(crate) use socket::Listener;
pub(crate) use socket_file::SocketFile;
pub(crate) use takeover::Takeover;

/// Answers some requests past the routes, which cost more than such an answer does. What every request must be is
/// checked before, and what every answer carries is put on after.
pub(crate) trait Direct: Send + Sync {
    /// The answer to a request whose body says nothing; `None` leaves it as it is to the routes.
    fn answer(&self, head: &mut Parts, peer: Option<SocketAddr>, id: &str) -> Option<Response>;
    /// Whether a `GET` of this path without a body is for [`Direct::answer_lines`].
    fn takes_lines(&self, path: &str) -> bool;
    /// The answer to such a request with these header lines: names in any case, and values. The usual one, 200 without
    /// a body, goes into `out` as header lines; any other is returned.
    fn answer_lines(
        &self,
        lines: &[(&str, &[u8])],
        peer: Option<SocketAddr>,
        id: &str,
        out: &mut Vec<u8>,
    ) -> Option<Response>;
    /// Whether it is for [`Direct::answer_whole`]. Asked over HTTP/2 only.
    fn wants_body(&self, head: &Parts) -> bool;
    /// The answer to a request with all of its body.
    fn answer_whole(&self, head: &mut Parts, peer: Option<SocketAddr>, id: &str, body: &Bytes) -> Response;
}

/// Answers every request in place of the routes: those are for many paths, and cost a request of one more than it.
pub(crate) trait Relay: Send + Sync {
    /// The answer; that it may take its time is the upstream's matter.
    fn answer<'r>(&'r self, request: Request<Body>, peer: Option<SocketAddr>, id: &'r str) -> Answering<'r>;
}

/// An answer to come.
pub(crate) type Answering<'r> = Pin<Box<dyn Future<Output = Response> + Send + 'r>>;

/// How one listener behaves.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) limits: Limits,
    pub(crate) hosts: HostRule,
    /// Makes a request's id, which must be a valid header value.
    pub(crate) ids: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) render: Render,
    /// Whether a connection may begin as HTTP/2 with prior knowledge (h2c), as gRPC does.
    pub(crate) http2: bool,
    pub(crate) direct: Option<Arc<dyn Direct>>,
    pub(crate) relay: Option<Arc<dyn Relay>>,
    /// Whether what passes is between others: bodies may be compressed, answers keep their headers, and over HTTP/2 too
    /// an answer takes the time that it takes.
    pub(crate) relays: bool,
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front")
            .field("limits", &self.limits)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// The id of a request, found among its extensions and sent back as `x-request-id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);
