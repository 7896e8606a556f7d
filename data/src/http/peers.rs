//! Whose word about a client's address counts.

use axum::extract::ConnectInfo;
use http::Extensions;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The networks of trusted proxies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedPeers(Vec<IpNet>);

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
        let v4 = IpNet::new(Ipv4Addr::LOCALHOST.into(), 8).map(|net| net.trunc());
        TrustedPeers(v4.into_iter().chain([IpNet::from(IpAddr::from(Ipv6Addr::LOCALHOST))]).collect())
    }

    /// Addresses and CIDRs, as configured.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse<'t>(entries: impl IntoIterator<Item = &'t str>) -> Result<TrustedPeers, NotANetwork> {
        let network = |entry: &str| {
            let address = || entry.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
            entry.parse().ok().or_else(address).ok_or_else(|| NotANetwork(entry.to_owned()))
        };
        entries.into_iter().map(network).collect::<Result<_, _>>().map(TrustedPeers)
    }

    /// Whether this address is one of theirs.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether the peer of a request is one of theirs. A peer without an address is not.
    pub(super) fn sent(&self, extensions: &Extensions) -> bool {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_some_and(|ConnectInfo(peer)| self.contain(peer.ip()))
    }
}

#[cfg(test)]
mod tests {
    use super::TrustedPeers;

    #[test]
    fn only_the_networks_configured_are_trusted() {
        let trusted = TrustedPeers::parse(["10.0.0.0/8", "2001:db8::1"]).unwrap();
        let trusts = |address: &str| trusted.contain(address.parse().unwrap());
        assert!(trusts("10.255.0.1") && trusts("::ffff:10.0.0.1") && trusts("2001:db8::1"));
        assert!(
            !trusts("127.0.0.1") && !trusts("11.0.0.1") && !trusts("2001:db8::2") && !trusts("::10.0.0.1")
        );
        for entry in ["", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.0/8 "] {
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
}
