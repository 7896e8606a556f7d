use super::{NetworkError, Networks};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn parse(text: &str) -> Result<Networks, NetworkError> {
    Networks::parse([text])
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn only_strict_forms_are_networks() {
    for text in [
        "",
        " ",
        "010.0.0.0/8",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/ 8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.1",
        "1.2.3",
        "0x7f.0.0.1",
        "2130706433",
        "127.1",
        "256.0.0.1",
        "1.2.3.4.5",
        "1..2.3",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0.0.0.255",
        "fe80::1%eth0/64",
        "[2001:db8::1]/128",
        "10.0.0.1:80",
        "2001:db8::/129",
        "2001:db8::/1280",
        "1::2::3",
        "**",
        "0.0.0.0/00",
        "10.0.0.0/8/8",
        "１.2.3.4",
    ] {
        assert!(matches!(parse(text), Err(NetworkError::Invalid(_))), "{text}");
    }
}

#[test]
fn entries_read_back_in_canonical_form() {
    for (text, canonical) in [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:DB8:0::1", "2001:db8::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.1.2.3", "10.1.2.3/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("*", "*"),
    ] {
        let shown: Vec<String> = parse(text).unwrap().entries().map(|entry| entry.to_string()).collect();
        assert_eq!(shown, [canonical], "{text}");
    }
}

#[test]
fn host_bits_are_refused_with_the_block_that_was_meant() {
    let error = parse("10.0.0.5/8").unwrap_err();
    assert_eq!(error, NetworkError::HostBits { found: "10.0.0.5/8".into(), canonical: "10.0.0.0/8".into() });
}

#[test]
fn a_block_that_mixes_mapped_and_other_addresses_is_refused() {
    for text in ["::ffff:0:0/90", "::fffe:0:0/95", "::/8"] {
        assert!(matches!(parse(text), Err(NetworkError::StraddlesV4Mapped(_))), "{text}");
    }
}

#[test]
fn host_bits_of_a_mapped_block_name_the_block_as_it_is_stored() {
    let error = parse("::ffff:10.0.0.5/104").unwrap_err();
    assert_eq!(error.to_string(), "`::ffff:10.0.0.5/104` has host bits set; write `10.0.0.0/8`");
}

#[test]
fn every_refusal_has_a_stable_code() {
    for (text, code) in [
        ("010.0.0.0/8", "invalid_cidr"),
        ("10.0.0.5/8", "cidr_host_bits"),
        ("::ffff:0:0/90", "cidr_straddles_v4_mapped"),
    ] {
        assert_eq!(parse(text).unwrap_err().code(), code, "{text}");
    }
    let texts = vec!["10.0.0.1"; 1001];
    assert_eq!(Networks::parse(texts).unwrap_err().code(), "too_many_items");
}

#[test]
fn entries_keep_their_order_and_are_there_once() {
    let networks = Networks::parse(["::/0", "10.0.0.1", "*", "::ffff:10.0.0.1", "10.0.0.1/32"]).unwrap();
    assert_eq!(format!("{networks:?}"), r#"["::/0", "10.0.0.1/32", "*"]"#);
}

#[test]
fn only_a_list_of_texts_is_read_back() {
    for json in [r#"[""]"#, "[null]", "[1]", r#""*""#, "null", r#"["10.0.0.5/8"]"#] {
        assert!(serde_json::from_str::<Networks>(json).is_err(), "{json}");
    }
    let none = serde_json::from_str::<Networks>("[]").unwrap();
    assert!(none.is_unrestricted() && none == Networks::default());
    assert_eq!(serde_json::to_string(&none).unwrap(), "[]");
}

#[test]
fn a_match_takes_nothing_from_the_heap() {
    let networks = Networks::parse(["10.0.0.0/8", "2001:db8::/32"]).unwrap();
    let client = ip("2001:db8::1");
    let measured = allocation_counter::measure(|| assert!(networks.allows(client)));
    assert_eq!(measured.count_total, 0);
}

#[test]
fn a_thousand_entries_are_the_most() {
    let texts: Vec<String> = (0..1001).map(|n| format!("10.0.{}.{}", n / 256, n % 256)).collect();
    assert!(Networks::parse(texts.iter().take(1000).map(String::as_str)).is_ok());
    assert_eq!(Networks::parse(texts.iter().map(String::as_str)), Err(NetworkError::TooMany));
}

#[test]
fn families_are_matched_independently() {
    for (entries, client, allowed) in [
        (&["10.0.0.0/8"][..], ip("10.1.2.3"), true),
        (&["10.0.0.0/8"], ip("::ffff:10.1.2.3"), true),
        (&["10.0.0.0/8"], ip("::10.1.2.3"), false),
        (&["10.0.0.0/8"], ip("64:ff9b::a01:203"), false),
        (&["10.0.0.0/8"], ip("11.0.0.1"), false),
        (&["0.0.0.0/0"], ip("2001:db8::1"), false),
        (&["::/0"], ip("10.0.0.1"), false),
        (&["::/0"], ip("::ffff:10.0.0.1"), false),
        (&["2001:db8::/32"], ip("2001:db8::1"), true),
        (&["*"], ip("2001:db8::1"), true),
        (&["*"], None, true),
        (&["0.0.0.0/0", "::/0"], None, true),
        (&["0.0.0.0/0"], None, false),
        (&[], None, true),
        (&[], ip("1.2.3.4"), true),
    ] {
        let networks = Networks::parse(entries.iter().copied()).unwrap();
        assert_eq!(networks.allows(client), allowed, "{entries:?} {client:?}");
    }
}

/// The first `bits` bits are equal, compared one by one.
fn naive(base: &[u8], bits: u8, address: &[u8]) -> bool {
    (0..usize::from(bits)).all(|bit| (base[bit / 8] ^ address[bit / 8]) & (0x80 >> (bit % 8)) == 0)
}

proptest! {
    #[test]
    fn v4_matches_a_bit_by_bit_model(base: u32, bits in 0u8..=32, flip in 0u32..32, other: u32, near: bool) {
        let base = base & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        let address = if near { base ^ (1 << flip) } else { other };
        let networks = parse(&format!("{}/{bits}", Ipv4Addr::from(base))).unwrap();
        let expected = naive(&base.to_be_bytes(), bits, &address.to_be_bytes());
        prop_assert_eq!(networks.allows(Some(Ipv4Addr::from(address).into())), expected);
    }

    #[test]
    fn v6_matches_a_bit_by_bit_model(base: u128, bits in 8u8..=128, flip in 0u32..128, other: u128, near: bool) {
        // Outside the mapped block, which is IPv4's.
        let base = (base | 1 << 127) & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
        let address = if near { base ^ (1 << flip) } else { other };
        let networks = parse(&format!("{}/{bits}", Ipv6Addr::from(base))).unwrap();
        let expected = naive(&base.to_be_bytes(), bits, &address.to_be_bytes());
        prop_assert_eq!(networks.allows(Some(Ipv6Addr::from(address).into())), expected);
    }

    #[test]
    fn an_entry_survives_being_stored(base: u128, bits in 0u8..=128, mapped: bool) {
        let base = if mapped { base & 0xffff_ffff | 0xffff_0000_0000 } else { base };
        let base = base & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
        let Ok(networks) = parse(&format!("{}/{bits}", Ipv6Addr::from(base))) else { return Ok(()) };
        let shown: Vec<String> = networks.entries().map(|entry| entry.to_string()).collect();
        prop_assert_eq!(Networks::parse(shown.iter().map(String::as_str)).unwrap(), networks);
    }

    #[test]
    fn a_list_survives_being_stored(bits in 0u8..=32, base: u32, star: bool) {
        let base = base & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        let mut texts = vec![format!("{}/{bits}", Ipv4Addr::from(base)), "2001:db8::/32".to_owned()];
        if star { texts.push("*".to_owned()); }
        let networks = Networks::parse(texts.iter().map(String::as_str)).unwrap();
        let stored = serde_json::to_string(&networks).unwrap();
        prop_assert_eq!(serde_json::from_str::<Networks>(&stored).unwrap(), networks);
    }
}
