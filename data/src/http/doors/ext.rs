//! `/authz/ext/…`: gateways that hand on the request line itself behind a prefix, as Envoy's `ext_authz` and the
//! `ExternalAuth` filter of the Gateway API do over HTTP.

use super::super::{Caller, Desk, Shared, verify};
use super::asked::Headers;
use super::decide::decide;
use super::forward::fields;
use super::identity::Identity;
use super::refused::{Hands, Refused};
use super::reply::reply;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;

const PREFIX: &str = "/authz/ext";

pub(super) async fn ext(State(desk): Shared, request: Request) -> Response {
    let (mut head, _) = request.into_parts();
    let extensions = std::mem::take(&mut head.extensions);
    answer(&desk, &mut head, Caller::of(&extensions))
}

pub(in super::super) fn answer(desk: &Desk, head: &mut Parts, caller: Caller<'_>) -> Response {
    let answer = decided(desk, head, caller);
    reply(answer, Hands::On, caller.id, std::mem::take(&mut head.headers))
}

fn decided(desk: &Desk, head: &Parts, caller: Caller<'_>) -> Result<Identity, Refused> {
    if !verify::is_trusted(desk, fields(&head.headers), caller) {
        return Err(Refused::Untrusted);
    }
    let target = head.uri.path_and_query().and_then(|target| target.as_str().strip_prefix(PREFIX));
    // Over HTTP/2 the host stands in the target.
    let in_header = || head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = head.uri.authority().map(|authority| authority.as_str()).or_else(in_header);
    let (Some(target), Some(host)) = (target, host) else { return Err(Refused::NotTold) };
    let headers = Headers::read(fields(&head.headers), None);
    let client = headers.forwarded_client(&desk.trusted);
    decide(desk, &headers.about(host, head.method.as_str(), target, client)?)
}
