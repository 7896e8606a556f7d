//! What holds for every page: who may send it a form, who is signed in, and what the browser is told about it.

use super::cookie;
use super::fault::Fault;
use super::page::{self, Written};
use crate::{App, ops};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, SET_COOKIE};
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

/// Nothing at this address, for people.
pub(crate) fn no_such_page(asked: &HeaderMap) -> Response {
    finish(Fault::absent().into_response(), asked, None)
}

/// Whether whoever asks names pages among what they take (RFC 9110 section 12.5.1): browsers do, programs do not.
pub(crate) fn wants_page(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_page = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("text/html"));
        let refused = |part: &str| {
            let (name, weight) = part.split_once('=').unwrap_or((part, ""));
            name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0)
        };
        is_page && !parts.any(refused)
    })
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

#[cfg(test)]
mod tests {
    use super::wants_page;
    use http::header::ACCEPT;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_who_names_pages_gets_one() {
        let wants = |text: &'static str| {
            wants_page(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]))
        };
        for text in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "application/json, text/html;q=0.1",
            "text/html,*/*;q=0.8",
        ] {
            assert!(wants(text), "{text}");
        }
        for text in
            ["", "*/*", "text/*", "application/json", "text/html;q=0", "text/htmlx", "application/xhtml+xml"]
        {
            assert!(!wants(text), "{text}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }
}
