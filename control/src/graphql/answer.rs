//! Answers as GraphQL over HTTP has them: `data`, and `errors` only where there are some.

use super::execute::Outcome;
use crate::Error;
use crate::rest::status_and_code;
use api::graphql::label::{self, GRAPHQL, JSON};
use api::graphql::{Fault, NOBODY};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// Most characters of a message: it may hold what was sent.
const MESSAGE_CHARS_MAX: usize = 300;

/// Why a request was refused as a whole; nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    /// The body, or what goes with it, makes no sense.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Refused {
        Refused { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// The document does not fit the schema.
    pub(super) fn invalid(message: impl Into<String>) -> Refused {
        Refused::bad("GRAPHQL_VALIDATION_FAILED", message)
    }

    /// Which operation is meant, or that it can be run, is not decided.
    pub(super) fn operation(message: &str) -> Refused {
        Refused::bad("OPERATION_RESOLUTION_FAILURE", message)
    }

    pub(super) fn with_status(status: StatusCode, code: &'static str, message: &str) -> Refused {
        Refused { status, code, message: message.into() }
    }

    pub(super) fn method() -> Refused {
        Refused::with_status(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "this path takes POST only",
        )
    }

    /// A key that is known and may not be used: published clients look at the status only.
    pub(super) fn unauthenticated() -> Refused {
        Refused::with_status(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "Unauthorized")
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused::bad(fault.code(), fault.to_string())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        // A valid key that may not: published clients expect the refusal among the errors of a 200.
        let status = match (&error, status_and_code(&error).0) {
            (Error::OutOfReach, _) => StatusCode::OK,
            (_, status) => status,
        };
        Refused { status, code: code(&error), message: error.to_string() }
    }
}

/// The codes of the Admin API, but for bad input, which has a customary word here.
pub(super) fn code(error: &Error) -> &'static str {
    match status_and_code(error).1 {
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" => "BAD_USER_INPUT",
        code => code,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body =
            json!({"errors": [{"message": shorten(&self.message), "extensions": {"code": self.code}}]});
        let label = if self.status == StatusCode::OK { JSON } else { GRAPHQL };
        let mut response = written(self.status, label, body.to_string());
        let hint = match self.status {
            StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, r#"Bearer realm="keydesk""#)),
            StatusCode::METHOD_NOT_ALLOWED => Some((ALLOW, "POST")),
            StatusCode::SERVICE_UNAVAILABLE => Some((RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = hint {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// What the front refuses at `/graphql`, in the shape of this path.
pub fn refusal(status: StatusCode, code: &str, message: &str, request_id: &str) -> Response {
    let extensions = json!({"code": code.to_ascii_uppercase(), "request_id": request_id});
    let body = json!({"errors": [{"message": message, "extensions": extensions}]});
    written(status, GRAPHQL, body.to_string())
}

/// The label of an answer with data: the newer one only for who asks for it.
pub(super) fn preferred(headers: &HeaderMap) -> &'static str {
    label::preferred(headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()))
}

/// The answer to a key that nobody knows, whatever it asked.
pub(super) fn nobody(label: &'static str) -> Response {
    written(StatusCode::OK, label, NOBODY.to_owned())
}

/// What an operation that ran came to.
pub(super) fn answered(outcome: &Outcome, label: &'static str) -> Response {
    match serde_json::to_string(outcome) {
        Ok(body) => written(StatusCode::OK, label, body),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "something went wrong", ""),
    }
}

fn written(status: StatusCode, label: &'static str, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(label));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn shorten(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}
