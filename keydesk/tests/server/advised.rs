//! What advice does not say: of calls that were not counted, of imported keys and of administrators' keys.

use crate::advice::{NEAR, allowed, preview, scope, until_total};
use crate::harness::{Key, Site, Stage, Tally, Tenant, keydesk};
use serde_json::{Value, json};

fn advice(tenant: &Tenant, key: &Key) -> Value {
    let answer = tenant.get(&format!("{}/advice", key.path()));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// What is said of a key in its organization's advice.
fn findings(tenant: &Tenant, key: &Key) -> Value {
    let found = tenant.get(&format!("/admin/organizations/{}/advice", tenant.organization)).json();
    let mine = found["data"].as_array().unwrap().iter().find(|row| row["id"] == key.id);
    mine.map_or(Value::Null, |row| row["findings"].clone())
}

both!(where_calls_went_uncounted_preview_says_so_and_nothing_is_suggested);
fn where_calls_went_uncounted_preview_says_so_and_nothing_is_suggested(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let made = || owner.key_with(json!({"scopes": [scope("*", "THING/#/#")]}));
    let (seen, missed) = (made(), made());
    for key in [&seen, &missed] {
        allowed(owner, key, "read", "THING/a/b", NEAR, 2);
        until_total(owner, key, 2);
    }
    let mut tally = Tally::default();
    tally.that(advice(owner, &missed)["suggestion"].is_object(), "before", &advice(owner, &missed));
    stage.site.miss_a_call(owner, &missed);
    for (case, key, incomplete) in [("all seen", &seen, false), ("one missed", &missed, true)] {
        let (advised, foretold) = (advice(owner, key), preview(owner, key, &json!({"enabled": false})));
        tally.equal(case, &advised["incomplete"], &json!(incomplete));
        tally.equal(case, &advised["suggestion"].is_null(), &incomplete);
        tally.equal(case, &advised["calls"], &json!(2));
        tally.equal(case, &foretold["incomplete"], &json!(incomplete));
        tally.equal(case, &foretold["refused"]["calls"], &json!(2));
    }
    let found = owner.get(&format!("/admin/organizations/{}/advice", owner.organization)).json();
    tally.equal("the organization", &found["incomplete"], &json!(true));
    tally.end();
}

both!(imported_keys_are_looked_at_and_keep_their_grant);
fn imported_keys_are_looked_at_and_keep_their_grant(site: Site) {
    const VALUE: &str = "8KQ2V0XJ4M1TFZ7R9WPB3CDA";
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let entry = json!([{"name": "theirs", "value": VALUE, "graphql": "read_write",
        "created_at": "2023-05-01T10:00:00Z"}]);
    let imported = owner.post(&format!("{}/import", owner.keys()), entry.to_string());
    assert_eq!(imported.status, 200, "{imported:?}");
    let listed = owner.get(&owner.keys()).json();
    let row = listed["data"].as_array().unwrap().iter().find(|key| key["legacy"] == true).unwrap();
    let key = Key { id: row["id"].as_str().unwrap().to_owned(), value: VALUE.into() };
    let mut tally = Tally::default();
    // Nobody here knows whether its former system saw it used.
    tally.equal("before", &findings(owner, &key), &json!(["any_address", "no_expiry"]));
    tally.equal("used", &owner.verify(&key).as_str(), &"allowed");
    allowed(owner, &key, "read", "GRAPHQL", NEAR, 1);
    until_total(owner, &key, 2);
    tally.equal("after", &findings(owner, &key), &json!(["any_address", "no_expiry"]));
    let found = advice(owner, &key);
    tally.equal("counted", &(&found["calls"], &found["incomplete"]), &(&json!(2), &json!(false)));
    tally.equal("nothing is suggested", &found["suggestion"], &Value::Null);
    let foretold = preview(owner, &key, &json!({"enabled": false}));
    tally.equal("what would break", &foretold["refused"]["calls"], &json!(2));
    tally.end();
}

both!(of_an_administrators_key_nothing_is_suggested);
fn of_an_administrators_key_nothing_is_suggested(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let own = format!("ORGANIZATION/{}", owner.organization);
    let scopes = [scope("admin", &own), scope("read", "THING/#/#"), scope("read", "COMMERCE")];
    let key = owner.key_with(json!({"class": "admin", "scopes": scopes}));
    allowed(owner, &key, "read", "THING/a/b", NEAR, 1);
    until_total(owner, &key, 1);
    let mut tally = Tally::default();
    let found = advice(owner, &key);
    tally.equal("what it does as such is on no record", &found["incomplete"], &json!(true));
    tally.equal("nothing is suggested", &found["suggestion"], &Value::Null);
    tally.equal("unused", &found["unused_scopes"], &json!([scope("read", "COMMERCE")]));
    tally.end();
}

#[test]
fn the_commands_list_the_keys_and_give_one_what_is_enough() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"name": "wide", "scopes": [scope("*", "*")]}));
    let run = |arguments: &[&str]| {
        let mut command = keydesk(arguments);
        command.env("KEYDESK_URL", format!("http://{}", stage.server.public));
        command.env("KEYDESK_CLIENT_ID", &owner.client_id);
        command.env("KEYDESK_CLIENT_SECRET", &owner.client_secret);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, table) = run(&["key", "review"]);
    let line = table.lines().find(|line| line.starts_with(&key.id)).unwrap_or_default();
    let said = "never_used, full_access, any_address, no_expiry";
    assert!(code == Some(0) && line.contains("wide") && line.contains(said), "{table}");
    let path = format!("/admin/organizations/{}/advice", owner.organization);
    let json: Value = serde_json::from_str(&run(&["key", "review", "-o", "json"]).1).unwrap();
    assert_eq!(json, owner.get(&path).json());

    assert_eq!(run(&["key", "advice", &key.id, "--apply"]), (Some(1), String::new()));
    allowed(owner, &key, "read", "THING/a/b", NEAR, 1);
    until_total(owner, &key, 1);
    let (code, shown) = run(&["key", "advice", &key.id, "--apply", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let scopes = shown["scopes"].as_array().unwrap();
    assert!(code == Some(0) && scopes.contains(&scope("read", "THING/a/b")), "{shown}");
    assert!(scopes.iter().all(|scope| scope["resource_filter"] != "*"), "{shown}");
}
