//! Whose word about a client's address counts, and whose address it then is.

use super::{Entry, parse};
use std::net::IpAddr;

/// The networks of trusted proxies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedPeers(Vec<Entry>);

/// Neither an address nor a CIDR.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork(pub String);

impl TrustedPeers {
    /// Nobody.
    pub fn nobody() -> TrustedPeers {
        TrustedPeers(Vec::new())
    }

    /// Whoever is on this machine: 127.0.0.0/8 and ::1.
    pub fn loopback() -> TrustedPeers {
        TrustedPeers(vec![Entry::V4 { base: 0x7f00_0000, bits: 8 }, Entry::V6 { base: 1, bits: 128 }])
    }

    /// Addresses and CIDRs, as configured; `*` is none, because everybody is nobody's proxy.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse<'t>(entries: impl IntoIterator<Item = &'t str>) -> Result<TrustedPeers, NotANetwork> {
        let network = |text: &str| match parse::entry(text) {
            Ok(entry @ (Entry::V4 { .. } | Entry::V6 { .. })) => Ok(entry),
            Ok(Entry::Any) | Err(_) => Err(NotANetwork(text.to_owned())),
        };
        entries.into_iter().map(network).collect::<Result<_, _>>().map(TrustedPeers)
    }

    /// Whether this address is one of theirs.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// Where a request came from: its peer, or what trusted proxies say in their lines of `X-Forwarded-For`.
    ///
    /// Each proxy adds the address it saw at the end, so the entries are walked from the right and the first one
    /// that is no proxy of ours is the client: whatever stands to the left of it, the client wrote itself. An
    /// entry that is no address, or a list that names no client, leaves it unknown.
    pub fn client<'h, L>(&self, peer: IpAddr, forwarded: L) -> Option<IpAddr>
    where
        L: IntoIterator<Item = &'h [u8]>,
        L::IntoIter: DoubleEndedIterator,
    {
        if self.contain(peer) { self.told(forwarded) } else { Some(peer.to_canonical()) }
    }

    /// The same when whoever sent the request is trusted whatever its address.
    pub fn told<'h, L>(&self, forwarded: L) -> Option<IpAddr>
    where
        L: IntoIterator<Item = &'h [u8]>,
        L::IntoIter: DoubleEndedIterator,
    {
        let lines = forwarded.into_iter().rev();
        let mut entries = lines.flat_map(|line| line.rsplit(|byte| *byte == b','));
        entries.find_map(|entry| match address(entry) {
            Some(address) if self.contain(address) => None,
            decided => Some(decided),
        })?
    }
}

/// One entry, without the white space that a list may have around it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::TrustedPeers;
    use std::net::IpAddr;

    #[test]
    fn only_the_networks_configured_are_trusted() {
        let trusted = TrustedPeers::parse(["10.0.0.0/8", "2001:db8::1"]).unwrap();
        let trusts = |address: &str| trusted.contain(address.parse().unwrap());
        assert!(trusts("10.255.0.1") && trusts("::ffff:10.0.0.1") && trusts("2001:db8::1"));
        assert!(
            !trusts("127.0.0.1") && !trusts("11.0.0.1") && !trusts("2001:db8::2") && !trusts("::10.0.0.1")
        );
        for entry in ["", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.0/8 ", "*", "10.0.0.5/8"] {
            assert!(TrustedPeers::parse([entry]).is_err(), "{entry}");
        }
    }

    #[test]
    fn loopback_is_both_families_and_nothing_else() {
        let trusts = |address: &str| TrustedPeers::loopback().contain(address.parse().unwrap());
        assert!(trusts("127.0.0.1") && trusts("127.8.0.1") && trusts("::1") && trusts("::ffff:127.0.0.1"));
        assert!(!trusts("0.0.0.0") && !trusts("::") && !trusts("128.0.0.1"));
        assert!(!TrustedPeers::nobody().contain("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn the_client_is_the_right_most_address_that_is_no_proxy() {
        let trusted = TrustedPeers::parse(["10.0.0.0/8", "2001:db8::/32"]).unwrap();
        for (peer, lines, client) in [
            // From whom nobody trusts, the header means nothing.
            ("203.0.113.9", &["10.0.0.1"][..], Some("203.0.113.9")),
            ("203.0.113.9", &[], Some("203.0.113.9")),
            ("::ffff:203.0.113.9", &["198.51.100.1"], Some("203.0.113.9")),
            // What the client wrote stands to the left of what the proxy saw.
            ("10.0.0.1", &["10.9.9.9, 203.0.113.9"], Some("203.0.113.9")),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.9, 10.0.0.2"], Some("203.0.113.9")),
            ("10.0.0.1", &["198.51.100.1", "203.0.113.9"], Some("203.0.113.9")),
            ("10.0.0.1", &["203.0.113.9", "10.0.0.2"], Some("203.0.113.9")),
            ("2001:db8::1", &["2001:db9::7"], Some("2001:db9::7")),
            ("10.0.0.1", &["\t::ffff:203.0.113.9 "], Some("203.0.113.9")),
            ("10.0.0.1", &["garbage, 203.0.113.9"], Some("203.0.113.9")),
            // Nothing that could be decided on.
            ("10.0.0.1", &[], None),
            ("10.0.0.1", &[""], None),
            ("10.0.0.1", &["10.0.0.2"], None),
            ("10.0.0.1", &["203.0.113.9, garbage"], None),
            ("10.0.0.1", &["203.0.113.9,"], None),
            ("10.0.0.1", &["203.0.113.9", ""], None),
            ("10.0.0.1", &["203.0.113.9, unknown, 10.0.0.2"], None),
            ("10.0.0.1", &["203.0.113.9:4711"], None),
            ("10.0.0.1", &["[2001:db9::7]"], None),
            ("10.0.0.1", &["203.0.113.09"], None),
        ] {
            let lines = lines.iter().map(|line| line.as_bytes());
            let expected: Option<IpAddr> = client.map(|client| client.parse().unwrap());
            assert_eq!(trusted.client(peer.parse().unwrap(), lines.clone()), expected, "{peer} {lines:?}");
        }
    }
}
