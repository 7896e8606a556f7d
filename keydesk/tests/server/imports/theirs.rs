//! An import is no oracle and no hijack: whoever has a key already, the answer is the same, and the key is theirs.

use super::{STRONG, code, import, keys, path};
use crate::harness::{Answer, Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

const OLD: &str = "a value that was imported by somebody";

/// Another tenant's keys, in every state a key can be in.
fn victims(stranger: &Tenant) -> Vec<(&'static str, String)> {
    let made = |fields: Value| stranger.key_with(fields);
    let (active, off, dead, gone) =
        (made(json!({})), made(json!({"enabled": false})), made(json!({})), removed(stranger));
    assert_eq!(stranger.delete(&dead.path()).status, 202);
    let entries = json!([
        {"name": "legacy", "value": OLD, "graphql": "read_only"},
        {"name": "dead legacy", "value": STRONG, "graphql": "read_only"},
    ]);
    assert_eq!(import(stranger, &entries).status, 200);
    let dead_legacy = keys(stranger, "all").into_iter().find(|key| key["name"] == "dead legacy").unwrap();
    let id = dead_legacy["id"].as_str().unwrap();
    assert_eq!(stranger.delete(&format!("/admin/api-keys/{id}")).status, 202);
    vec![
        ("active", active.value),
        ("disabled", off.value),
        ("revoked", dead.value),
        ("of a removed project", gone.value),
        ("legacy", OLD.to_owned()),
        ("revoked legacy", STRONG.to_owned()),
    ]
}

/// A key whose project is removed.
fn removed(tenant: &Tenant) -> Key {
    let made = tenant.post("/admin/projects", json!({"name": "short-lived"}).to_string());
    let project = made.json()["id"].as_str().unwrap().to_owned();
    let inside = Tenant { project: project.clone(), ..tenant.clone() };
    let key = inside.key();
    assert_eq!(tenant.delete(&format!("/admin/projects/{project}")).status, 202);
    key
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All but the one id in it that differs from answer to answer.
fn said(answer: Answer) -> Value {
    answer.json()
}

both!(a_key_that_is_somebodys_cannot_be_imported_and_nobody_learns_whose_it_is);
fn a_key_that_is_somebodys_cannot_be_imported_and_nobody_learns_whose_it_is(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let own = owner.key();
    let victims = victims(&stranger);
    let before = (owner.census(), stranger.census());
    let codes = |tenant: &Tenant| victims.iter().map(|(_, value)| code(tenant, value)).collect::<Vec<_>>();
    let verdicts = codes(owner);
    let mut tally = Tally::default();
    let mine = said(import(owner, &json!([{"name": "x", "value": own.value, "graphql": "read_write"}])));
    tally.equal(
        "the sentence",
        &mine["error"]["details"]["lines"][0]["message"],
        &json!("cannot be imported"),
    );
    for (state, value) in &victims {
        let raw = json!([{"name": "x", "value": value, "graphql": "read_write"}]);
        tally.equal(state, &said(import(owner, &raw)), &mine);
        let digest = json!([{"name": "x", "sha256": sha256(value), "graphql": "read_write", "allowed_ip_cidrs": ["*"]}]);
        let answer = owner.post(&format!("{}?allow_weak=true", path(owner)), digest.to_string());
        tally.equal(format_args!("digest of {state}"), &said(answer), &mine);
    }
    tally.equal("nothing changed", &(owner.census(), stranger.census()), &before);
    tally.equal("no verdict changed", &codes(owner), &verdicts);
    tally.end();
}

both!(one_bad_line_keeps_all_the_others_out);
fn one_bad_line_keeps_all_the_others_out(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let theirs = stranger.key();
    let before = owner.census();
    let entries = json!([
        {"name": "a", "value": STRONG, "graphql": "read_only"},
        {"name": "b", "value": theirs.value, "graphql": "read_only"},
    ]);
    let refused = import(owner, &entries);
    let mut tally = Tally::default();
    tally.admin("refused", &refused, 400, "INVALID_ARGUMENT");
    tally.equal(
        "details",
        &refused.json()["error"]["details"],
        &json!({"count": 1, "lines": [{"line": 2, "message": "cannot be imported"}]}),
    );
    tally.equal("afterwards", &owner.census(), &before);
    tally.equal("the good line", &code(owner, STRONG).as_str(), &"malformed");
    tally.equal("theirs", &stranger.verify(&theirs).as_str(), &"allowed");
    tally.end();
}
