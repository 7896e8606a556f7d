//! The format of a key, its checksum and its digest.

use crate::given::{pepper, rng};
use domain::{Catalog, KeySecret, Malformed, Pepper, Presented};
use hmac::{Hmac, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

fn parse(text: &str) -> Result<Presented, Malformed> {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    Presented::parse(text, &CATALOG, &pepper())
}

fn generated(seed: u8, prefix: &str) -> String {
    KeySecret::generate(prefix, &mut rng(seed)).expose().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Written from the page on the key format: `zlib.crc32`, bit by bit.
fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0, |rest: u32, byte| {
        (0..8).fold(
            rest ^ u32::from(byte),
            |rest, _| if rest & 1 == 1 { rest >> 1 ^ 0xedb8_8320 } else { rest >> 1 },
        )
    })
}

/// The text and the checksum that belongs to it.
fn with_checksum(body: &str) -> String {
    let digits = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect::<Vec<_>>();
    let crc = crc32(body) as usize;
    let sum: String = (0..6u32).rev().map(|place| digits[crc / 62usize.pow(place) % 62]).collect();
    format!("{body}{sum}")
}

/// A key of each class, its CRC-32 computed by Python's zlib and its digest by Python's hmac and hashlib.
const VECTORS: [(&str, &str); 3] = [
    (
        "rpa_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCD29cKaJ",
        "4e7f816bb195abaa67bfe7da7c6a2c5f4219220bf8bb569350ecff68192816ee",
    ),
    (
        "avyex_Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z949xELY",
        "92711912ef22e1db30984c5e72a4b3676732eb758449250a75d0026c88bb6c31",
    ),
    (
        "rpa_00000000000000000000000000000000000000003Fjsda",
        "72bd622eaf2a9e95e3bc055dff9e7457c7fce988e0cdf40465e93cbd9e223977",
    ),
];

#[test]
fn a_key_is_accepted_with_the_checksum_that_zlib_computes() {
    for (key, _) in VECTORS {
        assert!(parse(key).is_ok(), "{key}");
    }
}

#[test]
fn a_small_checksum_is_padded_with_zeros() {
    assert!(parse("rpa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA000037300E6p9").is_ok());
}

#[test]
fn a_digest_is_the_hmac_under_the_pepper_of_the_sha_256_of_the_whole_key() {
    for (key, digest) in VECTORS {
        assert_eq!(hex(parse(key).unwrap().digest().as_bytes()), digest, "{key}");
    }
}

proptest! {
    /// Of every length, so that the end of the text falls on each side of the end of a block.
    #[test]
    fn a_digest_is_what_a_general_hmac_makes_it(pepper: [u8; 32], key in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&pepper).unwrap();
        mac.update(&Sha256::digest(&key));
        let expected = <[u8; 32]>::from(mac.finalize().into_bytes());
        let digest = Pepper::new(&pepper).digest(&key);
        prop_assert_eq!(digest.as_bytes(), &expected);
    }
}

#[test]
fn a_different_pepper_gives_a_different_digest() {
    let key = generated(1, "rpa");
    assert_ne!(Pepper::new(&[1; 32]).digest(key.as_bytes()), Pepper::new(&[2; 32]).digest(key.as_bytes()));
}

#[test]
fn a_key_known_only_by_its_sha_256_has_the_same_digest() {
    // hashlib.sha256 of the first vector.
    let sha256 = [
        0xe2, 0x97, 0x6e, 0x09, 0x25, 0x34, 0x5e, 0xf2, 0xe3, 0xa1, 0xbc, 0xc3, 0x49, 0xad, 0x04, 0x2f, 0x85,
        0x82, 0xe6, 0xb6, 0x0a, 0xbd, 0x11, 0x95, 0x3b, 0x69, 0x39, 0xe9, 0xa8, 0x8d, 0x1d, 0x47,
    ];
    assert_eq!(hex(pepper().digest_of_sha256(&sha256).as_bytes()), VECTORS[0].1);
}

#[test]
fn a_default_key_is_fifty_characters_long() {
    let key = generated(1, "rpa");
    assert_eq!(key.len(), 50);
    assert!(key[4..44].bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{key}");
}

#[test]
fn a_key_of_every_class_is_accepted() {
    for class in Catalog::builtin().classes() {
        assert!(parse(&generated(1, &class.prefix)).is_ok(), "{}", class.prefix);
    }
}

#[test]
fn a_prefix_of_no_class_is_malformed_even_with_its_own_checksum() {
    for prefix in ["rpb", "RPA", "rp", "rpaa", "", "rpa_test", "avye", " rpa", "sk"] {
        assert_eq!(parse(&generated(1, prefix)).err(), Some(Malformed), "{prefix}");
    }
}

#[test]
fn a_wrong_alphabet_is_malformed_even_with_its_own_checksum() {
    let random = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABC";
    assert!(parse(&with_checksum(&format!("rpa_{random}D"))).is_ok());
    for odd in
        ["a", "z", "_", "-", " ", "\0", "\n", "Ａ", "А", "é", "\u{301}", "\u{feff}", "/", "[", "@", ":"]
    {
        for body in [format!("rpa_{random}{odd}"), format!("rpa_{odd}{random}")] {
            assert_eq!(parse(&with_checksum(&body)).err(), Some(Malformed), "{body:?}");
        }
    }
}

#[test]
fn a_wrong_length_is_malformed_even_with_its_own_checksum() {
    for count in (0..=80).filter(|count| *count != 40) {
        let body = format!("rpa_{}", "A".repeat(count));
        assert_eq!(parse(&with_checksum(&body)).err(), Some(Malformed), "{count}");
    }
}

#[test]
fn look_alikes_and_company_around_a_key_are_malformed() {
    let key = generated(1, "rpa");
    let full_width = |text: &str| -> String {
        text.chars().map(|plain| char::from_u32(u32::from(plain) + 0xfee0).unwrap()).collect()
    };
    for text in [
        format!("\u{feff}{key}"),
        format!("{key}\u{feff}"),
        format!(" {key}"),
        format!("{key} "),
        format!("{key}\n"),
        format!("\t{key}"),
        format!("{key}\u{b}"),
        format!("{key}\u{a0}"),
        format!("{key}\0"),
        format!("\0{key}"),
        format!("{key}\u{301}"),
        format!("\"{key}\""),
        format!("Bearer {key}"),
        key.to_lowercase(),
        key.to_uppercase(),
        key.replace('_', "-"),
        key.replace('_', "＿"),
        full_width(&key),
        key.replacen("rpa", "грa", 1),
        format!("{key}{key}"),
        format!("{key},{key}"),
        key.repeat(20_000),
    ] {
        assert_eq!(parse(&text).err(), Some(Malformed), "{:?}", text.chars().take(80).collect::<String>());
    }
}

#[test]
fn a_digest_is_no_key() {
    let key = generated(1, "rpa");
    let digest = pepper().digest(key.as_bytes());
    assert_eq!(parse(&hex(digest.as_bytes())).err(), Some(Malformed));
    assert_eq!(parse(&format!("rpa_{}", hex(digest.as_bytes()))).err(), Some(Malformed));
}

#[test]
fn naughty_strings_are_malformed() {
    let strings: Vec<String> =
        serde_json::from_str(include_str!("../../../tests/vectors/naughty-strings.json")).unwrap();
    assert!(strings.len() > 400);
    let around =
        |text: &String| [text.clone(), format!("rpa_{text}"), format!("{text}_{}", &VECTORS[0].0[4..])];
    for text in strings.iter().flat_map(around) {
        assert_eq!(parse(&text).err(), Some(Malformed), "{text:?}");
    }
}

#[test]
fn each_random_character_is_equally_likely_at_each_place() {
    const KEYS: usize = 5_000;
    let mut rng = rng(7);
    let mut counts = [[0f64; 36]; 40];
    for _ in 0..KEYS {
        let key = KeySecret::generate("rpa", &mut rng);
        for (place, byte) in key.expose().bytes().skip(4).take(40).enumerate() {
            let symbol = if byte.is_ascii_digit() { byte - b'0' + 26 } else { byte - b'A' };
            counts[place][usize::from(symbol)] += 1.0;
        }
    }
    let chi_square = |counts: &[f64], expected: f64| -> f64 {
        counts.iter().map(|count| (count - expected).powi(2) / expected).sum()
    };
    // 35 degrees of freedom: one honest generator in a million exceeds 88; 40 places are looked at.
    for place in &counts {
        assert!(chi_square(place, KEYS as f64 / 36.0) < 88.0, "{place:?}");
    }
    let total: Vec<f64> = (0..36).map(|symbol| counts.iter().map(|place| place[symbol]).sum()).collect();
    assert!(chi_square(&total, KEYS as f64 * 40.0 / 36.0) < 88.0, "{total:?}");
}

#[test]
fn secrets_show_their_type_and_nothing_else() {
    let secret = KeySecret::generate("rpa", &mut rng(1));
    assert_eq!(format!("{secret:?} {secret:#?}"), "KeySecret KeySecret");
    assert_eq!(format!("{:?} {:#?}", pepper(), pepper()), "Pepper Pepper");
    let digest = pepper().digest(b"x");
    assert_eq!(format!("{digest:?} {digest:#?}"), "Digest Digest");
    assert_eq!(format!("{:?}", parse(secret.expose()).unwrap()), "Presented { digest: Digest }");
}

#[test]
fn a_hint_shows_the_prefix_and_four_characters_at_each_end() {
    for prefix in ["rpa", "avyex"] {
        let secret = KeySecret::generate(prefix, &mut rng(1));
        let random = secret.expose().strip_prefix(&format!("{prefix}_")).unwrap();
        assert_eq!(secret.hint(), format!("{prefix}_{}…{}", &random[..4], &random[42..]));
    }
}

/// Any character a text may hold, the ones of a key more often.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![proptest::char::range('0', 'z'), any::<char>()]
}

proptest! {
    #[test]
    fn a_generated_key_is_accepted(seed: u8, class in 0usize..3) {
        let prefix = ["rpa", "avyex", "avyad"][class];
        let key = generated(seed, prefix);
        prop_assert_eq!(key.len(), prefix.len() + 47);
        prop_assert!(parse(&key).is_ok());
        prop_assert_eq!(with_checksum(&key[..key.len() - 6]), key);
    }

    #[test]
    fn every_change_of_one_character_is_malformed(seed: u8, place in 0usize..50, other in character()) {
        let key = generated(seed, "rpa");
        let mut characters: Vec<char> = key.chars().collect();
        prop_assume!(characters[place] != other);
        characters[place] = other;
        prop_assert_eq!(parse(&characters.iter().collect::<String>()).err(), Some(Malformed));
    }

    #[test]
    fn every_truncation_and_extension_is_malformed(seed: u8, cut in 1usize..50, place in 0usize..=50, more in character()) {
        let key = generated(seed, "rpa");
        prop_assert_eq!(parse(&key[cut..]).err(), Some(Malformed));
        prop_assert_eq!(parse(&key[..cut]).err(), Some(Malformed));
        let mut longer = key.clone();
        longer.insert(place, more);
        prop_assert_eq!(parse(&longer).err(), Some(Malformed));
        let mut shorter = key;
        shorter.remove(place.min(49));
        prop_assert_eq!(parse(&shorter).err(), Some(Malformed));
    }

    #[test]
    fn two_swapped_characters_are_malformed(seed: u8, one in 0usize..50, other in 0usize..50) {
        let key = generated(seed, "rpa");
        let mut bytes = key.clone().into_bytes();
        prop_assume!(bytes[one] != bytes[other]);
        bytes.swap(one, other);
        // CRC-32 finds every burst of up to 32 bits; a wider one slips through once in four thousand million.
        prop_assert_eq!(parse(std::str::from_utf8(&bytes).unwrap()).err(), Some(Malformed));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        let _ = parse(&text);
        let _ = parse(&format!("rpa_{text}"));
    }
}

#[test]
fn every_single_character_change_of_one_key_is_malformed() {
    let (key, _) = VECTORS[0];
    for place in 0..key.len() {
        for other in (0u8..128).filter(|other| *other != key.as_bytes()[place]) {
            let mut bytes = key.as_bytes().to_vec();
            bytes[place] = other;
            assert_eq!(parse(std::str::from_utf8(&bytes).unwrap()).err(), Some(Malformed), "{place} {other}");
        }
    }
}
