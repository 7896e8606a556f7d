//! Whether one allow-list lets through nothing that another refuses.

use super::{Entry, Networks, mask_v4, mask_v6};

/// First and last address of a block or of several without a gap between them.
pub(super) type Run = (u128, u128);

impl Networks {
    /// Whether every call that this list lets through is let through by the other one. Blocks that cover another
    /// only together do cover it.
    pub fn within(&self, other: &Networks) -> bool {
        // A list that lets an unknown address through lets everything through.
        if self.allows(None) || other.allows(None) {
            return other.allows(None);
        }
        let (held_v4, held_v6) = (joined(other, v4), joined(other, v6));
        let in_v4 = |entry| v4(entry).is_none_or(|run| lies_in(run, &held_v4));
        let in_v6 = |entry| v6(entry).is_none_or(|run| lies_in(run, &held_v6));
        self.entries.iter().all(|entry| in_v4(*entry) && in_v6(*entry))
    }
}

/// The IPv4 addresses of an entry.
pub(super) fn v4(entry: Entry) -> Option<Run> {
    match entry {
        Entry::Any => Some((0, u128::from(u32::MAX))),
        Entry::V4 { base, bits } => Some((base.into(), (base | !mask_v4(bits)).into())),
        Entry::V6 { .. } => None,
    }
}

/// The IPv6 addresses of an entry.
pub(super) fn v6(entry: Entry) -> Option<Run> {
    match entry {
        Entry::Any => Some((0, u128::MAX)),
        Entry::V6 { base, bits } => Some((base, base | !mask_v6(bits))),
        Entry::V4 { .. } => None,
    }
}

/// The runs of one family in order, those that touch made one.
pub(super) fn joined(networks: &Networks, family: fn(Entry) -> Option<Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = networks.entries.iter().copied().filter_map(family).collect();
    runs.sort_unstable();
    let mut joined: Vec<Run> = Vec::new();
    for (first, last) in runs {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            Some(_) | None => joined.push((first, last)),
        }
    }
    joined
}

fn lies_in((first, last): Run, held: &[Run]) -> bool {
    held.iter().any(|run| run.0 <= first && last <= run.1)
}

#[cfg(test)]
mod tests {
    use super::Networks;
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    fn list(texts: &[&str]) -> Networks {
        Networks::parse(texts.iter().copied()).unwrap()
    }

    #[test]
    fn what_lets_nobody_new_through_lies_within() {
        for (inner, outer, within) in [
            (&[][..], &[][..], true),
            (&["10.0.0.0/8"], &[], true),
            (&[], &["10.0.0.0/8"], false),
            (&["*"], &[], true),
            (&[], &["*"], true),
            (&[], &["0.0.0.0/0", "::/0"], true),
            (&["0.0.0.0/0", "::/0"], &["*"], true),
            (&["*"], &["0.0.0.0/0"], false),
            (&["10.1.0.0/16"], &["10.0.0.0/8"], true),
            (&["10.0.0.0/8"], &["10.1.0.0/16"], false),
            (&["10.0.0.0/8"], &["10.0.0.0/9", "10.128.0.0/9"], true),
            (&["10.0.0.0/8"], &["10.0.0.0/9", "10.128.0.0/10"], false),
            (&["10.0.0.0/8", "192.0.2.1"], &["10.0.0.0/8"], false),
            (&["::/0"], &["0.0.0.0/0"], false),
            (&["2001:db8::1"], &["2001:db8::/32"], true),
            (&["2001:db8::1"], &["10.0.0.0/8"], false),
            (&["::ffff:10.1.2.3"], &["10.0.0.0/8"], true),
            // Together they cover all of IPv4, but an unknown address is let through by the first list only.
            (&["0.0.0.0/0", "::/0"], &["0.0.0.0/1", "128.0.0.0/1", "::/0"], false),
            (&["0.0.0.0/0"], &["0.0.0.0/1", "128.0.0.0/1", "::/0"], true),
        ] {
            assert_eq!(list(inner).within(&list(outer)), within, "{inner:?} {outer:?}");
        }
    }

    /// Blocks in the last four bits of one IPv4 and one IPv6 address, so that all clients can be tried.
    fn blocks() -> impl Strategy<Value = Networks> {
        let block = (any::<bool>(), 0u8..16, 0u8..=4).prop_map(|(six, base, bits)| {
            let base = base & (0xf0u8 >> bits);
            if six {
                format!("2001:db8::{base:x}/{}", 124 + bits)
            } else {
                format!("10.0.0.{base}/{}", 28 + bits)
            }
        });
        prop::collection::vec(block, 1..8)
            .prop_map(|texts| Networks::parse(texts.iter().map(String::as_str)).unwrap())
    }

    fn clients() -> impl Iterator<Item = IpAddr> {
        let v4 = (0..16).map(|last| IpAddr::from(Ipv4Addr::new(10, 0, 0, last)));
        v4.chain((0..16).map(|last| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last))))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn within_is_exactly_that_every_client_let_through_is_let_through(one in blocks(), other in blocks()) {
            let all = clients().all(|client| !one.allows(Some(client)) || other.allows(Some(client)));
            prop_assert_eq!(one.within(&other), all);
        }
    }
}
