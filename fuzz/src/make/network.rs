//! Lists of networks, and addresses at their edges.

use crate::random::Random;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const V4: [&str; 7] =
    ["10.0.0.0", "10.1.2.3", "203.0.113.7", "0.0.0.0", "255.255.255.255", "128.0.0.0", "127.0.0.1"];
const V6: [&str; 9] = [
    "2001:db8::",
    "2001:db8::1",
    "::",
    "::1",
    "::ffff:0:0",
    "::ffff:10.1.2.3",
    "::10.1.2.3",
    "64:ff9b::a01:203",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];
const V4_BITS: [usize; 10] = [0, 1, 7, 8, 9, 24, 30, 31, 32, 33];
const V6_BITS: [usize; 16] = [0, 1, 32, 63, 64, 79, 80, 81, 90, 95, 96, 97, 104, 127, 128, 129];

/// An entry that is mostly right.
pub(crate) fn entry(random: &mut Random) -> String {
    if random.chance(6) {
        return "*".to_owned();
    }
    let (address, bits): (IpAddr, usize) = if random.chance(55) {
        (read(random.pick(&V4)), random.one_of(&V4_BITS).copied().unwrap_or_default())
    } else {
        (read(random.pick(&V6)), random.one_of(&V6_BITS).copied().unwrap_or_default())
    };
    if random.chance(20) {
        return shown(random, address);
    }
    // Host bits stay where they are now and then.
    let address = if random.chance(92) { first(address, bits) } else { address };
    format!("{}/{bits}", shown(random, address))
}

/// An entry with a small mistake in so many of a hundred.
pub(crate) fn mistaken(random: &mut Random, percent: usize) -> String {
    let entry = entry(random);
    if !random.chance(percent) {
        return entry;
    }
    let odd = random
        .pick(&["0", "1", ".", ":", "/", "/8", " ", "+", "%eth0", "[", "]", "x", "*", "::", "é", ":80"]);
    let at = random.below(entry.len() + 1);
    match random.below(4) {
        0 => entry.chars().enumerate().filter(|(index, _)| *index != at).map(|(_, kept)| kept).collect(),
        1 => entry.replacen('/', "/0", 1),
        2 => entry.replacen('/', odd, 1),
        _ => entry.split_at_checked(at).map_or(entry.clone(), |(head, tail)| format!("{head}{odd}{tail}")),
    }
}

/// A client: inside, at the edge of or beside one of the networks, or anywhere.
pub(crate) fn client(random: &mut Random, entries: &[String]) -> Option<IpAddr> {
    if random.chance(20) {
        return None;
    }
    let written = random.one_of(entries).filter(|_| random.chance(85));
    let (address, bits) = match written.and_then(|entry| entry.split_once('/')) {
        Some((address, bits)) => (address.parse().ok()?, bits.parse().ok()?),
        None if random.chance(50) => (read(random.pick(&V4)), 128),
        None => (read(random.pick(&V6)), 128),
    };
    let edge = match random.below(5) {
        0 => address,
        1 => last(address, bits),
        2 => beside(last(address, bits), 1),
        3 => beside(address, -1),
        _ => beside(address, 1),
    };
    Some(dressed(random, edge))
}

fn read(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| unreachable!("`{text}` is an address"))
}

/// An IPv4 address in IPv6 clothes, or out of them.
fn dressed(random: &mut Random, address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if random.chance(20) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) if random.chance(20) => address.to_canonical(),
        IpAddr::V4(_) | IpAddr::V6(_) => address,
    }
}

fn shown(random: &mut Random, address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) if random.chance(6) => format!("::ffff:{address}"),
        IpAddr::V6(address) if random.chance(6) => {
            address.segments().map(|part| format!("{part:X}")).join(":")
        }
        IpAddr::V4(_) | IpAddr::V6(_) => address.to_string(),
    }
}

fn first(address: IpAddr, bits: usize) -> IpAddr {
    changed(address, bits, |address, host| address & !host)
}

fn last(address: IpAddr, bits: usize) -> IpAddr {
    changed(address, bits, |address, host| address | host)
}

fn beside(address: IpAddr, step: i8) -> IpAddr {
    changed(address, 128, |address, _| address.wrapping_add_signed(i128::from(step)))
}

/// The address as a number, and the bits that are not of the prefix.
fn changed(address: IpAddr, bits: usize, change: impl Fn(u128, u128) -> u128) -> IpAddr {
    let host = |width: u32| {
        let bits = u32::try_from(bits).unwrap_or(width).min(width);
        u128::MAX.checked_shr(128 - (width - bits)).unwrap_or(0)
    };
    match address {
        IpAddr::V4(address) => {
            let number = change(u128::from(address.to_bits()), host(32)) & u128::from(u32::MAX);
            Ipv4Addr::from_bits(u32::try_from(number).unwrap_or_default()).into()
        }
        IpAddr::V6(address) => Ipv6Addr::from_bits(change(address.to_bits(), host(128))).into(),
    }
}
