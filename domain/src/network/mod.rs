//! The networks a key may be used from. IPv4 and IPv6 are matched independently.

mod parse;
mod peers;
mod reach;
mod within;

pub use parse::NetworkError;
pub use peers::{NotANetwork, TrustedPeers};
pub use reach::Reach;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Most entries a key may have.
const ENTRIES_MAX: usize = 1000;

/// An allow list; empty means no restriction. Entries keep their order and are shown in canonical form.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Networks {
    entries: Arc<[Entry]>,
}

/// One entry of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    /// `*`: every address of both families.
    Any,
    /// An IPv4 block.
    V4 { base: u32, bits: u8 },
    /// An IPv6 block; never one of IPv4-mapped addresses, which are folded to IPv4.
    V6 { base: u128, bits: u8 },
}

impl Networks {
    /// Reads a list of addresses, CIDRs and `*`.
    ///
    /// # Errors
    /// An entry follows no strict form, has host bits set, or there are more than 1,000.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Networks, NetworkError> {
        let mut entries: Vec<Entry> = Vec::new();
        for (count, text) in texts.into_iter().enumerate() {
            if count >= ENTRIES_MAX {
                return Err(NetworkError::TooMany);
            }
            let entry = parse::entry(text)?;
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        Ok(Networks { entries: entries.into() })
    }

    /// Whether a call from this address may use the key. An unknown address is let through only by a list
    /// that covers both families whole.
    pub fn allows(&self, client: Option<IpAddr>) -> bool {
        if self.entries.is_empty() {
            return true;
        }
        match client.map(|address| address.to_canonical()) {
            Some(address) => self.entries.iter().any(|entry| entry.contains(address)),
            None => self.covers_everything(),
        }
    }

    /// The entries in their canonical form, in the order they were written.
    pub fn entries(&self) -> impl Iterator<Item = impl fmt::Display> {
        self.entries.iter().copied()
    }

    /// Whether there is no restriction at all.
    pub fn is_unrestricted(&self) -> bool {
        self.entries.is_empty()
    }

    fn covers_everything(&self) -> bool {
        let whole_v4 = |entry: &Entry| matches!(entry, Entry::Any | Entry::V4 { bits: 0, .. });
        let whole_v6 = |entry: &Entry| matches!(entry, Entry::Any | Entry::V6 { bits: 0, .. });
        self.entries.iter().any(whole_v4) && self.entries.iter().any(whole_v6)
    }
}

impl Entry {
    fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Entry::Any, _) => true,
            (Entry::V4 { base, bits }, IpAddr::V4(address)) => u32::from(address) & mask_v4(bits) == base,
            (Entry::V6 { base, bits }, IpAddr::V6(address)) => u128::from(address) & mask_v6(bits) == base,
            (Entry::V4 { .. }, IpAddr::V6(_)) | (Entry::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}

/// The mask of a prefix; a shift by the whole width is no shift at all, so 0 bits are a case of their own.
fn mask_v4(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

fn mask_v6(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Entry::Any => f.write_str("*"),
            Entry::V4 { base, bits } => write!(f, "{}/{bits}", std::net::Ipv4Addr::from(base)),
            Entry::V6 { base, bits } => write!(f, "{}/{bits}", std::net::Ipv6Addr::from(base)),
        }
    }
}

impl fmt::Debug for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(ToString::to_string)).finish()
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries.iter().map(ToString::to_string))
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Networks, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Networks::parse(texts.iter().map(String::as_str)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
