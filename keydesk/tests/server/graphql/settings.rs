//! What `updateUserSettings` keeps: for the project of the key, and for no other.

use super::{ask, outcome, public_key, request};
use crate::harness::{Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

both!(a_public_key_is_kept_for_the_project_and_no_other);
fn a_public_key_is_kept_for_the_project_and_no_other(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let all = json!({"access": {"preset": "all"}});
    let made = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let other = Tenant { project: made["id"].as_str().unwrap().into(), ..owner.clone() };
    let (key, neighbour, foreign) =
        (owner.key_with(all.clone()), other.key_with(all.clone()), stranger.key_with(all));
    let set = |value: Value| {
        let query = "mutation($k:String){updateUserSettings(input:{pubKey:$k}){id pubKey __typename}}";
        request(&key.value, &json!({"query": query, "variables": {"k": value}})).send(owner.public)
    };
    let mut tally = Tally::default();
    for (sent, kept) in [
        (json!("ssh-ed25519 AAA x"), json!("ssh-ed25519 AAA x")),
        (json!("ssh-ed25519 AAA x\nssh-rsa B é🔑"), json!("ssh-ed25519 AAA x\nssh-rsa B é🔑")),
        (json!("'; drop table public_keys; --"), json!("'; drop table public_keys; --")),
        (json!(""), Value::Null),
        (json!("x".repeat(16384)), json!("x".repeat(16384))),
        (Value::Null, Value::Null),
        (json!("last"), json!("last")),
    ] {
        let told = json!({"id": owner.project, "pubKey": kept, "__typename": "UserSettings"});
        tally.equal(&sent, &set(sent.clone()).json()["data"]["updateUserSettings"], &told);
        tally.equal(&sent, &public_key(owner, &key), &kept);
    }
    let before = owner.census();
    for sent in
        ["x".repeat(16385).as_str(), "a\u{0}", "a\rb", "a\u{1b}[0m", "-----BEGIN OPENSSH PRIVATE KEY-----"]
    {
        tally.equal(sent, &outcome(&set(json!(sent))).as_str(), &"BAD_USER_INPUT");
    }
    let nothing = ask(owner, &key, "mutation{updateUserSettings(input:{}){pubKey}}");
    tally.equal("nothing given", &outcome(&nothing).as_str(), &"BAD_USER_INPUT");
    set(json!("last"));
    tally.equal("nothing changed", &owner.census(), &before);
    tally.equal("kept", &public_key(owner, &key), &json!("last"));
    tally.equal("of the other project", &public_key(owner, &neighbour), &Value::Null);
    tally.equal("of the stranger", &public_key(owner, &foreign), &Value::Null);
    let last = before.changes.last().unwrap();
    tally.equal("on record", &last["action"], &json!("project.public_key_set"));
    tally.equal("by", &last["actor"], &json!(format!("key:{}", key.id)));
    tally.end();
}
