//! Which request a gateway asks about. Each door reads it from one place; a header that names another request is
//! refused, because the upstream, or a gateway in between, may go by that.

use super::credential::{Credentials, Slot};
use super::refused::Refused;
use domain::TrustedPeers;
use std::net::IpAddr;

/// The one family of headers in which gateways tell a forward door about the request they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// `X-Forwarded-Method`, `X-Forwarded-Host` and `X-Forwarded-Uri`: nginx, Caddy, Traefik, APISIX, HAProxy.
    #[default]
    Forwarded,
    /// `X-Original-Method` and `X-Original-URL`: ingress controllers.
    Original,
}

/// Whatever else a client may write to be taken for another request, in lower case.
const FOREIGN: [&str; 14] = [
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-original-path",
    "x-rewrite-url",
    "x-rewrite-uri",
    "x-forwarded-uri",
    "x-forwarded-url",
    "x-forwarded-path",
    "x-forwarded-method",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// A request that waits at a gateway.
#[derive(Debug)]
pub(crate) struct Asked<'h> {
    pub(crate) host: &'h str,
    pub(crate) method: &'h str,
    /// Path and query, as the client wrote them.
    pub(crate) target: &'h str,
    pub(crate) client: Option<IpAddr>,
    pub(crate) credentials: Credentials<'h>,
}

/// What is of interest in the headers of a request, found in one pass.
#[derive(Debug, Default)]
pub(crate) struct Headers<'h> {
    method: Slot<'h>,
    host: Slot<'h>,
    uri: Slot<'h>,
    is_foreign: bool,
    forwarded_for: Vec<&'h [u8]>,
    pub(crate) credentials: Credentials<'h>,
}

impl<'h> Headers<'h> {
    /// Reads the headers, their names in any case: `family` is the one that this door goes by; without one, none of them may be there.
    pub(crate) fn read(
        headers: impl Iterator<Item = (&'h str, &'h [u8])>,
        family: Option<Family>,
    ) -> Headers<'h> {
        let mut read = Headers::default();
        for (name, value) in headers {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            match (name.len(), family) {
                (13, _) if is("authorization") => read.credentials.authorization.put(value),
                (9, _) if is("x-api-key") => read.credentials.x_api_key.put(value),
                (7, _) if is("api-key") => read.credentials.api_key.put(value),
                (15, _) if is("x-forwarded-for") => read.forwarded_for.push(value),
                (18, Some(Family::Forwarded)) if is("x-forwarded-method") => read.method.put(value),
                (16, Some(Family::Forwarded)) if is("x-forwarded-host") => read.host.put(value),
                (15, Some(Family::Forwarded)) if is("x-forwarded-uri") => read.uri.put(value),
                (17, Some(Family::Original)) if is("x-original-method") => read.method.put(value),
                (14, Some(Family::Original)) if is("x-original-url") => read.uri.put(value),
                (_, None | Some(_)) => read.is_foreign |= is_foreign(name),
            }
        }
        read
    }

    /// The request that the headers of the family tell of.
    pub(crate) fn told(self, family: Family, proxies: &TrustedPeers) -> Result<Asked<'h>, Refused> {
        let method = self.method.text().ok_or(Refused::NotTold)?;
        let uri = self.uri.text().ok_or(Refused::NotTold)?;
        let (host, target) = match family {
            Family::Forwarded => (self.host.text().ok_or(Refused::NotTold)?, uri),
            Family::Original => split(uri).ok_or(Refused::NotTold)?,
        };
        let client = proxies.told(self.forwarded_for.iter().copied());
        self.about(host, method, target, client)
    }

    /// The request of this line, which the gateway has handed on as it came.
    pub(crate) fn about(
        self,
        host: &'h str,
        method: &'h str,
        target: &'h str,
        client: Option<IpAddr>,
    ) -> Result<Asked<'h>, Refused> {
        if self.is_foreign {
            return Err(Refused::OtherRequest);
        }
        Ok(Asked { host, method, target, client, credentials: self.credentials })
    }

    /// Where the request came from, when the gateway says only what it was told.
    pub(crate) fn forwarded_client(&self, proxies: &TrustedPeers) -> Option<IpAddr> {
        proxies.told(self.forwarded_for.iter().copied())
    }

    /// The same when the gateway also says whose connection it was.
    pub(crate) fn client(&self, peer: Option<IpAddr>, proxies: &TrustedPeers) -> Option<IpAddr> {
        proxies.client(peer?, self.forwarded_for.iter().copied())
    }
}

/// A name with underscores is the one with hyphens for whoever reads headers from environment variables.
fn is_foreign(name: &str) -> bool {
    // Most headers are neither.
    if !name.starts_with(['x', 'X']) {
        return false;
    }
    let same = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let is = |foreign: &str| foreign.len() == name.len() && foreign.bytes().eq(name.bytes().map(same));
    FOREIGN.iter().any(|foreign| is(foreign)) || (name.contains('_') && is("x-forwarded-host"))
}

/// Host and target of an absolute URL.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.find('/').map(|slash| rest.split_at(slash))
}
