//! Refusals of this listener as problem details (RFC 9457).

use super::RequestId;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Extensions, HeaderValue, StatusCode, header};

/// What is wrong with a request, or with this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The request cannot be understood; a sentence says why.
    Malformed(String),
    /// The token is missing or wrong.
    Unauthenticated,
    /// Somebody who is not trusted for it names a client's address.
    ClientIpNotTrusted,
    /// No such path.
    NotFound,
    /// The path has other methods; the router adds `Allow`.
    Method,
    /// The body is longer than this listener reads.
    TooLarge,
    /// The body is not said to be JSON.
    MediaType,
    /// The lease ran out.
    Stale,
    /// A bug of ours.
    Internal,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Problem::Malformed(_) => StatusCode::BAD_REQUEST,
            Problem::Unauthenticated => StatusCode::UNAUTHORIZED,
            Problem::ClientIpNotTrusted => StatusCode::FORBIDDEN,
            Problem::NotFound => StatusCode::NOT_FOUND,
            Problem::Method => StatusCode::METHOD_NOT_ALLOWED,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::Stale => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Problem::Malformed(_) => "malformed_request",
            Problem::Unauthenticated => "unauthenticated",
            Problem::ClientIpNotTrusted => "client_ip_not_trusted",
            Problem::NotFound => "not_found",
            Problem::Method => "method_not_allowed",
            Problem::TooLarge => "payload_too_large",
            Problem::MediaType => "unsupported_media_type",
            Problem::Stale => "stale",
            Problem::Internal => "internal",
        }
    }

    fn detail(&self) -> &str {
        match self {
            Problem::Malformed(sentence) => sentence,
            Problem::Unauthenticated => "the header X-Keydesk-Token is missing or wrong",
            Problem::ClientIpNotTrusted => {
                "`client_ip` counts only from a trusted proxy, or with the header X-Keydesk-Token"
            }
            Problem::NotFound => "there is nothing at this path",
            Problem::Method => "this path has other methods; see the header Allow",
            Problem::TooLarge => "the request body must be at most 64 KiB",
            Problem::MediaType => {
                "the request body must be JSON, with the header Content-Type: application/json"
            }
            Problem::Stale => "this node has not heard from the log in time and may not decide",
            Problem::Internal => "something went wrong inside Keydesk",
        }
    }

    /// The header that this refusal needs beside the common ones.
    fn header(&self) -> Option<(header::HeaderName, &'static str)> {
        match self {
            Problem::Unauthenticated => Some((header::WWW_AUTHENTICATE, "X-Keydesk-Token")),
            Problem::Stale => Some((header::RETRY_AFTER, "1")),
            Problem::Malformed(_)
            | Problem::ClientIpNotTrusted
            | Problem::NotFound
            | Problem::Method
            | Problem::TooLarge
            | Problem::MediaType
            | Problem::Internal => None,
        }
    }

    /// The whole answer to the request with these extensions.
    pub(super) fn answer(&self, extensions: &Extensions) -> Response {
        self.say(extensions.get::<RequestId>().map(|id| id.0.as_str()))
    }

    /// The whole answer to the request of this id.
    pub(super) fn say(&self, request_id: Option<&str>) -> Response {
        let status = self.status();
        let body = api::error::Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            code: self.code().to_owned(),
            detail: self.detail().to_owned(),
            request_id: request_id.map(str::to_owned),
        };
        let mut response =
            (status, Body::from(serde_json::to_vec(&body).unwrap_or_default())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = self.header() {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
