//! A token lives no longer, and reaches no further, than its key does (bad-input O-32).

use crate::harness::{Key, Site, Stage, Tally, Tenant, seconds};
use serde_json::{Value, json};

/// What is done to a key.
type Event = Box<dyn Fn(&Tenant, &Key)>;

/// A key, what is done to it while its token is out, and what the token reads then.
type Fate = (&'static str, Key, Event, &'static str);

fn patch(fields: Value) -> Event {
    Box::new(move |owner, key| assert_eq!(owner.patch(&key.path(), &fields).status, 200))
}

both!(what_becomes_of_a_key_becomes_of_its_tokens_at_once);
fn what_becomes_of_a_key_becomes_of_its_tokens_at_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let project = owner.other_project();
    let inside = Tenant { project: project.clone(), ..owner.clone() };
    let remove = move |owner: &Tenant, _: &Key| {
        assert_eq!(owner.delete(&format!("/admin/projects/{project}")).status, 202);
    };
    let fates: Vec<Fate> = vec![
        ("O-32 revoked", owner.key(), Box::new(|owner, key| drop(owner.delete(&key.path()))), "revoked"),
        ("disabled", owner.key(), patch(json!({"enabled": false})), "disabled"),
        ("expired", owner.key(), Box::new(Tenant::run_out), "expired"),
        ("networks", owner.key(), patch(json!({"allowed_ip_cidrs": ["203.0.113.0/24"]})), "ip_not_allowed"),
        ("its project removed", inside.key(), Box::new(remove), "disabled"),
    ];
    let mut tally = Tally::default();
    for (case, key, happen, code) in fates {
        let (whole, narrow) = (owner.token_of(&key), owner.token_of(&key));
        for token in [&whole, &narrow] {
            tally.equal(format_args!("{case}, before"), &owner.token_verdict(token).as_str(), &"allowed");
            tally.equal(
                format_args!("{case}, before"),
                &owner.introspect(token).json()["active"],
                &json!(true),
            );
        }
        happen(owner, &key);
        for token in [&whole, &narrow] {
            tally.equal(case, &owner.token_verdict(token).as_str(), &code);
            tally.equal(case, &owner.introspect(token).json(), &json!({"active": false}));
        }
        tally.equal(format_args!("{case}, the key"), &owner.verify(&key).as_str(), &code);
        tally.equal(
            format_args!("{case}, the key"),
            &owner.introspect(&key.value).json(),
            &json!({"active": false}),
        );
        tally.status(format_args!("{case}, another"), &owner.buy_with(&key, &json!({})), 401);
    }
    tally.end();
}

both!(what_a_key_may_is_asked_on_each_use_of_its_token);
fn what_a_key_may_is_asked_on_each_use_of_its_token(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let scopes = |filters: &[&str]| -> Value {
        filters.iter().map(|filter| json!({"action": "read", "resource_filter": filter})).collect()
    };
    let key = owner.key_with(json!({"scopes": scopes(&["THING/a/#", "THING/b/#"])}));
    let (whole, narrow) = (owner.token_of(&key), owner.token_for(&key, "read:THING/a/x"));
    let asked = |token: &str, resource: &str| {
        owner.verdict(&json!({"key": token, "action": "read", "resource": resource}))
    };
    let mut tally = Tally::default();
    let mut held = |case: &str, expected: [(&str, &str, &str); 3]| {
        for (token, resource, code) in expected {
            let token = if token == "whole" { &whole } else { &narrow };
            tally.equal(format_args!("{case} {resource}"), &asked(token, resource).as_str(), &code);
        }
    };
    let (yes, no) = ("allowed", "insufficient_scope");
    held("first", [("whole", "THING/b/x", yes), ("narrow", "THING/a/x", yes), ("narrow", "THING/a/y", no)]);
    owner.patch(&key.path(), &json!({"scopes": scopes(&["THING/b/#"])}));
    held("narrowed", [("whole", "THING/b/x", yes), ("whole", "THING/a/x", no), ("narrow", "THING/a/x", no)]);
    owner.patch(&key.path(), &json!({"scopes": scopes(&["THING/#/#", "GRAPHQL"])}));
    held("widened", [("narrow", "THING/a/x", yes), ("narrow", "THING/c/x", no), ("narrow", "GRAPHQL", no)]);
    // What a token said when it was bought is all it is ever good for.
    held("widened", [("whole", "THING/a/x", yes), ("whole", "THING/c/x", no), ("whole", "GRAPHQL", no)]);
    owner.patch(&key.path(), &json!({"enabled": false}));
    tally.equal("disabled", &asked(&narrow, "THING/a/x").as_str(), &"disabled");
    owner.patch(&key.path(), &json!({"enabled": true}));
    tally.equal("enabled again", &asked(&narrow, "THING/a/x").as_str(), &"allowed");
    tally.end();
}

#[test]
fn the_networks_of_a_key_are_asked_on_each_use_of_its_token() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let token = owner.token_of(&key);
    let asked = |client: &Value| owner.verdict(&json!({"key": token, "client_ip": client}));
    let mut tally = Tally::default();
    for (list, client, code) in [
        (json!([]), json!(null), "allowed"),
        (json!(["203.0.113.0/24"]), json!(null), "ip_not_allowed"),
        (json!(["203.0.113.0/24"]), json!("203.0.113.9"), "allowed"),
        (json!(["203.0.113.0/24"]), json!("198.51.100.1"), "ip_not_allowed"),
        (json!(["198.51.100.0/24"]), json!("203.0.113.9"), "ip_not_allowed"),
        (json!(["*"]), json!(null), "allowed"),
    ] {
        owner.patch(&key.path(), &json!({"allowed_ip_cidrs": list}));
        tally.equal(format_args!("{list} {client}"), &asked(&client).as_str(), &code);
        let shown = owner.introspect_with(&json!({"token": token, "client_ip": client}));
        let shown = if client.is_null() { owner.introspect(&token) } else { shown };
        tally.equal(
            format_args!("introspection {list} {client}"),
            &shown.json()["active"],
            &json!(code == "allowed"),
        );
    }
    tally.end();
}

#[test]
fn a_token_ends_with_its_key_when_that_is_to_end_sooner() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let token = owner.token_of(&key);
    let ends = api::time::format((seconds() + 3) * 1_000_000);
    assert_eq!(owner.patch(&key.path(), &json!({"expires_at": ends})).status, 200);
    assert_eq!(owner.token_verdict(&token), "allowed");
    while owner.token_verdict(&token) == "allowed" {
        std::thread::yield_now();
    }
    assert_eq!(owner.token_verdict(&token), "expired");
}
