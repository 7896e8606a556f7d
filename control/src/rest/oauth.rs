//! `/oauth/*` and what is published beside it: the wire.

use super::answer::told;
use crate::oauth::{self, Refused, Request};
use crate::{App, Error};
use api::oauth::{Introspection, Metadata, TokenError, TokenResponse};
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, PRAGMA, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// A request about tokens is small; nothing larger is read.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long what is published may be kept: [`domain::token::LEAD_SECONDS`] is reckoned from it.
const PUBLISHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Buys an access token with an API key, or with a service account's client id and secret.
#[utoipa::path(post, path = "/oauth/token", operation_id = "get_token", tag = "oauth", security(()),
    request_body(content_type = "application/x-www-form-urlencoded", content = String,
        description = "grant_type=client_credentials with the credential as HTTP Basic, as client_id and \
                       client_secret, as api_key, or in X-Api-Key; or the token exchange of RFC 8693 with an API \
                       key as subject token; optionally scope and audience. The same as a JSON object"),
    responses(
        (status = 200, body = TokenResponse, description = "A token"),
        (status = 400, body = TokenError, description = "The request makes no sense"),
        (status = 401, body = TokenError, description = "The credentials are wrong")))]
pub(crate) async fn issue(State(app): State<Arc<App>>, request: http::Request<Body>) -> Response {
    let (head, body) = match read(request).await {
        Ok(read) => read,
        Err(refusal) => return refused(&refusal),
    };
    match oauth::issue(&app, Request { head: &head, body: &body }).await {
        Ok(token) => uncached(Json(token).into_response()),
        Err(refusal) => refused(&refusal),
    }
}

/// Says what an API key or an access token is good for right now (RFC 7662).
#[utoipa::path(post, path = "/oauth/introspect", operation_id = "introspect_token", tag = "oauth", security(()),
    request_body(content_type = "application/x-www-form-urlencoded", content = String,
        description = "token, the client's own credential as at /oauth/token, and optionally client_ip: where the \
                       token is used from"),
    responses(
        (status = 200, body = Introspection, description = "Active or not"),
        (status = 400, body = TokenError, description = "The request makes no sense"),
        (status = 401, body = TokenError, description = "The client's credential is wrong")))]
pub(crate) async fn introspect(State(app): State<Arc<App>>, request: http::Request<Body>) -> Response {
    let (head, body) = match read(request).await {
        Ok(read) => read,
        Err(refusal) => return refused(&refusal),
    };
    match oauth::introspect(&app, Request { head: &head, body: &body }).await {
        Ok(found) => uncached(Json(found).into_response()),
        Err(refusal) => refused(&refusal),
    }
}

/// Takes an access token back, on every node at once (RFC 7009).
#[utoipa::path(post, path = "/oauth/revoke", operation_id = "revoke_token", tag = "oauth", security(()),
    request_body(content_type = "application/x-www-form-urlencoded", content = String,
        description = "token, and the client's own credential as at /oauth/token"),
    responses(
        (status = 200, description = "It is good for nothing now, if it ever was"),
        (status = 400, body = TokenError, description = "The request makes no sense"),
        (status = 401, body = TokenError, description = "The client's credential is wrong")))]
pub(crate) async fn revoke(State(app): State<Arc<App>>, request: http::Request<Body>) -> Response {
    let (head, body) = match read(request).await {
        Ok(read) => read,
        Err(refusal) => return refused(&refusal),
    };
    match oauth::revoke(&app, Request { head: &head, body: &body }).await {
        Ok(()) => uncached(StatusCode::OK.into_response()),
        Err(refusal) => refused(&refusal),
    }
}

/// Where everything is (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", operation_id = "oauth_metadata",
    tag = "oauth", security(()), responses((status = 200, body = Metadata, description = "The metadata"),
        (status = 405, description = "It is read with GET")))]
pub(crate) async fn metadata(State(app): State<Arc<App>>) -> Response {
    ([(CACHE_CONTROL, PUBLISHED)], Json(oauth::metadata(&app))).into_response()
}

/// The public keys that access tokens are signed with (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "jwks", tag = "oauth", security(()),
    responses((status = 200, content_type = "application/json", body = serde_json::Value, description = "The keys"),
        (status = 304, description = "Still those of If-None-Match"),
        (status = 405, description = "They are read with GET")))]
pub(crate) async fn jwks(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    let jwks = oauth::jwks(&app).await?;
    let etag = HeaderValue::from_str(&jwks.etag).map_err(|_| Error::Signing)?;
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|text| text.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    let cached = [(CACHE_CONTROL, PUBLISHED), (ETAG, etag)];
    if known.any(|tag| tag == "*" || *tag == *jwks.etag) {
        return Ok((StatusCode::NOT_MODIFIED, cached).into_response());
    }
    let json = HeaderValue::from_static("application/json");
    Ok((cached, [(CONTENT_TYPE, json)], jwks.text.to_string()).into_response())
}

/// Only POST does anything at these.
pub(super) async fn wrong_method() -> Response {
    let body = TokenError { error: "invalid_request", error_description: "use POST".into() };
    let mut response = uncached((StatusCode::METHOD_NOT_ALLOWED, Json(body)).into_response());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn read(request: http::Request<Body>) -> Result<(Parts, Bytes), Refused> {
    let (head, body) = request.into_parts();
    match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => Ok((head, body)),
        Err(_) => Err(Refused::Bad("invalid_request", "the body is too large or did not arrive whole")),
    }
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
        Refused::Failed(error) => {
            tracing::warn!(%error, status = %told(error).0, "a request about tokens could not be decided");
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
