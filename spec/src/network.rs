//! From where a key may be used (compat 3.4, "Allowed-IP semantics"; bad-input 3.2; api, "Networks").

use std::net::IpAddr;

/// How many bits the addresses of its family have, and those that its own begin with, as characters `0` and `1`.
pub type Network = (usize, String);

/// compat 3.2: an empty list is no restriction. v4 and v6 are matched independently.
pub fn allows(entries: &[String], client: Option<IpAddr>) -> bool {
    let Some(list) = networks(entries) else { return false };
    // api, "Networks": not known, it must be everywhere, and a family is whole in one entry or not at all.
    let everywhere = || [32, 128].iter().all(|width| list.contains(&(*width, String::new())));
    let inside =
        |bits: String| list.iter().any(|(width, start)| *width == bits.len() && bits.starts_with(start));
    list.is_empty() || client.map(bits).map_or_else(everywhere, inside)
}

/// A list as it is written, at most 1,000 entries (bad-input C-19).
pub fn networks(entries: &[String]) -> Option<Vec<Network>> {
    let mut list = Vec::new();
    for entry in entries {
        match entry.as_str() {
            "*" => list.extend([(32, String::new()), (128, String::new())]),
            entry => list.push(network(entry)?),
        }
    }
    (entries.len() <= 1000).then_some(list)
}

fn network(entry: &str) -> Option<Network> {
    let (address, prefix) = entry.split_once('/').map_or((entry, None), |(a, p)| (a, Some(p)));
    // The standard library takes four plain decimal numbers and RFC 4291's forms; no octal, zone, port or bracket.
    let address: IpAddr = address.parse().ok()?;
    let widest: usize = if address.is_ipv4() { 32 } else { 128 };
    // bad-input C-02: no sign, no space, no leading zero.
    let plain =
        |length: &usize| *length <= widest && prefix.is_none_or(|prefix| length.to_string() == prefix);
    let length = prefix.map_or(Some(widest), |prefix| prefix.parse().ok()).filter(plain)?;
    let bits = bits(address);
    // bad-input C-10 and C-11: a mapped block is the IPv4 block; a wider one holds others, too, and is refused.
    let (network, host) = bits.split_at(length.checked_sub(widest - bits.len())?);
    let mapped = format!("{:0128b}", 0xffff_u128 << 32).starts_with(network) && bits.len() == 128;
    // compat 3.4: host bits set are refused. architecture, "API key": `/0` is accepted.
    (!host.contains('1') && (!mapped || length == 0)).then(|| (bits.len(), network.to_owned()))
}

/// compat 3.4: `::ffff:a.b.c.d` is treated as IPv4.
fn bits(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{:032b}", address.to_bits()),
        IpAddr::V6(address) => format!("{:0128b}", address.to_bits()),
    }
}
