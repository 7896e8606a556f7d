//! `/oauth/token`: the wire of RFC 6749.

use crate::App;
use crate::oauth::{self, Refused, TokenRequest};
use api::oauth::{TokenError, TokenResponse};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use std::sync::Arc;

/// A token request is small; nothing larger is read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Buys an access token with a service account's client id and secret.
#[utoipa::path(post, path = "/oauth/token", operation_id = "get_token", tag = "oauth", security(()),
    request_body(content_type = "application/x-www-form-urlencoded", content = String,
        description = "grant_type=client_credentials, client_id, client_secret and optionally audience; \
                       the same as a JSON object; or the credentials as HTTP Basic"),
    responses(
        (status = 200, body = TokenResponse, description = "A token"),
        (status = 400, body = TokenError, description = "The request makes no sense"),
        (status = 401, body = TokenError, description = "The credentials are wrong")))]
pub(crate) async fn issue(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return refused(&Refused::Bad("invalid_request", "the body is too large or did not arrive whole"));
    };
    let request =
        TokenRequest { headers: &parts.headers, has_query: parts.uri.query().is_some(), body: &body };
    match oauth::issue(&app, request).await {
        Ok(token) => uncached(Json(token).into_response()),
        Err(refusal) => refused(&refusal),
    }
}

/// Only POST buys a token.
pub(super) async fn wrong_method() -> Response {
    let body = TokenError { error: "invalid_request", error_description: "use POST".into() };
    let mut response = uncached((StatusCode::METHOD_NOT_ALLOWED, Json(body)).into_response());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

fn refused(refusal: &Refused) -> Response {
    let status = match refusal {
        Refused::Bad(..) => StatusCode::BAD_REQUEST,
        Refused::Client => StatusCode::UNAUTHORIZED,
        Refused::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = uncached((status, Json(refusal.body())).into_response());
    match refusal {
        Refused::Client => {
            let challenge = HeaderValue::from_static(r#"Basic realm="keydesk""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        Refused::Failed(_) => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Refused::Bad(..) => {}
    }
    response
}

/// RFC 6749 section 5.1 wants both headers.
fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
