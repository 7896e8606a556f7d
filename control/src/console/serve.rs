//! What holds for every page: who may send it a form, who is signed in, and what the browser is told about it.

use super::cookie;
use super::fault::Fault;
use super::page::{self, Written};
use crate::{App, ops};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::Arc;

/// For every answer that is no page.
pub(crate) const STRICT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
/// For pages: their own style sheet, scripts, pictures, forms and requests.
const PAGE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks where a form comes from, finds out who is signed in, and completes the answer.
pub(super) async fn guarded(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    if !is_read(request.method()) && !is_our_own(&headers, app.issuer.url()) {
        return finish(Fault::foreign().into_response(), &headers, None);
    }
    let mut token = None;
    if !request.uri().path().starts_with("/assets/")
        && let Some(presented) = cookie::session(&headers)
    {
        match ops::sessions::visitor(&app, presented, is_read(request.method())).await {
            Ok(Some(mut visitor)) => {
                token = visitor.token.take();
                request.extensions_mut().insert(Arc::new(visitor));
            }
            Ok(None) => {}
            Err(error) => return finish(Fault::from(error).into_response(), &headers, None),
        }
    }
    let cookie = token.and_then(|token| cookie::keep_session(&token));
    finish(next.run(request).await, &headers, cookie)
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a form was sent by a page of ours (`Sec-Fetch-Site`, W3C Fetch Metadata; `Origin`, RFC 6454). A browser
/// says at least one of the two; whatever says neither has no business with cookies.
fn is_our_own(headers: &HeaderMap, public_url: &str) -> bool {
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    match headers.get(FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => origin.is_some_and(|origin| origin == public_url.trim_end_matches('/')),
    }
}

fn finish(mut response: Response, asked: &HeaderMap, session: Option<HeaderValue>) -> Response {
    if let Some(written) = response.extensions_mut().remove::<Written>() {
        page::fill(&mut response, written, asked);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    // A page that signs in or out says itself what becomes of the session.
    if let Some(cookie) = session
        && !headers.contains_key(SET_COOKIE)
    {
        headers.append(SET_COOKIE, cookie);
    }
    response
}
