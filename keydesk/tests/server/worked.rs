//! The worked examples of the published systems, line by line: a key is made over the API, a call is asked for on
//! the data listener, and the answer is the one in the documents.

use crate::clients::{client, said};
use crate::harness::{Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

fn scope(action: &str, filter: &str) -> Value {
    json!({"scopes": [{"action": action, "resource_filter": filter}]})
}

/// The same address as an array of literal segments.
fn segments(resource: &str) -> Value {
    resource.split('/').map(|segment| if segment == "#" { Value::Null } else { segment.into() }).collect()
}

/// What is answered to the same call, however its resource is written.
fn asked(
    tally: &mut Tally,
    case: &str,
    owner: &Tenant,
    key: &Key,
    (action, resource): (&str, &str),
    expected: bool,
) {
    let expected = if expected { "allowed" } else { "insufficient_scope" };
    for written in [json!(resource), segments(resource)] {
        let question = json!({"key": key.value, "action": action, "resource": written});
        tally.equal(
            format_args!("{case}: {action} {written}"),
            &owner.verdict(&question).as_str(),
            &expected,
        );
    }
}

/// An action, and a filter or an address.
type Pair = (&'static str, &'static str);

/// Scope, call, result; the places of the examples are sites S1 and S2 and fleet F1.
const FILTERS: [(Pair, Pair, bool); 20] = [
    (("write", "PLACE/Site/S1/THING/#/#"), ("write", "PLACE/Site/S1/THING/Battery/B1"), true),
    (("write", "PLACE/Site/S1/THING/#/#"), ("write", "PLACE/Site/S2/THING/Battery/B2"), false),
    (("write", "PLACE/Site/S1/THING/#/#"), ("read", "PLACE/Site/S1/THING/Battery/B1"), false),
    (("write", "PLACE/Site/S1/THING/#/#"), ("write", "PLACE/Site/S1"), false),
    (("read", "THING/Battery/#"), ("read", "PLACE/Site/S1/THING/Battery/B1"), true),
    (("read", "THING/Battery/#"), ("read", "THING/Battery/B1"), true),
    (("read", "THING/Battery/#"), ("read", "THING/Charger/C1"), false),
    (("read", "PLACE/#/#"), ("read", "PLACE/Fleet/F1"), true),
    (("read", "PLACE/#/#"), ("read", "PLACE/Fleet/F1/THING/Truck/T1"), false),
    (("read", "PLACE/Site/#/THING/#/#"), ("read", "THING/#/#"), false),
    (("read", "PLACE/Site/#/THING/#/#"), ("read", "PLACE/Site/S1/THING/#/#"), true),
    (("*", "*"), ("admin", "PLACE/Site/S1/THING/Battery/B1"), true),
    (("*", ""), ("write", "THING/#/#"), true),
    (("read", "THING/#/B1"), ("read", "THING/Battery/B1"), true),
    (("read", "THING/battery/#"), ("read", "THING/Battery/B1"), false),
    // The actions say nothing about each other.
    (("read", "*"), ("write", "THING/Battery/B1"), false),
    (("write", "*"), ("read", "THING/Battery/B1"), false),
    (("admin", "*"), ("read", "THING/Battery/B1"), false),
    (("admin", "*"), ("admin", "THING/Battery/B1"), true),
    (("*", "THING/Battery/B1"), ("admin", "THING/Battery/B1"), true),
];

both!(each_line_of_the_table_of_filters_is_answered_as_written);
fn each_line_of_the_table_of_filters_is_answered_as_written(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    // One key is made with each scope, the other one is changed to it, and both obey at once.
    let edited = owner.key_with(scope("read", "GRAPHQL"));
    let mut tally = Tally::default();
    for ((action, filter), call, expected) in FILTERS {
        let written = scope(action, filter);
        let made = owner.key_with(written.clone());
        asked(&mut tally, &format!("{action} {filter}"), owner, &made, call, expected);
        assert_eq!(owner.patch(&edited.path(), &written).status, 200);
        asked(&mut tally, &format!("changed to {action} {filter}"), owner, &edited, call, expected);
    }
    let everything = owner.key_with(scope("*", "*"));
    let foreign = stage.stranger().organization;
    for resource in ["PLACE/Site/S1", "THING/Battery/B1", "GRAPHQL"] {
        let question = json!({"key": everything.value, "action": "read", "resource": resource,
            "organization_id": foreign});
        tally.equal(
            format_args!("another's {resource}"),
            &owner.verdict(&question).as_str(),
            &"insufficient_scope",
        );
    }
    let union = json!({"scopes": [{"action": "read", "resource_filter": "THING/a/#"},
        {"action": "write", "resource_filter": "THING/#/b"}, {"action": "read", "resource_filter": "THING/a/#"}]});
    let union = owner.key_with(union);
    for (call, expected) in
        [(("read", "THING/a/x"), true), (("write", "THING/x/b"), true), (("write", "THING/a/x"), false)]
    {
        asked(&mut tally, "several scopes", owner, &union, call, expected);
    }
    tally.end();
}

both!(each_permission_of_a_key_is_answered_as_written);
fn each_permission_of_a_key_is_answered_as_written(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let restricted = |levels: Value, endpoints: Value| json!({"preset": "restricted", "levels": levels, "endpoints": endpoints});
    // May it read and write the GraphQL API?
    let cases = [
        ("All", json!({"preset": "all"}), (true, true)),
        ("Read Only", json!({"preset": "read_only"}), (true, false)),
        ("nothing", restricted(json!({}), json!({})), (false, false)),
        ("None", restricted(json!({"graphql": "none"}), json!({})), (false, false)),
        ("GraphQL Read Only", restricted(json!({"graphql": "read_only"}), json!({})), (true, false)),
        ("GraphQL Read/Write", restricted(json!({"graphql": "read_write"}), json!({})), (true, true)),
        ("AI only", restricted(json!({"ai": "read_write"}), json!({})), (false, false)),
        (
            "both",
            restricted(json!({"graphql": "read_only", "ai": "restricted"}), json!({"ep1": "read_write"})),
            (true, false),
        ),
    ];
    let edited = owner.key();
    let mut tally = Tally::default();
    for (case, access, (read, write)) in cases {
        let written = json!({"access": access});
        let made = owner.key_with(written.clone());
        assert_eq!(owner.patch(&edited.path(), &written).status, 200);
        for key in [&made, &edited] {
            asked(&mut tally, case, owner, key, ("read", "GRAPHQL"), read);
            asked(&mut tally, case, owner, key, ("write", "GRAPHQL"), write);
            asked(&mut tally, case, owner, key, ("admin", "GRAPHQL"), false);
        }
    }
    tally.end();
}

both!(each_level_of_an_endpoint_is_answered_as_written);
fn each_level_of_an_endpoint_is_answered_as_written(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let resources = format!("/admin/projects/{}/resources", owner.project);
    for endpoint in ["ep1", "ep2", "ep3"] {
        let body = json!({"resource": format!("ENDPOINT/{endpoint}"), "name": endpoint});
        let registered = owner.post(&resources, body.to_string());
        assert!((200..300).contains(&registered.status), "{registered:?}");
    }
    let levels = |level: &str, endpoints: Value| json!({"preset": "restricted", "levels": {"ai": level}, "endpoints": endpoints});
    let each = || json!({"ep1": "read_write", "ep2": "read_only"});
    let (nothing, reads, all) = ((false, false), (true, false), (true, true));
    // May it read and write each of the endpoints? ep4 is nobody's.
    let cases = [
        ("All", json!({"preset": "all"}), [all, all, all, nothing]),
        ("Read Only", json!({"preset": "read_only"}), [reads, reads, reads, nothing]),
        ("None", levels("none", json!({})), [nothing; 4]),
        ("AI Read Only", levels("read_only", json!({})), [reads, reads, reads, nothing]),
        ("AI Read/Write", levels("read_write", json!({})), [all, all, all, nothing]),
        ("AI Restricted", levels("restricted", each()), [all, reads, nothing, nothing]),
        ("AI Restricted to none", levels("restricted", json!({})), [nothing; 4]),
        ("GraphQL only", json!({"preset": "restricted", "levels": {"graphql": "read_write"}}), [nothing; 4]),
    ];
    let edited = owner.key();
    let mut tally = Tally::default();
    for (case, access, expected) in cases {
        let written = json!({"access": access});
        let made = owner.key_with(written.clone());
        assert_eq!(owner.patch(&edited.path(), &written).status, 200);
        for key in [&made, &edited] {
            for (endpoint, (read, write)) in ["ep1", "ep2", "ep3", "ep4"].iter().zip(expected) {
                let resource = format!("ENDPOINT/{endpoint}");
                asked(&mut tally, case, owner, key, ("read", &resource), read);
                asked(&mut tally, case, owner, key, ("write", &resource), write);
                asked(&mut tally, case, owner, key, ("admin", &resource), false);
            }
        }
    }
    tally.end();
}

#[test]
fn the_type_of_a_key_is_its_prefix_whoever_makes_it() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for (class, prefix) in [("standard", "rpa_"), ("external", "avyex_"), ("admin", "avyad_")] {
        let made = owner.post(&owner.keys(), json!({"name": "n", "class": class}).to_string()).json();
        let value = made["value"].as_str().unwrap();
        tally.that(value.starts_with(prefix), class, &prefix);
        tally.equal(class, &made["key"]["class"], &json!(class));
        tally.that(made["key"]["hint"].as_str().unwrap().starts_with(prefix), class, &made["key"]["hint"]);
        let printed =
            client(owner, &["key", "create", "--name", "n", "--class", class, "--quiet"]).output().unwrap();
        let printed = said(&printed.stdout);
        tally.that(printed.starts_with(prefix), class, &prefix);
        for value in [value, printed.trim()] {
            tally.equal(class, &owner.verdict(&json!({"key": value})).as_str(), &"allowed");
        }
        let listed = owner.get(&format!("{}?status=active&q=n", owner.keys())).json();
        let shown = listed["data"].as_array().unwrap().iter().filter(|key| key["class"] == class).count();
        tally.equal(format_args!("{class} on record"), &shown, &2);
    }
    for class in ["Admin", "avyad", "", "root"] {
        let refused = owner.post(&owner.keys(), json!({"name": "n", "class": class}).to_string());
        tally.admin(class, &refused, 400, "INVALID_ARGUMENT");
        let refused = owner.patch(&owner.key().path(), &json!({"class": "admin"}));
        tally.admin("the class stays", &refused, 400, "INVALID_ARGUMENT");
    }
    tally.end();
}
