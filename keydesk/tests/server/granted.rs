//! What a key may do, taken as it was written, and refused with the place of the mistake.

use crate::harness::{Site, Stage, Tally};
use serde_json::json;

#[test]
fn a_refused_filter_is_told_with_its_place() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for (filter, place) in
        [("THING/a#/b", "segment 2"), ("PLACE/Depot/1", "segment 2"), ("THING/a/b/NIX/1", "segment 4")]
    {
        let body = json!({"name": "k", "scopes": [{"action": "read"}, {"action": "read", "resource_filter": filter}]});
        let message = owner.post(&owner.keys(), body.to_string()).json()["error"]["message"].to_string();
        tally.that(message.contains("scopes[1]") && message.contains(place), filter, &message);
    }
    tally.end();
}

both!(a_grant_reads_as_it_was_written);
fn a_grant_reads_as_it_was_written(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let nothing = json!({"roles": [], "scopes": [], "access": null});
    let scopes = vec![json!({"action": "read", "resource_filter": "THING/#/%C3%A9"}); 128];
    let access = json!({"preset": "restricted", "levels": {"graphql": "read_only", "ai": "restricted"}, "endpoints": {"ep1": "read_write"}});
    let cases = [
        (json!({}), json!({"roles": ["ProjectEditor"]})),
        (json!({"roles": null, "scopes": null, "access": null}), json!({"roles": ["ProjectEditor"]})),
        (json!({"roles": ["DataPlaneViewer", "DataPlaneViewer"]}), json!({"roles": ["DataPlaneViewer"]})),
        (json!({"scopes": [{"action": "*"}]}), json!({"scopes": [{"action": "*", "resource_filter": "*"}]})),
        (
            json!({"scopes": [{"action": "read", "resource_filter": null}, {"action": "write", "resource_filter": ""}]}),
            json!({"scopes": [{"action": "read", "resource_filter": "*"}, {"action": "write", "resource_filter": "*"}]}),
        ),
        (
            json!({"scopes": vec![json!({"action": "read", "resource_filter": "THING/#/%c3%a9"}); 128]}),
            json!({"scopes": scopes}),
        ),
        (json!({"access": access}), json!({"access": access})),
    ];
    let mut tally = Tally::default();
    let changed = owner.key_with(json!({"access": {"preset": "all"}}));
    for (written, expected) in cases {
        let key = owner.key_with(written.clone());
        let shown = owner.get(&key.path()).json();
        for field in ["roles", "scopes", "access"] {
            let wanted = expected.get(field).unwrap_or(&nothing[field]);
            tally.equal(format_args!("{written} {field}"), &shown[field], wanted);
        }
        if expected.get("roles") != Some(&json!(["ProjectEditor"])) {
            let patched = owner.patch(&changed.path(), &written).json();
            tally.equal(format_args!("change to {written}"), &patched["scopes"], &shown["scopes"]);
            tally.equal(format_args!("change to {written}"), &patched["roles"], &shown["roles"]);
        }
    }
    tally.end();
}
