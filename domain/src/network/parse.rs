//! Reading one entry: one strict spelling of each thing, so that nothing is read otherwise than meant.

use super::{Entry, mask_v4, mask_v6};
use crate::scope::shorten;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why a list of networks was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum NetworkError {
    /// Neither an address, nor a CIDR, nor `*`.
    #[error("`{0}` is not an IPv4 or IPv6 address, a CIDR block such as 203.0.113.0/24, or *")]
    Invalid(String),
    /// An address inside a block where the block's own is meant.
    #[error("`{found}` has host bits set; write `{canonical}`")]
    HostBits {
        /// What was written.
        found: String,
        /// The block it lies in.
        canonical: String,
    },
    /// An IPv6 block that holds IPv4-mapped addresses and others.
    #[error("`{0}` mixes IPv4-mapped and other IPv6 addresses; write the IPv4 and IPv6 blocks apart")]
    StraddlesV4Mapped(String),
    /// More entries than a key may have.
    #[error("more than {} entries", super::ENTRIES_MAX)]
    TooMany,
}

/// `::ffff:0:0/96`: IPv4 addresses in IPv6 clothes (RFC 4291 section 2.5.5.2).
const MAPPED: u128 = 0xffff_0000_0000;
const MAPPED_BITS: u8 = 96;

impl NetworkError {
    /// The stable name of what is wrong.
    pub fn code(&self) -> &'static str {
        match self {
            NetworkError::Invalid(_) => "invalid_cidr",
            NetworkError::HostBits { .. } => "cidr_host_bits",
            NetworkError::StraddlesV4Mapped(_) => "cidr_straddles_v4_mapped",
            NetworkError::TooMany => "too_many_items",
        }
    }
}

pub(super) fn entry(text: &str) -> Result<Entry, NetworkError> {
    if text == "*" {
        return Ok(Entry::Any);
    }
    let invalid = || NetworkError::Invalid(shorten(text));
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(prefix(bits).ok_or_else(invalid)?)),
        None => (text, None),
    };
    // The library takes exactly the strict forms: no octal, no short forms, no zone, no brackets.
    match address.parse::<IpAddr>().map_err(|_| invalid())? {
        IpAddr::V4(address) => v4(address, bits.unwrap_or(32), text),
        IpAddr::V6(address) => v6(address, bits.unwrap_or(128), text),
    }
}

/// One to three digits, no sign, no leading zero.
fn prefix(text: &str) -> Option<u8> {
    let plain = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
}

fn v4(address: Ipv4Addr, bits: u8, text: &str) -> Result<Entry, NetworkError> {
    if bits > 32 {
        return Err(NetworkError::Invalid(shorten(text)));
    }
    let base = u32::from(address) & mask_v4(bits);
    let entry = Entry::V4 { base, bits };
    exact(base == u32::from(address), entry, text)
}

fn v6(address: Ipv6Addr, bits: u8, text: &str) -> Result<Entry, NetworkError> {
    if bits > 128 {
        return Err(NetworkError::Invalid(shorten(text)));
    }
    let base = u128::from(address) & mask_v6(bits);
    // Before the host bits: the block that holds them is no way out of a mixture. `::/0` says "every IPv6
    // address" and is none by accident.
    if (1..MAPPED_BITS).contains(&bits) && MAPPED & mask_v6(bits) == base {
        return Err(NetworkError::StraddlesV4Mapped(shorten(text)));
    }
    exact(base == u128::from(address), folded(base, bits), text)
}

/// A block of IPv4-mapped addresses is the IPv4 block: that is how its clients are matched.
fn folded(base: u128, bits: u8) -> Entry {
    match (Ipv6Addr::from(base).to_ipv4_mapped(), bits.checked_sub(MAPPED_BITS)) {
        (Some(base), Some(bits)) => Entry::V4 { base: base.into(), bits },
        (Some(_), None) | (None, Some(_) | None) => Entry::V6 { base, bits },
    }
}

fn exact(holds: bool, entry: Entry, text: &str) -> Result<Entry, NetworkError> {
    if holds {
        return Ok(entry);
    }
    Err(NetworkError::HostBits { found: shorten(text), canonical: entry.to_string() })
}
