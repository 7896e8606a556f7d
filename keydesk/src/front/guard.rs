//! What every request must be before a route sees it. Nothing here allocates.

use axum::body::HttpBody;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri, Version};

use super::Front;
use super::host::Authority;
use super::limits::Limits;
use super::refusal::Refusal::{self, Malformed};

pub(super) const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

// The headers come first: while the framing is in doubt, no other answer may keep the connection alive.
pub(super) fn check(head: &Parts, body: &impl HttpBody, front: &Front) -> Result<(), Refusal> {
    let fields = Fields::read(&head.headers, front.limits.field_bytes_max)?;
    if !is_allowed(&head.method) {
        return Err(Refusal::Method);
    }
    check_target(&head.method, &head.uri, &front.limits)?;
    if !front.hosts.admits(fields.authority(&head.uri, head.version)?) {
        return Err(Refusal::Misdirected);
    }
    let large = front.limits.large(&head.method, &head.uri);
    let body_bytes_max = large.map_or(front.limits.body_bytes_max, |large| large.bytes_max);
    if body.size_hint().lower() > body_bytes_max as u64 {
        return Err(Refusal::BodyTooLarge);
    }
    if fields.is_coded && !front.relays { Err(Refusal::Coding) } else { Ok(()) }
}

fn is_allowed(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::OPTIONS
    )
}

fn check_target(method: &Method, uri: &Uri, limits: &Limits) -> Result<(), Refusal> {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let authority_bytes = uri.authority().map_or(0, |authority| authority.as_str().len());
    if path.len() + authority_bytes > limits.target_bytes_max {
        return Err(Refusal::TargetTooLong);
    }
    // `*` asks about the server as a whole; what is left without a slash was meant for a proxy.
    let is_whole = path == "*" && method == Method::OPTIONS;
    if !path.starts_with('/') && !is_whole {
        return Err(Malformed("the request target must start with a slash"));
    }
    if !path.is_ascii() {
        return Err(Malformed("the request target must be ASCII"));
    }
    Ok(())
}

/// The headers that the front itself reads, found in one pass.
#[derive(Default)]
struct Fields<'a> {
    host: Option<&'a HeaderValue>,
    is_chunked: bool,
    has_length: bool,
    is_coded: bool,
}

impl<'a> Fields<'a> {
    fn read(headers: &'a HeaderMap, field_bytes_max: usize) -> Result<Self, Refusal> {
        let mut fields = Self::default();
        for (name, value) in headers {
            if name.as_str().len() + value.len() > field_bytes_max {
                return Err(Refusal::FieldTooLarge);
            }
            match *name {
                HOST => fields.read_host(value)?,
                TRANSFER_ENCODING => fields.read_transfer_encoding(value)?,
                CONTENT_LENGTH => fields.has_length = true,
                CONTENT_ENCODING => fields.is_coded |= !value.as_bytes().eq_ignore_ascii_case(b"identity"),
                _ => {}
            }
        }
        // hyper 1.12 hides the length and closes after the answer; this holds should it ever show both.
        if fields.is_chunked && fields.has_length {
            return Err(Malformed("both Transfer-Encoding and Content-Length"));
        }
        Ok(fields)
    }

    fn read_host(&mut self, value: &'a HeaderValue) -> Result<(), Refusal> {
        match self.host.replace(value) {
            Some(_) => Err(Malformed("more than one Host")),
            None => Ok(()),
        }
    }

    // A second coding, or `chunked` twice, is where two readers begin to disagree about the body's end.
    fn read_transfer_encoding(&mut self, value: &HeaderValue) -> Result<(), Refusal> {
        if self.is_chunked || !value.as_bytes().eq_ignore_ascii_case(b"chunked") {
            return Err(Malformed("the only Transfer-Encoding here is chunked"));
        }
        self.is_chunked = true;
        Ok(())
    }

    /// Whom the request is for: `Host`, which must say the same as the target where that names one too.
    fn authority(&self, uri: &'a Uri, version: Version) -> Result<Option<Authority<'a>>, Refusal> {
        let host = match self.host {
            Some(host) => Some(parse_host(host)?),
            // HTTP/2 says in the target whom it is for.
            None if matches!(version, Version::HTTP_10 | Version::HTTP_2) => None,
            None => return Err(Malformed("no Host")),
        };
        let Some(scheme) = uri.scheme_str() else { return Ok(host) };
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(Malformed("the request target is neither http nor https")),
        };
        let target = uri.authority().and_then(|authority| Authority::parse(authority.as_str()));
        match (target, host) {
            (None, _) => Err(Malformed("the request target has no valid host")),
            (Some(target), Some(host)) if !target.is(host, default_port) => {
                Err(Malformed("the request target and Host differ"))
            }
            (Some(target), _) => Ok(Some(target)),
        }
    }
}

fn parse_host(value: &HeaderValue) -> Result<Authority<'_>, Refusal> {
    value.to_str().ok().and_then(Authority::parse).ok_or(Malformed("Host is not valid"))
}
