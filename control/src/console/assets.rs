//! What pages load: one style sheet, two scripts, one picture. Their addresses change with their content.

use super::page::gzip;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One file, as it is sent.
struct Asset {
    name: String,
    media_type: &'static str,
    plain: Bytes,
    zipped: Bytes,
}

impl Asset {
    fn new(stem: &str, ending: &str, media_type: &'static str, content: &'static [u8]) -> Asset {
        let digest = Sha256::digest(content);
        let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let plain = Bytes::from_static(content);
        Asset { name: format!("{stem}.{digest}.{ending}"), media_type, zipped: gzip(&plain), plain }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "css", "text/css; charset=utf-8", include_bytes!("../../assets/console.css"))
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "js", "text/javascript; charset=utf-8", include_bytes!("../../assets/console.js"))
});
static HTMX: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "htmx",
        "js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../assets/htmx-4.0.1.min.js"),
    )
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")));

/// Where a page finds them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links {
    pub(super) style: &'static str,
    pub(super) script: &'static str,
    pub(super) htmx: &'static str,
    pub(super) icon: &'static str,
}

pub(super) static LINKS: LazyLock<Links> =
    LazyLock::new(|| Links { style: &STYLE.name, script: &SCRIPT.name, htmx: &HTMX.name, icon: &ICON.name });

/// A file by its whole name; it never changes under that name.
pub(super) async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let all: [&Asset; 4] = [&STYLE, &SCRIPT, &HTMX, &ICON];
    match all.into_iter().find(|asset| asset.name == name) {
        Some(asset) => sent(asset, &headers, "public, max-age=31536000, immutable"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The picture where browsers look for it unasked.
pub(super) async fn favicon(headers: HeaderMap) -> Response {
    sent(&ICON, &headers, "public, max-age=86400")
}

fn sent(asset: &Asset, headers: &HeaderMap, caching: &'static str) -> Response {
    let zipped = takes_gzip(headers);
    let body = if zipped { asset.zipped.clone() } else { asset.plain.clone() };
    let mut response = body.into_response();
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if zipped {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the browser takes gzip (RFC 9110 section 12.5.3); what it refuses by name it does not get.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.split_once('=').is_some_and(|(_, value)| value.trim().parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}
