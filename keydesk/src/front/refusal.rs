//! The answers that the front gives by itself.

use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};

/// What a refusal is made of. The listener's [`Render`] gives it the shape its callers expect.
#[derive(Debug)]
pub(crate) struct Refused<'a> {
    /// Empty when the request could not be read.
    pub(crate) path: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: &'static str,
    pub(crate) request_id: &'a str,
}

/// Makes the answer; its status counts. The front adds its own headers afterwards.
pub(crate) type Render = fn(&Refused<'_>) -> Response;

/// The default [`Render`]: RFC 9457.
pub(crate) fn problem(refused: &Refused<'_>) -> Response {
    let body = serde_json::json!({
        "type": "about:blank",
        "title": refused.status.canonical_reason().unwrap_or_default(),
        "status": refused.status.as_u16(),
        "detail": refused.detail,
        "code": refused.code,
        "request_id": refused.request_id,
    });
    (refused.status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// Why the front refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    BodyLate,
    BodyTooLarge,
    Coding,
    FieldTooLarge,
    Full,
    HeadLate,
    HeadTooLarge,
    /// The request cannot be read, or can be read in two ways.
    Malformed(&'static str),
    Method,
    Misdirected,
    Panicked,
    TargetTooLong,
}

impl Refusal {
    pub(super) fn render(self, render: Render, path: &str, request_id: &str) -> Response {
        let (status, code, detail) = self.told();
        let mut response = render(&Refused { path, status, code, detail, request_id });
        // 405 and 414 may be cached unless told otherwise.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some((name, value)) = self.hint() {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        if self.closes() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    pub(super) fn told(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BodyLate => (StatusCode::REQUEST_TIMEOUT, "request_timeout", "the body took too long"),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "content_too_large",
                "the body is larger than this listener reads",
            ),
            Self::Coding => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_content_encoding",
                "send the body uncompressed",
            ),
            Self::FieldTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "request_header_fields_too_large",
                "a header is too large",
            ),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "too many connections"),
            Self::HeadLate => (StatusCode::REQUEST_TIMEOUT, "request_timeout", "the head took too long"),
            Self::HeadTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "request_header_fields_too_large",
                "the headers are too many or too large",
            ),
            Self::Malformed(detail) => (StatusCode::BAD_REQUEST, "malformed_request", detail),
            Self::Method => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this server does not know the method")
            }
            Self::Misdirected => {
                (StatusCode::MISDIRECTED_REQUEST, "misdirected", "this listener does not answer to that host")
            }
            Self::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong"),
            Self::TargetTooLong => {
                (StatusCode::URI_TOO_LONG, "uri_too_long", "the request target is too long")
            }
        }
    }

    fn hint(self) -> Option<(HeaderName, &'static str)> {
        match self {
            Self::Method => Some((ALLOW, super::guard::ALLOWED)),
            Self::Coding => Some((ACCEPT_ENCODING, "identity")),
            Self::Full => Some((RETRY_AFTER, "1")),
            Self::BodyLate
            | Self::BodyTooLarge
            | Self::FieldTooLarge
            | Self::HeadLate
            | Self::HeadTooLarge
            | Self::Malformed(_)
            | Self::Misdirected
            | Self::Panicked
            | Self::TargetTooLong => None,
        }
    }

    /// Only where the request's framing is beyond doubt may the next request follow on the connection. What a
    /// client of an unknown method sends next, or of CONNECT, is not known.
    fn closes(self) -> bool {
        !matches!(self, Self::Coding | Self::Misdirected | Self::Panicked)
    }
}
