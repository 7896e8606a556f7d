//! Whether a request that failed may be sent once more.

use axum::body::{Body, HttpBody};
use http::{Method, Request};
use std::error::Error;
use std::io::ErrorKind;

/// The request once more, if all of it is here.
pub(super) fn copy(request: &Request<Body>) -> Option<Box<Request<Body>>> {
    if !request.body().is_end_stream() {
        return None;
    }
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(Box::new(copy))
}

/// Whether doing it twice does no more than doing it once.
pub(super) fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}

/// Whether the upstream says that it has not looked at the request (RFC 9113 section 8.7): it closes the connection, or takes
/// no more for now.
pub(super) fn is_unprocessed(error: &hyper::Error) -> bool {
    let http2 = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    http2.is_some_and(|error| {
        let is_leaving = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        error.is_remote() && (is_leaving || error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Whether the connection was closed before anything of an answer came.
pub(super) fn is_closed(error: &hyper::Error) -> bool {
    let io = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    let is_gone = |kind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
    error.is_incomplete_message()
        || error.is_canceled()
        || error.is_closed()
        || io.is_some_and(|io| is_gone(io.kind()))
}
