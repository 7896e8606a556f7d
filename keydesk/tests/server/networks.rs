//! Where a key may be used from (bad-input C): one strict spelling, kept canonical, acted on.

use crate::harness::{Site, Stage, Tally};
use serde_json::{Value, json};

fn refused() -> Vec<(&'static str, Value)> {
    let one = |entry: &str| json!([entry]);
    let mut cases: Vec<(&'static str, Value)> = vec![
        ("C-01", one("010.0.0.0/8")),
        ("C-02", one("10.0.0.0/08")),
        ("C-02", one("10.0.0.0/+8")),
        ("C-02", one("10.0.0.0/ 8")),
        ("C-02", one(" 10.0.0.0/8")),
        ("C-02", one("10.0.0.0/8\n")),
        ("C-03 host bits", one("10.0.0.5/8")),
        ("C-03 host bits", one("2001:db8::1/32")),
        ("C-04", one("10.1")),
        ("C-04", one("1.2.3")),
        ("C-04", one("0x7f.0.0.1")),
        ("C-04", one("2130706433")),
        ("C-04", one("127.1")),
        ("C-05", one("256.0.0.1")),
        ("C-05", one("1.2.3.4.5")),
        ("C-05", one("1..2.3")),
        ("C-06", one("10.0.0.0/33")),
        ("C-06", one("10.0.0.0/-1")),
        ("C-06", one("10.0.0.0/")),
        ("C-06", one("10.0.0.0/8/8")),
        ("C-06", one("10.0.0.0/4294967304")),
        ("C-06", one("2001:db8::/129")),
        ("C-07", one("10.0.0.0/255.0.0.0")),
        ("C-07", one("10.0.0.0/0.0.0.255")),
        ("C-11", one("::ffff:0:0/90")),
        ("C-12", one("1:2:3:4:5:6:7:8:9")),
        ("C-12", one("2001:db8::1::2")),
        ("C-13", one("fe80::1%eth0/64")),
        ("C-13", one("fe80::1%25eth0")),
        ("C-14", one("[2001:db8::1]/128")),
        ("C-14", one("10.0.0.1:80")),
        ("C-15 a host", one("localhost")),
        ("C-15 a range", one("10.0.0.1-10.0.0.9")),
        ("C-15 partial star", one("10.*")),
        ("C-15 star", one("*/0")),
        ("C-15 full width", one("\u{ff11}0.0.0.1")),
        ("C-15 Arabic digits", one("\u{661}0.0.0.1")),
        ("C-15 NUL", one("10.0.0.1\0")),
        ("C-16", one("")),
        ("C-16", json!([null])),
        ("C-16", json!([1])),
        ("C-16", json!([["10.0.0.0/8"]])),
        ("C-16", json!("10.0.0.0/8")),
        ("C-16", json!({"0": "10.0.0.0/8"})),
        ("C-18 one bad among good", json!(["10.0.0.0/8", "::1", "x"])),
    ];
    let many: Vec<String> =
        (0..1001).map(|number| format!("10.0.{}.{}", number / 256, number % 256)).collect();
    cases.push(("C-19", json!(many)));
    cases
}

#[test]
fn a_list_that_could_be_read_in_two_ways_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"allowed_ip_cidrs": ["192.0.2.0/24"]}));
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, list) in refused() {
        let shown: String = list.to_string().chars().take(60).collect();
        let made = owner.post(&owner.keys(), json!({"name": "k", "allowed_ip_cidrs": list}).to_string());
        tally.admin(format_args!("{case} create {shown}"), &made, 400, "INVALID_ARGUMENT");
        let changed = owner.patch(&key.path(), &json!({"name": "renamed", "allowed_ip_cidrs": list}));
        tally.admin(format_args!("{case} change {shown}"), &changed, 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(a_list_is_kept_and_shown_in_canonical_form);
fn a_list_is_kept_and_shown_in_canonical_form(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let thousand: Vec<String> =
        (0..1000).map(|number| format!("10.0.{}.{}/32", number / 256, number % 256)).collect();
    let cases = [
        ("C-08", json!(["203.0.113.7"]), json!(["203.0.113.7/32"])),
        ("C-09", json!(["2001:DB8:0::1"]), json!(["2001:db8::1/128"])),
        ("C-10", json!(["::ffff:10.0.0.0/104"]), json!(["10.0.0.0/8"])),
        ("C-10", json!(["::ffff:10.1.2.3"]), json!(["10.1.2.3/32"])),
        ("C-17", json!([]), json!([])),
        ("C-17", Value::Null, json!([])),
        ("C-18", json!(["0.0.0.0/0", "::/0"]), json!(["0.0.0.0/0", "::/0"])),
        ("C-18", json!(["*"]), json!(["*"])),
        ("twice", json!(["10.0.0.0/8", "10.0.0.0/8", "::ffff:a00:0/104"]), json!(["10.0.0.0/8"])),
        ("C-19", json!(thousand), json!(thousand)),
    ];
    let mut tally = Tally::default();
    for (case, written, shown) in cases {
        let key = owner.key_with(json!({"allowed_ip_cidrs": written}));
        tally.equal(case, &owner.get(&key.path()).json()["allowed_ip_cidrs"], &shown);
        let other = owner.key_with(json!({"allowed_ip_cidrs": ["192.0.2.0/24"]}));
        tally.equal(
            case,
            &owner.patch(&other.path(), &json!({"allowed_ip_cidrs": written})).json()["allowed_ip_cidrs"],
            &shown,
        );
    }
    tally.end();
}

#[test]
fn a_key_is_allowed_from_its_networks_only() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (no, yes) = ("ip_not_allowed", "allowed");
    let ten = json!(["10.0.0.0/8"]);
    let cases = [
        ("C-20", &ten, json!("::ffff:10.1.2.3"), yes),
        ("in", &ten, json!("10.255.255.255"), yes),
        ("out", &ten, json!("11.0.0.0"), no),
        ("C-22", &ten, json!("::10.1.2.3"), no),
        ("C-23", &ten, json!("64:ff9b::a01:203"), no),
        ("6to4", &ten, json!("2002:a01:203::1"), no),
        ("unknown", &ten, Value::Null, no),
        ("family", &json!(["::/0"]), json!("10.1.2.3"), no),
        ("family", &json!(["::/0"]), json!("::ffff:10.1.2.3"), no),
        ("family", &json!(["0.0.0.0/0"]), json!("2001:db8::1"), no),
        ("half", &json!(["0.0.0.0/0"]), Value::Null, no),
        ("both", &json!(["0.0.0.0/0", "::/0"]), Value::Null, yes),
        ("star", &json!(["*"]), Value::Null, yes),
        ("none", &json!([]), Value::Null, yes),
        ("one", &json!(["2001:db8::1"]), json!("2001:db8::2"), no),
    ];
    let mut tally = Tally::default();
    for (case, list, client, code) in cases {
        let key = owner.key_with(json!({"allowed_ip_cidrs": list}));
        let found = owner.verdict(&json!({"key": key.value, "client_ip": client}));
        tally.equal(format_args!("{case} {list} {client}"), &found.as_str(), &code);
    }
    let key = owner.key_with(json!({"allowed_ip_cidrs": ten}));
    for client in ["", "10.1", "010.0.0.1", "10.0.0.1:80", "[::1]", "unknown", "10.0.0.1 ", "fe80::1%eth0"] {
        let answer = owner.ask(&json!({"key": key.value, "client_ip": client}));
        tally.problem(format_args!("client_ip {client:?}"), &answer, 400, "malformed_request");
    }
    tally.end();
}
