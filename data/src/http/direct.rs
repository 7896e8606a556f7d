//! The doors for gateways without a router: they are asked for every request of an API, and what a router and its
//! layers cost would be most of an answer. The router has the same doors, for whoever comes to it.

use super::doors::{ext, fields, forward, grpc};
use super::{Desk, Problem, RequestId, keep_nothing};
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::request::Parts;
use http::{Extensions, Method};
use std::net::SocketAddr;
use std::sync::Arc;

/// Where a request came from, and what it is called in the answer.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'r> {
    /// The other end of the connection.
    pub peer: Option<SocketAddr>,
    /// The request's id.
    pub id: Option<&'r str>,
}

impl Caller<'_> {
    /// What a request carries that came through a router.
    pub(super) fn of(extensions: &Extensions) -> Caller<'_> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
        Caller { peer, id: extensions.get::<RequestId>().map(|id| id.0.as_str()) }
    }
}

const FORWARD: &str = "/authz/forward";

/// Answers what gateways ask.
#[derive(Debug, Clone)]
pub struct Direct(Arc<Desk>);

impl Direct {
    /// The doors of this desk.
    pub fn new(desk: Arc<Desk>) -> Direct {
        Direct(desk)
    }

    /// The answer to a request whose body says nothing, of which nothing is needed any more; `None` leaves the request
    /// as it is to the router.
    pub fn answer(&self, head: &mut Parts, caller: Caller<'_>) -> Option<Response> {
        let path = head.uri.path().strip_prefix("/authz/")?;
        let door = match path {
            "forward" => forward::answer,
            "ext" => ext::answer,
            path if path.starts_with("ext/") => ext::answer,
            _ => return None,
        };
        Some(self.guarded(head, caller, |head| door(&self.0, head, caller)))
    }

    /// Whether a `GET` of this path is for [`Direct::answer_lines`].
    pub fn takes_lines(&self, path: &str) -> bool {
        path == FORWARD
    }

    /// The answer to a `GET` without a body of which these are the header lines: names in any case, and values. The
    /// usual answer, 200 without a body, goes into `out` as header lines; any other is returned.
    pub fn answer_lines(
        &self,
        lines: &[(&str, &[u8])],
        caller: Caller<'_>,
        out: &mut Vec<u8>,
    ) -> Option<Response> {
        let mut other = if self.is_guarded(lines.iter().copied()) {
            Some(Problem::Unauthenticated.say(caller.id))
        } else {
            forward::answer_lines(&self.0, lines, caller, out)
        };
        match &mut other {
            Some(response) => keep_nothing(response),
            None => out.extend_from_slice(b"cache-control: no-store\r\n"),
        }
        other
    }

    /// Whether it is a gRPC call, which has to be read whole.
    pub fn is_call(&self, head: &Parts) -> bool {
        head.method == Method::POST && head.uri.path() == grpc::PATH
    }

    /// The answer to a gRPC call with this body.
    pub fn answer_call(&self, head: &mut Parts, caller: Caller<'_>, body: &Bytes) -> Response {
        self.guarded(head, caller, |head| grpc::answer(&self.0, head, caller, body))
    }

    fn guarded(
        &self,
        head: &mut Parts,
        caller: Caller<'_>,
        door: impl FnOnce(&mut Parts) -> Response,
    ) -> Response {
        let mut response = if self.is_guarded(fields(&head.headers)) {
            Problem::Unauthenticated.say(caller.id)
        } else {
            door(head)
        };
        keep_nothing(&mut response);
        response
    }

    /// Whether there is a token, and these headers do not show it.
    fn is_guarded<'h>(&self, fields: impl Iterator<Item = (&'h str, &'h [u8])>) -> bool {
        self.0.tokens.as_ref().is_some_and(|tokens| !tokens.is_shown(fields))
    }
}
