//! Headers that end here: they are between the client and us, or between us and the upstream.

use crate::http::doors::NAMES;
use axum::body::Body;
use http::header::{CONNECTION, HeaderMap, HeaderName, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http_body::Frame;
use http_body_util::BodyExt;

/// Whatever begins so is our word to the upstream.
const OURS: [&str; 2] = ["x-auth-", "x-forwarded-"];

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Without what is dropped, and without what the client said was for this hop only.
pub(super) fn kept(headers: HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len() + NAMES.len() + 6);
    let hops: Vec<String> = named(&headers).map(str::to_ascii_lowercase).collect();
    let mut last = None;
    for (name, value) in headers {
        // One that comes again comes without its name.
        let is_new = name.is_some();
        last = if is_new { name.filter(|name| !is_hop(name.as_str(), &hops)) } else { last };
        if let Some(name) = &last {
            kept.append(name, value);
        }
    }
    kept
}

fn is_hop(name: &str, hops: &[String]) -> bool {
    is_dropped(name) || hops.iter().any(|hop| hop == name)
}

/// Whether a header, or a trailer, may not reach the upstream: it is of this hop, of the framing, the credential, or our word. A
/// name with underscores is the one with hyphens for whoever reads headers from environment variables.
pub(super) fn is_dropped(name: &str) -> bool {
    if name.contains('_') {
        return is_dropped(&name.replace('_', "-"));
    }
    let is_named = matches!(
        name,
        "api-key"
            | "authorization"
            | "connection"
            | "content-length"
            | "expect"
            | "forwarded"
            | "host"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "transfer-encoding"
            | "true-client-ip"
            | "upgrade"
            | "x-api-key"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "x-keydesk-token"
            | "x-real-ip"
            | "x-request-id"
    );
    is_named || OURS.iter().any(|ours| name.starts_with(ours))
}

/// A body whose trailers are held to the same rule as the head. Over HTTP/1.1 only trailers that the head announces are
/// sent on, over HTTP/2 all.
pub(super) fn clean(head: &Parts, body: Body, perhaps_http2: bool) -> Body {
    if !perhaps_http2 && !head.headers.contains_key(TRAILER) {
        return body;
    }
    Body::new(body.map_frame(|frame| match frame.into_trailers() {
        Ok(trailers) => Frame::trailers(kept(trailers)),
        Err(frame) => frame,
    }))
}

/// What the lines of `Connection` name.
pub(super) fn named(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// Takes out of an answer what was between the upstream and us. `tunnels` keeps what a WebSocket begins with.
pub(super) fn returned(headers: &mut HeaderMap, tunnels: bool) {
    if !tunnels {
        let hops: Vec<HeaderName> =
            named(headers).filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok()).collect();
        for name in hops.iter().chain(&[CONNECTION, UPGRADE]) {
            headers.remove(name);
        }
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::is_dropped;

    #[test]
    fn names_that_are_ours_are_dropped_however_they_are_written() {
        for name in ["x-auth-org", "x_auth_org", "x-auth-anything", "authorization", "x_api_key", "api-key"] {
            assert!(is_dropped(name), "{name}");
        }
        for name in ["transfer_encoding", "content_length", "x_forwarded_for", "forwarded", "x-real_ip"] {
            assert!(is_dropped(name), "{name}");
        }
        for name in ["accept", "x-authority", "content-type", "cookie", "trailer", "x-custom_name"] {
            assert!(!is_dropped(name), "{name}");
        }
    }
}
