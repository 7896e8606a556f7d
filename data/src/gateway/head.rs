//! The head that an upstream gets: what the client said, without what was for this hop or would be taken for our
//! word, and with who calls.

use super::query;
use super::upstream::Failure;
use crate::http::doors::{Identity, NAMES};
use axum::body::Body;
use http::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, UPGRADE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Uri, Version};
use http_body::Frame;
use http_body_util::BodyExt;
use std::borrow::Cow;
use std::net::IpAddr;

/// Of this hop, of the framing, or the credential; in lower case, with hyphens.
const DROPPED: [&str; 22] = [
    "api-key",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "true-client-ip",
    "upgrade",
    "x-api-key",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-keydesk-token",
    "x-real-ip",
    "x-request-id",
];

/// Whatever begins so is our word to the upstream.
const OURS: [&str; 2] = ["x-auth-", "x-forwarded-"];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// Whom the connection is from.
pub(super) struct Sender<'r> {
    pub(super) peer: Option<IpAddr>,
    /// Whether it is a proxy whose word counts.
    pub(super) is_trusted: bool,
    pub(super) id: Option<&'r str>,
}

/// Whom the request is for, as its sender wrote it; empty when it did not say.
pub(super) fn host(head: &Parts) -> &str {
    let said = || head.headers.get(HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(|authority| authority.as_str()).or_else(said).unwrap_or_default()
}

/// Whether the client asks to go on as a WebSocket. No other protocol is passed on: what would be said in it, nobody
/// here could read.
pub(super) fn tunnels(head: &Parts) -> bool {
    let only = |name: HeaderName, word: &str| {
        let mut found = head.headers.get_all(name).iter();
        let is = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(word.as_bytes());
        found.next().is_some_and(is) && found.next().is_none()
    };
    head.version == Version::HTTP_11
        && head.method == Method::GET
        && only(UPGRADE, "websocket")
        && named(&head.headers).any(|name| name.eq_ignore_ascii_case("upgrade"))
}

/// The head for the upstream. `hidden` is a parameter of the query that is not for it.
pub(super) fn outgoing(
    head: Parts,
    identity: Identity,
    sender: &Sender<'_>,
    hidden: Option<&str>,
) -> Result<Parts, Failure> {
    let tunnels = tunnels(&head);
    let host = HeaderValue::from_str(host(&head)).ok();
    let target = head.uri.path_and_query().cloned().ok_or(Failure::Target)?;
    let target = match hidden.zip(target.query()) {
        Some((name, _)) => {
            let kept = query::without(target.as_str(), name);
            PathAndQuery::try_from(kept.as_ref()).map_err(|_| Failure::Target)?
        }
        None => target,
    };
    let mut headers = kept(&head.headers);
    if takes_trailers(&head.headers) {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    if tunnels {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, WEBSOCKET);
    }
    forward(&mut headers, &head.headers, sender, host);
    let (values, ends) = identity.into_shared();
    let starts = std::iter::once(0).chain(ends);
    for (name, (start, end)) in NAMES.iter().zip(starts.zip(ends)) {
        // Nothing to say is not said: what the client sent by that name is gone.
        if start < end
            && let Ok(value) = HeaderValue::from_maybe_shared(values.slice(start..end))
        {
            headers.insert(name, value);
        }
    }
    let Parts { method, .. } = head;
    let (mut out, ()) = http::Request::new(()).into_parts();
    out.method = method;
    out.uri = Uri::from(target);
    out.headers = headers;
    Ok(out)
}

/// Without what is dropped, and without what the client said was for this hop only.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len() + NAMES.len() + 8);
    for (name, value) in headers {
        if !is_dropped(name.as_str()) && !named(headers).any(|hop| hop.eq_ignore_ascii_case(name.as_str())) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

/// Whether a header, or a trailer, may not reach the upstream. A name with underscores is the one with hyphens for
/// whoever reads headers from environment variables.
pub(super) fn is_dropped(name: &str) -> bool {
    let name = if name.contains('_') { Cow::Owned(name.replace('_', "-")) } else { Cow::Borrowed(name) };
    DROPPED.binary_search(&&*name).is_ok() || OURS.iter().any(|ours| name.starts_with(ours))
}

/// A body whose trailers are held to the same rule as the head. Over HTTP/1.1 only trailers that the head announces are
/// sent on.
pub(super) fn clean(head: &Parts, body: Body) -> Body {
    if !head.headers.contains_key(TRAILER) {
        return body;
    }
    Body::new(body.map_frame(|frame| match frame.into_trailers() {
        Ok(trailers) => Frame::trailers(kept(&trailers)),
        Err(frame) => frame,
    }))
}

/// What the lines of `Connection` name.
fn named(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

fn takes_trailers(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(TE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case("trailers"))
}

/// Who the client is and what it asked for. The word of a trusted proxy is kept, anybody else's is replaced.
fn forward(out: &mut HeaderMap, sent: &HeaderMap, sender: &Sender<'_>, host: Option<HeaderValue>) {
    if sender.is_trusted {
        for line in sent.get_all(FORWARDED_FOR) {
            out.append(FORWARDED_FOR, line.clone());
        }
    }
    if let Some(peer) = sender.peer
        && let Ok(peer) = HeaderValue::try_from(peer.to_string())
    {
        out.append(FORWARDED_FOR, peer);
    }
    let told = sent.get(FORWARDED_PROTO).filter(|proto| sender.is_trusted && proto.as_bytes() == b"https");
    out.insert(FORWARDED_PROTO, HeaderValue::from_static(if told.is_some() { "https" } else { "http" }));
    if let Some(host) = host {
        out.insert(FORWARDED_HOST, host);
    }
    if let Some(id) = sender.id
        && let Ok(id) = HeaderValue::from_str(id)
    {
        out.insert(REQUEST_ID, id);
    }
}

/// Takes out of an answer what was between the upstream and us. `tunnels` keeps what a WebSocket begins with.
pub(super) fn returned(headers: &mut HeaderMap, tunnels: bool) {
    if !tunnels {
        let hops: Vec<HeaderName> =
            named(headers).filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok()).collect();
        for name in hops {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
        headers.remove(UPGRADE);
    }
    for name in ["keep-alive", "proxy-connection", "transfer-encoding"] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::{DROPPED, is_dropped};

    #[test]
    fn names_that_are_ours_are_dropped_however_they_are_written() {
        assert!(DROPPED.is_sorted());
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
