//! A text that is the same for everybody, and may be kept for a while.

use crate::console::assets::takes_gzip;
use crate::console::page::gzip;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

/// Another version of the server has other pages: they are asked for again soon.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A text in the two forms in which it travels.
pub(super) struct Text {
    media_type: &'static str,
    plain: Bytes,
    zipped: Bytes,
    /// Weak, as it says nothing about the compression.
    tag: String,
}

impl Text {
    pub(super) fn markdown(text: String) -> Text {
        Text::new("text/markdown; charset=utf-8", text)
    }

    pub(super) fn plain(text: String) -> Text {
        Text::new("text/plain; charset=utf-8", text)
    }

    fn new(media_type: &'static str, text: String) -> Text {
        let digest = Sha256::digest(&text);
        let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let plain = Bytes::from(text);
        Text { media_type, zipped: gzip(&plain), plain, tag: format!("W/\"{digest}\"") }
    }

    /// The text, or that it has not changed (RFC 9110 section 13.1.2).
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let zip = takes_gzip(asked);
        let body = if zip { self.zipped.clone() } else { self.plain.clone() };
        let mut response = if self.is_known(asked) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            body.into_response()
        };
        let changed = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, CACHING);
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(ETAG, tag);
        }
        if changed {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        }
        if changed && zip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    fn is_known(&self, asked: &HeaderMap) -> bool {
        let lines = asked.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|tag| tag.trim() == self.tag)
    }
}
