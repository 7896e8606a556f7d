//! Reading a JSON body within its bound.

use super::problem::Problem;
use axum::body::{Body, Bytes, to_bytes};
use http::{HeaderMap, header};
use http_body_util::LengthLimitError;
use std::error::Error;

/// The longest body that is read.
const BYTES_MAX: usize = 64 * 1024;

/// The whole body, if it is said to be JSON and is not too long.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    if !is_json(headers) {
        return Err(Problem::MediaType);
    }
    to_bytes(body, BYTES_MAX).await.map_err(|error| match error.source() {
        Some(cause) if cause.is::<LengthLimitError>() => Problem::TooLarge,
        _ => Problem::Malformed("the request body ended early".to_owned()),
    })
}

/// `application/json` or `application/…+json`, once, whatever its parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let mut sent = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(media_type), None) = (sent.next(), sent.next()) else { return false };
    let essence = media_type.to_str().ok().and_then(|text| text.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}
