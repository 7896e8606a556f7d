//! Strings presented as keys (bad-input K): nothing but the key itself is the key.

use crate::harness::{Site, Stage, Tally};
use serde_json::json;

const NAUGHTY: &str = include_str!("../../../tests/vectors/naughty-strings.json");

/// The last six characters of a key: CRC-32/ISO-HDLC over what is before them, in base 62.
fn checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        (0..8).for_each(|_| crc = (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)));
    }
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let crc = !crc as usize;
    (0..6).rev().map(|place| char::from(digits[crc / 62_usize.pow(place) % 62])).collect()
}

#[test]
fn what_is_not_exactly_a_key_is_malformed_or_unknown() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key().value;
    let (body, sum) = key.split_at(44);
    assert_eq!(checksum(body), sum);
    let with = |body: &str| format!("{body}{}", checksum(body));
    let last = if key.ends_with('0') { '1' } else { '0' };
    let mut tally = Tally::default();
    for (case, presented, code) in [
        ("itself", key.clone(), "allowed"),
        ("K-07", key[..49].into(), "malformed"),
        ("K-08", format!("{key}0"), "malformed"),
        ("K-09 checksum", format!("{}{last}", &key[..49]), "malformed"),
        ("K-10 prefix", with(&body.replace("rpa_", "rpa_test_")), "malformed"),
        ("K-10 another class", with(&body.replace("rpa_", "avyad_")), "unknown"),
        ("K-10 no class", with(&body.replace("rpa_", "rpx_")), "malformed"),
        ("K-11", with(&format!("rpa_{}", "A".repeat(40))), "unknown"),
        ("lower case", key.to_lowercase(), "malformed"),
        ("lower case, right checksum", with(&body.to_lowercase()), "malformed"),
        ("K-23 full width", key.replace("rpa", "\u{ff52}\u{ff50}\u{ff41}"), "malformed"),
        ("K-23 Cyrillic", key.replace('a', "\u{430}"), "malformed"),
        ("K-23 BOM", format!("\u{feff}{key}"), "malformed"),
        ("K-23 combining", format!("{key}\u{301}"), "malformed"),
        ("K-25 space", format!(" {key}"), "malformed"),
        ("K-25 tab", format!("{key}\t"), "malformed"),
        ("K-25 NBSP", format!("{key}\u{a0}"), "malformed"),
        ("line break", format!("{key}\n"), "malformed"),
        ("NUL", format!("{key}\0"), "malformed"),
        ("quoted", format!("\"{key}\""), "malformed"),
        ("scheme", format!("Bearer {key}"), "malformed"),
        ("twice", format!("{key}{key}"), "malformed"),
        ("empty", String::new(), "malformed"),
        ("K-31 a token", owner.token.clone(), "malformed"),
        ("60 KiB", "x".repeat(60 << 10), "malformed"),
        ("60 KiB", format!("rpa_{}", "A".repeat(60 << 10)), "malformed"),
    ] {
        let shown: String = presented.chars().take(60).collect();
        tally.equal(
            format_args!("{case} {shown}"),
            &owner.verdict(&json!({"key": presented})).as_str(),
            &code,
        );
    }
    let id = owner.key().id;
    tally.equal("K-34", &owner.verdict(&json!({"key": id})).as_str(), &"malformed");
    tally.end();
}

both!(naughty_strings_break_nothing_wherever_they_stand);
fn naughty_strings_break_nothing_wherever_they_stand(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (key, strings) = (owner.key().value, serde_json::from_str::<Vec<String>>(NAUGHTY).unwrap());
    assert!(strings.len() > 500);
    let mut tally = Tally::default();
    for text in &strings {
        let decided = owner.ask(&json!({"key": text}));
        tally.that(
            decided.status == 200 && decided.json()["allowed"] == false,
            format_args!("K-38 {text:?}"),
            &decided,
        );
        for question in [
            json!({"key": key, "client_ip": text}),
            json!({"key": key, "organization_id": text}),
            json!({"key": key, "action": text, "resource": "GRAPHQL"}),
            json!({"key": key, "action": "read", "resource": text}),
            json!({"key": key, "action": "read", "resource": ["THING", text, null]}),
        ] {
            let answer = owner.ask(&question);
            let refused =
                answer.status == 400 && answer.problem_code().as_deref() == Some("malformed_request");
            let denied = answer.status == 200 && answer.json()["allowed"] == false;
            tally.that(
                refused || denied || question["client_ip"].is_string() && answer.status == 200,
                &question,
                &answer,
            );
        }
        let named = owner.post(&owner.keys(), json!({"name": text}).to_string());
        let kept = named.status == 200 && named.json()["key"]["name"] == text.as_str();
        tally.that(
            kept || named.admin_code().as_deref() == Some("INVALID_ARGUMENT"),
            format_args!("name {text:?}"),
            &named,
        );
    }
    tally.equal("still there", &owner.verdict(&json!({"key": key})).as_str(), &"allowed");
    tally.end();
}
