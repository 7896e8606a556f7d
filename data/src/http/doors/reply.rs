//! An answer over HTTP: 200 with every identity header, or the refusal.

use super::identity::{IDENTITY, Identity};
use super::refused::{Hands, Refused};
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::LazyLock;

/// What tells Envoy to take headers out of the request.
const REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// [`IDENTITY`], made into names of headers once.
pub(crate) static NAMES: LazyLock<[HeaderName; IDENTITY.len()]> =
    LazyLock::new(|| IDENTITY.map(HeaderName::from_static));

/// The answer, whatever it is. Nothing but 200 lets a request pass.
/// `spare` is a map that is used no more: its memory is.
pub(super) fn reply(
    answer: Result<Identity, Refused>,
    hands: Hands,
    id: Option<&str>,
    mut spare: HeaderMap,
) -> Response {
    spare.clear();
    match answer {
        Ok(identity) => pass(identity, hands, spare),
        Err(refused) => refuse(&refused, hands, id, spare),
    }
}

fn pass(identity: Identity, hands: Hands, mut headers: HeaderMap) -> Response {
    // With room for what the front adds.
    headers.reserve(IDENTITY.len() + 6);
    let (text, ends) = identity.into_shared();
    let mut start = 0;
    for (name, end) in NAMES.iter().zip(ends) {
        // Every value is visible ASCII.
        if let Ok(value) = HeaderValue::from_maybe_shared(text.slice(start..end)) {
            headers.insert(name, value);
        }
        start = end;
    }
    // The other protocols have no way to say it: there the configuration of the gateway takes them out.
    if hands == Hands::On {
        headers.insert(REMOVE, HeaderValue::from_static(REMOVED));
    }
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = headers;
    response
}

/// [`CREDENTIALS`](super::CREDENTIALS) as a list; a test holds the two together.
pub(super) const REMOVED: &str = "authorization,x-api-key,api-key";

fn refuse(refused: &Refused, hands: Hands, id: Option<&str>, mut headers: HeaderMap) -> Response {
    let status = refused.status(hands);
    let mut response = Response::new(Body::from(refused.body(status, id)));
    *response.status_mut() = status;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some((name, value)) = refused.headers()
        && let Ok(value) = HeaderValue::try_from(value)
    {
        headers.insert(name, value);
    }
    *response.headers_mut() = headers;
    response
}
