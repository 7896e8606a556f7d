//! `expires_at` (bad-input J-17): an exact moment in the future, or a refusal.

use crate::harness::{Site, Stage, Tally};
use serde_json::{Value, json};

fn refused() -> Vec<Value> {
    let written = [
        "2030-02-30T00:00:00Z",
        "2030-13-01T00:00:00Z",
        "2030-00-10T00:00:00Z",
        "2030-01-01T00:00:00",
        "2030-01-01",
        "2030-01-01T24:00:00Z",
        "2030-12-31T23:59:60Z",
        "2030-01-01T00:60:00Z",
        "10000-01-01T00:00:00Z",
        "-2030-01-01T00:00:00Z",
        "+002030-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
        "1900000000",
        "2030-01-01 00:00:00Z",
        "2030-01-01t00:00:00z",
        "2030-01-01T00:00:00z",
        "2030-01-01T00:00Z",
        "2030-01-01T00:00:00+2",
        "2030-01-01T00:00:00+0200",
        "2030-01-01T00:00:00+24:00",
        "2030-01-01T00:00:00+02:00[Europe/Paris]",
        "2030-01-01T00:00:00.1234567Z",
        "2030-01-01T00:00:00.Z",
        "2030-01-01T00:00:00,5Z",
        "20300101T000000Z",
        "2030-W01-1T00:00:00Z",
        "2030-001T00:00:00Z",
        "never",
        "",
        " 2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00Z ",
        "2030-01-01T00:00:00Z\n",
        "\u{662}030-01-01T00:00:00Z",
        "2030-01-01T00:00:00-00:00Z",
        "tomorrow",
        "P1D",
    ];
    let other = [
        json!(1_900_000_000),
        json!(1.9e9),
        json!(-1),
        json!(true),
        json!(["2030-01-01T00:00:00Z"]),
        json!({}),
    ];
    written.map(Value::from).into_iter().chain(other).collect()
}

#[test]
fn an_expiry_that_is_no_exact_moment_in_the_future_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"expires_at": "2090-01-01T00:00:00Z"}));
    let before = owner.census();
    let mut tally = Tally::default();
    for expiry in refused() {
        let made = owner.post(&owner.keys(), json!({"name": "k", "expires_at": expiry}).to_string());
        tally.admin(format_args!("create {expiry}"), &made, 400, "INVALID_ARGUMENT");
        let changed = owner.patch(&key.path(), &json!({"expires_at": expiry, "name": "renamed"}));
        tally.admin(format_args!("change {expiry}"), &changed, 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(an_expiry_is_kept_to_the_microsecond_in_utc);
fn an_expiry_is_kept_to_the_microsecond_in_utc(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for (written, shown) in [
        (json!("2090-01-01T00:00:00Z"), json!("2090-01-01T00:00:00Z")),
        (json!("2090-01-01T00:00:00.000001Z"), json!("2090-01-01T00:00:00.000001Z")),
        (json!("2090-01-01T05:45:00+05:45"), json!("2090-01-01T00:00:00Z")),
        (json!("2089-12-31T23:00:00-01:00"), json!("2090-01-01T00:00:00Z")),
        (json!("9999-12-30T00:00:00Z"), json!("9999-12-30T00:00:00Z")),
        (Value::Null, Value::Null),
    ] {
        let key = owner.key_with(json!({"expires_at": written}));
        tally.equal(format_args!("create {written}"), &owner.get(&key.path()).json()["expires_at"], &shown);
        tally.equal(format_args!("works {written}"), &owner.verify(&key).as_str(), &"allowed");
        let patched = owner.patch(&key.path(), &json!({"expires_at": written})).json();
        tally.equal(format_args!("change {written}"), &patched["expires_at"], &shown);
        let cleared = owner.patch(&key.path(), &json!({"expires_at": null})).json();
        tally.equal(format_args!("clear {written}"), &cleared["expires_at"], &Value::Null);
    }
    tally.end();
}
