//! A page on its way out: written by a template, never kept by anybody, compressed where that gives nothing away.

use super::assets::takes_gzip;
use super::fault::Fault;
use askama::Template;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::io::Write;

/// Below this, compressing makes nothing smaller that matters.
const GZIP_BYTES_MIN: usize = 1 << 10;

/// The text of a page, until it is known what the browser takes.
#[derive(Clone)]
pub(super) struct Written {
    text: String,
    /// A page with a secret is not compressed: how long it gets would say something about it (BREACH).
    secret: bool,
}

/// A page.
pub(super) fn page(template: &impl Template) -> Result<Response, Fault> {
    written(template, StatusCode::OK, false)
}

/// The same form again, with what is wrong with it.
pub(super) fn again(template: &impl Template) -> Result<Response, Fault> {
    written(template, StatusCode::UNPROCESSABLE_ENTITY, false)
}

/// A page that shows a secret, this once.
pub(super) fn secret(template: &impl Template) -> Result<Response, Fault> {
    written(template, StatusCode::OK, true)
}

/// A page with this status.
pub(super) fn written(template: &impl Template, status: StatusCode, secret: bool) -> Result<Response, Fault> {
    let text = template.render().map_err(|error| {
        tracing::error!(error = %error, "a page cannot be written");
        Fault::broken()
    })?;
    let mut response = status.into_response();
    response.extensions_mut().insert(Written { text, secret });
    Ok(response)
}

/// Goes on to another page (RFC 9110 section 15.4.4), so that reloading it sends no form again.
pub(super) fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // A path that is no header value names no page.
    let target = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, target);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Puts the text into the answer.
pub(super) fn fill(response: &mut Response, written: Written, asked: &HeaderMap) {
    let bytes = Bytes::from(written.text);
    let zip = !written.secret && bytes.len() >= GZIP_BYTES_MIN && takes_gzip(asked);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding, cookie"));
    if zip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *response.body_mut() = Body::from(if zip { gzip(&bytes) } else { bytes });
}

pub(super) fn gzip(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    // Writing to memory does not fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default().into()
}
