//! Which of the networks that calls are recorded by a list lets through: all of one, nothing of it, or a part.

use super::Networks;
use super::within::{Run, joined, v4, v6};
use crate::ClientNetwork;
use std::net::IpAddr;

/// An allow-list, laid out to be asked about many networks.
#[derive(Debug, Clone)]
pub struct Reach {
    v4: Vec<Run>,
    v6: Vec<Run>,
    everything: bool,
}

impl Networks {
    /// The list, laid out to be asked about networks.
    pub fn reach(&self) -> Reach {
        Reach { v4: joined(self, v4), v6: joined(self, v6), everything: self.allows(None) }
    }
}

impl Reach {
    /// Whether the list lets through every client of the network (`Some(true)`) or none (`Some(false)`); `None` when
    /// that depends on the client, or on a network that is not on record.
    pub fn of(&self, network: ClientNetwork) -> Option<bool> {
        if self.everything {
            return Some(true);
        }
        match network {
            ClientNetwork::V4([a, b, c]) => {
                let first = u128::from(u32::from_be_bytes([a, b, c, 0]));
                lies(&self.v4, (first, first | 0xff))
            }
            ClientNetwork::V6([a, b, c, d, e, f]) => {
                let first = u128::from(u64::from_be_bytes([a, b, c, d, e, f, 0, 0])) << 64;
                lies(&self.v6, (first, first | (u128::MAX >> 48)))
            }
            ClientNetwork::Unknown | ClientNetwork::Other => None,
        }
    }
}

/// Whether the block lies in the runs whole, or not at all. They are in order and have gaps between them.
fn lies(runs: &[Run], (first, last): Run) -> Option<bool> {
    let behind = runs.partition_point(|run| run.1 < first);
    match runs.get(behind) {
        Some(run) if run.0 <= first && last <= run.1 => Some(true),
        Some(run) if run.0 <= last => None,
        Some(_) | None => Some(false),
    }
}

impl ClientNetwork {
    /// What was written by its `Display`.
    pub fn parse(text: &str) -> Option<ClientNetwork> {
        let found = match text {
            "" => ClientNetwork::Unknown,
            crate::OTHER => ClientNetwork::Other,
            text => {
                let (base, _) = text.split_once('/')?;
                ClientNetwork::of(Some(base.parse::<IpAddr>().ok()?))
            }
        };
        (found.to_string() == text).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use crate::{ClientNetwork, Networks};
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    /// Blocks in and around two neighbours of each family.
    fn blocks() -> impl Strategy<Value = Networks> {
        let block = (any::<bool>(), any::<u16>(), 0u8..=10).prop_map(|(six, base, bits)| {
            let base = u32::from(base & 0x3ff) & !((1u32 << (10 - bits)) - 1);
            if six {
                let base = u128::from(base) << 78;
                format!("{}/{}", Ipv6Addr::from(0x2001_0db8_u128 << 96 | base), 40 + bits)
            } else {
                format!("{}/{}", Ipv4Addr::from(0x0a00_0000 | base), 22 + bits)
            }
        });
        prop::collection::vec(block, 0..6)
            .prop_map(|texts| Networks::parse(texts.iter().map(String::as_str)).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_network_is_let_through_when_each_of_its_clients_is(list in blocks(), third in 0u8..4) {
            let reach = list.reach();
            let asked = |clients: &mut dyn Iterator<Item = IpAddr>| {
                let each: Vec<bool> = clients.map(|client| list.allows(Some(client))).collect();
                let all = each.iter().all(|allowed| *allowed);
                (all || !each.contains(&true)).then_some(all)
            };
            let mut v4 = (0..=255).map(|last| IpAddr::from(Ipv4Addr::new(10, 0, third, last)));
            prop_assert_eq!(reach.of(ClientNetwork::V4([10, 0, third])), asked(&mut v4));
            // No block here is smaller than a fourth of a /48.
            let block = 0x2001_0db8_u128 << 96 | u128::from(third) << 80;
            let mut v6 = (0..4_u128).map(|part| IpAddr::from(Ipv6Addr::from(block | part << 78)));
            let [a, b, c, d, e, f, ..] = block.to_be_bytes();
            prop_assert_eq!(reach.of(ClientNetwork::V6([a, b, c, d, e, f])), asked(&mut v6));
        }
    }

    #[test]
    fn a_network_reads_back_as_it_was_written() {
        for text in ["", "other", "203.0.113.0/24", "2001:db8:ff00::/48"] {
            assert_eq!(ClientNetwork::parse(text).map(|network| network.to_string()).as_deref(), Some(text));
        }
        for text in ["unknown", "203.0.113.0/25", "203.0.113.9/24", "203.0.113.0", "::/0"] {
            assert_eq!(ClientNetwork::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_client_nobody_knows_is_decided_only_by_a_list_of_everything() {
        let list = |texts: &[&str]| Networks::parse(texts.iter().copied()).unwrap().reach();
        for network in [ClientNetwork::Unknown, ClientNetwork::Other] {
            assert_eq!(list(&[]).of(network), Some(true));
            assert_eq!(list(&["*"]).of(network), Some(true));
            assert_eq!(list(&["0.0.0.0/0"]).of(network), None);
        }
    }
}
