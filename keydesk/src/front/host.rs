//! Which `Host` a listener answers to.

use std::net::Ipv6Addr;

/// The authorities that a listener answers to. An allow-list keeps a web page from reaching a
/// listener on loopback through a name of its own (DNS rebinding).
#[derive(Debug, Clone)]
pub(crate) enum HostRule {
    Any,
    Only(Vec<Allowed>),
}

/// One entry of the allow-list.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    host: String,
    port: Option<u16>,
}

/// An entry that names no authority.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither a host nor host:port")]
pub(crate) struct BadHost(String);

impl HostRule {
    /// Entries are `host` or `host:port`; ports 80 and 443 are the same as none.
    pub(crate) fn only<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, BadHost> {
        entries
            .into_iter()
            .map(|entry| Allowed::parse(entry.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self::Only)
    }

    /// `None` is a request without a `Host`, as HTTP/1.0 permits: no allow-list has it.
    pub(super) fn admits(&self, asked: Option<Authority<'_>>) -> bool {
        match (self, asked) {
            (Self::Any, _) => true,
            (Self::Only(_), None) => false,
            (Self::Only(entries), Some(asked)) => entries.iter().any(|entry| entry.admits(asked)),
        }
    }
}

impl Allowed {
    fn parse(entry: &str) -> Result<Self, BadHost> {
        let Authority { host, port } = Authority::parse(entry).ok_or_else(|| BadHost(entry.to_owned()))?;
        Ok(Self { host: host.to_owned(), port: unless_default(port) })
    }

    fn admits(&self, asked: Authority<'_>) -> bool {
        self.port == unless_default(asked.port) && self.host.eq_ignore_ascii_case(asked.host)
    }
}

// The allow-list is about names; whether a proxy in front spoke TLS is not known here.
fn unless_default(port: Option<u16>) -> Option<u16> {
    port.filter(|port| !matches!(port, 80 | 443))
}

/// A host and perhaps a port, borrowed from the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Authority<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Narrower than RFC 3986: no user, no escapes, no sub-delimiters. Nobody needs them in a `Host`,
    /// and two readers may disagree about them.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (host, port) = match text.rfind(']') {
            Some(end) => text.split_at(end + 1),
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        (is_name(host) || is_ipv6(host)).then_some(())?;
        Some(Self { host, port: parse_port(port)? })
    }

    /// Whether both mean the same server for a target of this scheme.
    pub(super) fn is(self, other: Self, default_port: u16) -> bool {
        self.port.unwrap_or(default_port) == other.port.unwrap_or(default_port)
            && self.host.eq_ignore_ascii_case(other.host)
    }
}

fn is_name(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

fn is_ipv6(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// The outer `None` is a bad port, the inner one no port. `host:` is valid and says the default.
fn parse_port(text: &str) -> Option<Option<u16>> {
    match text.strip_prefix(':') {
        None if text.is_empty() => Some(None),
        None => None,
        Some("") => Some(None),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
        Some(_) => None,
    }
}
