//! The doors for gateways without a router: they are asked for every request of an API, and what a router and its
//! layers cost would be most of an answer. The router has the same doors, for whoever comes to it.

use super::doors::{ext, forward, grpc};
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
        let mut response = match &self.0.token {
            Some(token) if !token.is_shown(&head.headers) => Problem::Unauthenticated.say(caller.id),
            Some(_) | None => door(head),
        };
        keep_nothing(&mut response);
        response
    }
}
