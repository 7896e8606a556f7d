//! Where a server is, and what may stand in a path behind it.

use crate::exit::{Fault, Kind};
use std::fmt::Write;
use std::net::IpAddr;
use ureq::http::Uri;

/// The base address of a server: scheme, host, port and perhaps a path, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url(String);

impl Url {
    /// Reads a base address. Credentials in it are refused: addresses end up in logs and in `ps`.
    pub(crate) fn parse(text: &str) -> Result<Url, Fault> {
        let refused = |what: &str| Err(Fault::new(Kind::Usage, "bad_url", format!("the URL {what}")));
        if text.contains('@') {
            return refused("must not hold a user name or password");
        }
        if text.contains(['?', '#']) {
            return refused("must end before any `?` or `#`");
        }
        let uri: Uri = match text.parse() {
            Ok(uri) => uri,
            Err(_) => return refused("must look like http://127.0.0.1:8080 or https://keys.example.com"),
        };
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return refused("must name a host");
        };
        // A port that is no number counts as absent there, and the default one is not what was meant.
        if authority.port_u16().is_none() && authority.as_str() != authority.host() {
            return refused("must have a port from 0 to 65535, or none");
        }
        match uri.scheme_str() {
            Some("http" | "https") => Ok(Url(text.trim_end_matches('/').to_owned())),
            _ => refused("must begin with http:// or https://"),
        }
    }

    /// The address of a path, which begins with a slash.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether a proxy from the environment may stand between: it must not read what is sent.
    pub(super) fn may_take_a_proxy(&self) -> bool {
        self.0.starts_with("https:") && !self.is_on_this_machine()
    }

    fn is_on_this_machine(&self) -> bool {
        let uri: Option<Uri> = self.0.parse().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text as one segment of a path, one value of a query string or of a form.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_is_kept_without_its_last_slash() {
        for (text, base) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://keys.example.com/", "https://keys.example.com"),
            ("https://example.com/keydesk/", "https://example.com/keydesk"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), base);
        }
    }

    #[test]
    fn anything_but_a_base_address_is_refused() {
        for text in [
            "",
            "127.0.0.1:8080",
            "localhost",
            "ftp://example.com",
            "http://",
            "https://me:secret@example.com",
            "http://example.com?x=1",
            "http://example.com/#x",
            "http://exa mple.com",
            "http://example.com:99999",
            "http://example.com:",
            "file:///etc/passwd",
            "/admin",
            "http://example.com\r\nHost: other",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_proxy_never_reads_what_is_sent() {
        let may = |text: &str| Url::parse(text).unwrap().may_take_a_proxy();
        assert!(may("https://keys.example.com"));
        for text in
            ["http://keys.example.com", "https://127.0.0.1:8443", "https://[::1]", "https://localhost:1"]
        {
            assert!(!may(text), "{text}");
        }
    }

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(encode("../projects?x#y z%"), "..%2Fprojects%3Fx%23y%20z%25");
        assert_eq!(encode("é~"), "%C3%A9~");
    }
}
