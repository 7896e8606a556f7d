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
    let answer = decided(desk, || fields(&head.headers), caller);
    reply(answer, Hands::NotOn, caller.id, std::mem::take(&mut head.headers))
}

/// The same from the lines of a head. An answer that lets the request pass goes into `out`, as lines; any other is
/// returned.
pub(in super::super) fn answer_lines(
    desk: &Desk,
    lines: &[(&str, &[u8])],
    caller: Caller<'_>,
    out: &mut Vec<u8>,
) -> Option<Response> {
    let answer = decided(desk, || lines.iter().copied(), caller);
    match answer {
        Ok(identity) if identity.write_lines(out) => None,
        Ok(_) | Err(_) => Some(reply(answer, Hands::NotOn, caller.id, HeaderMap::new())),
    }
}

fn decided<'h, F>(desk: &Desk, fields: impl Fn() -> F, caller: Caller<'_>) -> Result<Identity, Refused>
where
    F: Iterator<Item = (&'h str, &'h [u8])>,
{
    if !verify::is_trusted(desk, fields(), caller) {
        return Err(Refused::Untrusted);
    }
    let headers = Headers::read(fields(), Some(desk.family));
    decide(desk, &headers.told(desk.family, &desk.trusted)?)
}

/// Names, in lower case, and values.
pub(crate) fn fields(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}
