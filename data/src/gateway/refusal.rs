//! Every answer of the gateway's own, in the shape that the route's API has for it.

use super::operation::Unclear;
use super::upstream::Failure;
use crate::http::doors::{Hands, Refused};
use api::graphql::NOBODY;
use axum::body::Body;
use axum::response::Response;
use domain::catalog::{ErrorStyle, Unresolved};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use serde_json::json;

/// Why a request has no answer of the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It asks who it is from, and is from nobody; with the label that it wants the answer to have.
    Nobody(&'static str),
    /// It may not pass.
    Refused(Refused),
    /// What it would do cannot be told.
    Unclear(Unclear),
    /// It passed, and this node does not have what the upstream is to get.
    NoCredential,
    /// It passed, and the upstream did not answer.
    Upstream(Failure),
}

/// A refusal in the words of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turned {
    pub(super) style: ErrorStyle,
    pub(super) why: Refusal,
}

impl Turned {
    pub(super) fn answer(&self, id: Option<&str>) -> Response {
        let (status, id) = (self.status(), id.map(str::to_owned));
        let (label, body) = match (&self.why, self.style) {
            (Refusal::Nobody(label), _) => (*label, NOBODY.into()),
            (_, ErrorStyle::Graphql) => graphql(&self.message(), self.code(), id),
            (_, ErrorStyle::Problem | ErrorStyle::Unauthorized) => {
                problem(status, self.code(), self.detail(), id)
            }
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(label));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some((name, value)) = self.header()
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.insert(name, value);
        }
        response
    }

    fn status(&self) -> StatusCode {
        match (&self.why, self.style) {
            (Refusal::Nobody(_), _) => StatusCode::OK,
            (Refusal::Unclear(unclear), _) => unclear.status(),
            (Refusal::NoCredential, _) => StatusCode::SERVICE_UNAVAILABLE,
            (Refusal::Upstream(failure), _) => reached(*failure),
            (Refusal::Refused(Refused::Unresolved(Unresolved::Host | Unresolved::NoRoute)), _) => {
                StatusCode::NOT_FOUND
            }
            // Neither is about the request.
            (Refusal::Refused(refused @ (Refused::Stale | Refused::Limited(_))), _) => {
                refused.status(Hands::On)
            }
            (Refusal::Refused(_), ErrorStyle::Unauthorized) => StatusCode::UNAUTHORIZED,
            (Refusal::Refused(refused), ErrorStyle::Problem) => refused.status(Hands::On),
            // Published clients take the status for a bad key, and the errors of a 200 for what it may not.
            (Refusal::Refused(refused), ErrorStyle::Graphql) => match refused.status(Hands::NotOn) {
                StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
                _ => StatusCode::OK,
            },
        }
    }

    fn code(&self) -> &'static str {
        match &self.why {
            Refusal::Nobody(_) => Refused::Anonymous.code(),
            Refusal::Refused(refused) => refused.code(),
            Refusal::Unclear(unclear) => unclear.code(),
            Refusal::NoCredential => "upstream_credential_missing",
            Refusal::Upstream(Failure::Late) => "upstream_late",
            Refusal::Upstream(Failure::Busy) => "upstream_busy",
            Refusal::Upstream(Failure::NoTunnel) => "bad_request",
            Refusal::Upstream(Failure::Unreachable | Failure::Broken | Failure::Tls | Failure::Target) => {
                "upstream_unreachable"
            }
        }
    }

    fn detail(&self) -> String {
        match &self.why {
            Refusal::Nobody(_) => Refused::Anonymous.detail(),
            Refusal::Refused(refused) => refused.detail(),
            Refusal::Unclear(unclear) => unclear.to_string(),
            Refusal::NoCredential => {
                "this node does not have the credential for the API behind it".to_owned()
            }
            Refusal::Upstream(failure) => format!("the API behind the gateway has no answer: {failure}"),
        }
    }

    /// As [`detail`](Self::detail), but for what published clients look for.
    fn message(&self) -> String {
        match &self.why {
            Refusal::Refused(refused) if !matches!(refused, Refused::Stale | Refused::Limited(_)) => {
                "Unauthorized".to_owned()
            }
            Refusal::Nobody(_)
            | Refusal::Refused(_)
            | Refusal::Unclear(_)
            | Refusal::NoCredential
            | Refusal::Upstream(_) => self.detail(),
        }
    }

    fn header(&self) -> Option<(HeaderName, String)> {
        match &self.why {
            Refusal::Refused(refused) => refused.headers(),
            Refusal::Upstream(Failure::Busy) => Some((RETRY_AFTER, "1".to_owned())),
            Refusal::Nobody(_) | Refusal::Unclear(_) | Refusal::NoCredential | Refusal::Upstream(_) => None,
        }
    }
}

fn reached(failure: Failure) -> StatusCode {
    match failure {
        Failure::Late => StatusCode::GATEWAY_TIMEOUT,
        Failure::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Failure::NoTunnel => StatusCode::BAD_REQUEST,
        Failure::Unreachable | Failure::Broken | Failure::Tls | Failure::Target => StatusCode::BAD_GATEWAY,
    }
}

fn problem(
    status: StatusCode,
    code: &str,
    detail: String,
    request_id: Option<String>,
) -> (&'static str, Vec<u8>) {
    let body = api::error::Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        detail,
        request_id,
    };
    ("application/problem+json", serde_json::to_vec(&body).unwrap_or_default())
}

fn graphql(message: &str, code: &str, request_id: Option<String>) -> (&'static str, Vec<u8>) {
    let extensions = json!({"code": code.to_ascii_uppercase(), "request_id": request_id});
    let body = json!({"errors": [{"message": message, "extensions": extensions}]});
    ("application/json", body.to_string().into_bytes())
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Refusal {
        Refusal::Refused(refused)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        Refusal::Upstream(failure)
    }
}

impl From<Unclear> for Refusal {
    fn from(unclear: Unclear) -> Refusal {
        Refusal::Unclear(unclear)
    }
}
