//! `/authz/forward`: gateways that tell in headers which request they hold.

use super::super::{Caller, Desk, Shared, verify};
use super::asked::Headers;
use super::decide::decide;
use super::identity::Identity;
use super::refused::{Hands, Refused};
use super::reply::reply;
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;

pub(crate) async fn forward(State(desk): Shared, request: Request) -> Response {
    let (mut head, _) = request.into_parts();
    let extensions = std::mem::take(&mut head.extensions);
    answer(&desk, &mut head, Caller::of(&extensions))
}

pub(in super::super) fn answer(desk: &Desk, head: &mut Parts, caller: Caller<'_>) -> Response {
    // nginx makes 500 of anything but 401 and 403, and other gateways behave as it does.
    let answer = decided(desk, head, caller);
    reply(answer, Hands::NotOn, caller.id, std::mem::take(&mut head.headers))
}

fn decided(desk: &Desk, head: &Parts, caller: Caller<'_>) -> Result<Identity, Refused> {
    if !verify::is_trusted(desk, &head.headers, caller) {
        return Err(Refused::Untrusted);
    }
    let headers = Headers::read(fields(&head.headers), Some(desk.family));
    decide(desk, &headers.told(desk.family, &desk.trusted)?)
}

/// Names, in lower case, and values.
pub(crate) fn fields(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}
