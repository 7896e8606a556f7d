//! How refusals and failures look under `/admin` (`compat.md` 1.7).

use super::render;
use crate::store::StoreError;
use crate::{Error, console};
use api::error::{AdminError, AdminErrorDetail, Problem};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode, Uri};

/// An error in the published shape.
pub fn admin_error(status: StatusCode, code: &'static str, message: &str) -> Response {
    refusal(status, AdminErrorDetail { code, message: message.into(), details: None })
}

fn refusal(status: StatusCode, error: AdminErrorDetail) -> Response {
    let mut response = (status, Json(AdminError { error, status: status.as_u16() })).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, error) = told(&self);
        let mut response = refusal(status, error);
        if let Some(challenge) = challenge(&self) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Error::TooOften { retry_after, .. } = &self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }
}

/// What to show instead (RFC 6750 section 3): who showed nothing is told no error.
fn challenge(error: &Error) -> Option<&'static str> {
    if matches!(error, Error::NoCredential) {
        return Some(r#"Bearer realm="keydesk""#);
    }
    if matches!(error, Error::Unauthenticated) {
        return Some(r#"Bearer realm="keydesk", error="invalid_token""#);
    }
    matches!(error, Error::NoAdministrator).then_some(r#"Bearer realm="keydesk", error="insufficient_scope""#)
}

/// What an error says on the wire.
pub(super) fn told(error: &Error) -> (StatusCode, AdminErrorDetail) {
    let (status, code) = status_and_code(error);
    let details = if let Error::Faults(faults) = error { Some(render::faults(faults)) } else { None };
    (status, AdminErrorDetail { code, message: error.to_string(), details })
}

/// The status and the code that every surface tells an error by.
pub(crate) fn status_and_code(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::NoCredential | Error::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Error::NotFound { .. } | Error::Code => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Error::Forbidden(_)
        | Error::OutOfReach
        | Error::NoAdministrator
        | Error::Beyond(_)
        | Error::NotForKeys(_)
        | Error::NotInPlan(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
        Error::QuotaFull(_) => (StatusCode::FORBIDDEN, "QUOTA_EXCEEDED"),
        Error::Invalid(_) | Error::Faults(_) => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        Error::OutOfRange(_) => (StatusCode::BAD_REQUEST, "OUT_OF_RANGE"),
        Error::Conflict(_) => (StatusCode::CONFLICT, "FAILED_PRECONDITION"),
        Error::Blocked(_) | Error::Stale => (StatusCode::PRECONDITION_FAILED, "FAILED_PRECONDITION"),
        Error::KeyReused | Error::AlreadyExists(_) => (StatusCode::CONFLICT, "ALREADY_EXISTS"),
        Error::TooOften { .. } => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
        Error::Behind | Error::Signing | Error::Importing(_) | Error::GivenUp => {
            (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE")
        }
        Error::Store(StoreError::Taken | StoreError::Failed) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
        }
        Error::Store(
            StoreError::Overloaded
            | StoreError::Busy
            | StoreError::Full
            | StoreError::Unavailable
            | StoreError::OutcomeUnknown,
        ) => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    }
}

/// A path under `/admin` that nobody serves.
pub(super) async fn no_such_path(uri: Uri) -> Response {
    admin_error(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        &format!("there is nothing at /admin{}", plain(uri.path())),
    )
}

/// A method that the path does not take.
pub(super) async fn wrong_method(method: Method) -> Response {
    let message = format!("this path does not take {method}");
    admin_error(StatusCode::METHOD_NOT_ALLOWED, "UNIMPLEMENTED", &message)
}

/// Where programs call, whatever they say that they take.
const FOR_PROGRAMS: [&str; 3] = ["/graphql", "/oauth", "/.well-known"];

/// A page that nobody serves; `/admin/` itself still answers in the published shape, and people get a page.
pub(crate) async fn no_such_page(uri: Uri, asked: HeaderMap) -> Response {
    if lies_under(uri.path(), "/admin") {
        return admin_error(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            &format!("there is nothing at {}", plain(uri.path())),
        );
    }
    if console::wants_page(&asked) && !FOR_PROGRAMS.iter().any(|path| lies_under(uri.path(), path)) {
        return console::no_such_page(&asked);
    }
    problem(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path")
}

/// A method that a page outside `/admin` does not take.
pub(super) async fn wrong_page_method() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path takes GET only")
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default().into(),
        status: status.as_u16(),
        code: code.into(),
        detail: detail.into(),
        request_id: None,
    };
    let mut response = (status, Json(problem)).into_response();
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}

fn lies_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn plain(path: &str) -> &str {
    let safe = path.len() <= 200 && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?');
    if safe { path } else { "/…" }
}
