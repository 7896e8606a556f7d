//! An answer over HTTP: 200 with every identity header, or the refusal.

use super::identity::{IDENTITY, Identity};
use super::refused::{Hands, Refused};
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use std::sync::LazyLock;

/// What tells Envoy to take headers out of the request.
const REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// [`IDENTITY`], made into names of headers once.
static NAMES: LazyLock<[HeaderName; IDENTITY.len()]> =
    LazyLock::new(|| IDENTITY.map(HeaderName::from_static));

/// The answer, whatever it is. Nothing but 200 lets a request pass.
pub(super) fn reply(answer: Result<Identity, Refused>, hands: Hands, id: Option<&str>) -> Response {
    match answer {
        Ok(identity) => pass(identity, hands),
        Err(refused) => refuse(&refused, hands, id),
    }
}

fn pass(identity: Identity, hands: Hands) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    // With room for what the front adds.
    headers.reserve(IDENTITY.len() + 6);
    for (name, value) in NAMES.iter().zip(identity.into_values()) {
        // Every value is visible ASCII and spaces.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    // The other protocols have no way to say it: there the configuration of the gateway takes them out.
    if hands == Hands::On {
        headers.insert(REMOVE, HeaderValue::from_static(REMOVED));
    }
    response
}

/// [`CREDENTIALS`](super::CREDENTIALS) as a list; a test holds the two together.
pub(super) const REMOVED: &str = "authorization,x-api-key,api-key";

fn refuse(refused: &Refused, hands: Hands, id: Option<&str>) -> Response {
    let status = refused.status(hands);
    let mut response = Response::new(Body::from(refused.body(status, id)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some((name, value)) = refused.headers()
        && let Ok(value) = HeaderValue::try_from(value)
    {
        headers.insert(name, value);
    }
    response
}
