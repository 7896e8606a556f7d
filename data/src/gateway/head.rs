//! The head that an upstream gets: what the client said, without what was for this hop or would be taken for our
//! word, and with who calls.

use super::hops::{kept, named};
use super::query;
use super::upstream::Failure;
use crate::http::doors::{Identity, NAMES};
use http::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TE, UPGRADE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Uri, Version};
use std::net::IpAddr;

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
pub(super) fn host<'h>(uri: &'h Uri, host: Option<&'h HeaderValue>) -> &'h str {
    let said = || host.and_then(|host| host.to_str().ok());
    uri.authority().map(|authority| authority.as_str()).or_else(said).unwrap_or_default()
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
    let host = HeaderValue::from_str(host(&head.uri, head.headers.get(HOST))).ok();
    let target = head.uri.path_and_query().cloned().ok_or(Failure::Target)?;
    let target = match hidden.zip(target.query()) {
        Some((name, _)) => {
            let kept = query::without(target.as_str(), name);
            PathAndQuery::try_from(kept.as_ref()).map_err(|_| Failure::Target)?
        }
        None => target,
    };
    let takes_trailers = takes_trailers(&head.headers);
    let forwarded = Forwarded::of(&head.headers, sender);
    let mut headers = kept(head.headers);
    if takes_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    if tunnels {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, WEBSOCKET);
    }
    forwarded.write(&mut headers, host);
    if let Some(id) = sender.id
        && let Ok(id) = HeaderValue::from_str(id)
    {
        headers.insert(REQUEST_ID, id);
    }
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
    let (mut out, ()) = http::Request::new(()).into_parts();
    out.method = head.method;
    out.uri = Uri::from(target);
    out.headers = headers;
    Ok(out)
}

fn takes_trailers(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(TE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case("trailers"))
}

/// Who the client is and how it asked. The word of a trusted proxy is kept, anybody else's is replaced.
struct Forwarded {
    before: Vec<HeaderValue>,
    peer: Option<IpAddr>,
    is_https: bool,
}

impl Forwarded {
    fn of(sent: &HeaderMap, sender: &Sender<'_>) -> Forwarded {
        let before = if sender.is_trusted {
            sent.get_all(FORWARDED_FOR).iter().cloned().collect()
        } else {
            Vec::new()
        };
        let is_https =
            sender.is_trusted && sent.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes() == b"https");
        Forwarded { before, peer: sender.peer, is_https }
    }

    fn write(self, out: &mut HeaderMap, host: Option<HeaderValue>) {
        for line in self.before {
            out.append(FORWARDED_FOR, line);
        }
        if let Some(peer) = self.peer
            && let Ok(peer) = HeaderValue::try_from(peer.to_string())
        {
            out.append(FORWARDED_FOR, peer);
        }
        out.insert(FORWARDED_PROTO, HeaderValue::from_static(if self.is_https { "https" } else { "http" }));
        if let Some(host) = host {
            out.insert(FORWARDED_HOST, host);
        }
    }
}
