//! What a key may do (bad-input S): written in one of three ways, refused when it could mean anything else.

use crate::harness::{Site, Stage, Tally};
use serde_json::{Value, json};

fn filters() -> Vec<String> {
    let long = format!("MONITOR/{}", "x".repeat(1017));
    let chain = ["PLACE/Site/s1", "THING/a/b"].join("/") + &"/THING/a/b".repeat(8);
    let written = [
        "THING/a/..",
        "THING/./b",
        "THING//b",
        "/THING/a/b",
        "THING/a/b/",
        "THING/a",
        "THING/a/b/c",
        "thing/a/b",
        "NOTHING/a",
        "PLACE/Depot/1",
        "PLACE/site/1",
        "THING/a#/b",
        "THING/#a/b",
        "THING/*/b",
        "THING/a/b*",
        "**",
        "#",
        "*/a",
        "THING/%zz/b",
        "THING/%/b",
        "THING/%2/b",
        "THING/%ff/b",
        "THING/%2e%2e/b",
        "THING/%00/b",
        "THING/a b/c",
        " THING/a/b",
        "THING/a/b\n",
        "THING/a?/b",
        "THING\\a\\b",
        "THING/a\\b/c",
        "THING/é/b",
        "THING/a/b/PLACE/Site/s1",
        "DATA/x",
        "ORGANIZATION",
        "GRAPHQL/x",
        "\u{ff34}HING/a/b",
        "THING/a/b\u{0}",
    ];
    written.into_iter().map(str::to_owned).chain([long, chain]).collect()
}

fn grants() -> Vec<(&'static str, Value)> {
    let scope = |action: &str| json!({"scopes": [{"action": action, "resource_filter": "*"}]});
    let scopes =
        |count| json!({"scopes": vec![json!({"action": "read", "resource_filter": "GRAPHQL"}); count]});
    let access = |levels: Value, endpoints: Value| json!({"access": {"preset": "restricted", "levels": levels, "endpoints": endpoints}});
    let many: Value = (0..129)
        .map(|number| (format!("ep{number}"), json!("none")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let restricted = || json!({"ai": "restricted"});
    let mut cases = vec![
        ("S-02", json!({"scopes": []})),
        ("S-02", json!({"roles": []})),
        ("S-05", scopes(129)),
        ("positional scope", json!({"scopes": [["read", "*"]]})),
        ("text as scope", json!({"scopes": ["read:*"]})),
        ("one scope", json!({"scopes": {"action": "read"}})),
        ("null as scope", json!({"scopes": [null]})),
        ("no action", json!({"scopes": [{"resource_filter": "*"}]})),
        ("null action", json!({"scopes": [{"action": null}]})),
        ("number as filter", json!({"scopes": [{"action": "read", "resource_filter": 1}]})),
        ("list as filter", json!({"scopes": [{"action": "read", "resource_filter": ["GRAPHQL"]}]})),
        ("one bad among good", json!({"scopes": [{"action": "read"}, {"action": "reed"}]})),
        ("unknown role", json!({"roles": ["ProjectEditor", "Root"]})),
        ("role in another case", json!({"roles": ["projecteditor"]})),
        ("role of a person", json!({"roles": ["OrgOwner"]})),
        ("role of a person", json!({"roles": ["ProjectOwner"]})),
        ("role as text", json!({"roles": "ProjectEditor"})),
        ("null as role", json!({"roles": [null]})),
        ("unknown preset", json!({"access": {"preset": "admin"}})),
        ("no preset", json!({"access": {}})),
        ("positional access", json!({"access": ["all", {}, {}]})),
        ("text as access", json!({"access": "all"})),
        ("levels beside all", json!({"access": {"preset": "all", "levels": {"graphql": "none"}}})),
        (
            "endpoints beside read_only",
            json!({"access": {"preset": "read_only", "endpoints": {"ep": "none"}}}),
        ),
        ("unknown API", access(json!({"rest": "read_only"}), json!({}))),
        ("unknown level", access(json!({"graphql": "write"}), json!({}))),
        ("level as number", access(json!({"graphql": 1}), json!({}))),
        ("restricted as a whole", access(json!({"graphql": "restricted"}), json!({}))),
        ("endpoints without restricted", access(json!({"ai": "read_only"}), json!({"ep": "read_only"}))),
        ("endpoint restricted", access(restricted(), json!({"ep": "restricted"}))),
        ("endpoint empty", access(restricted(), json!({"": "read_only"}))),
        ("endpoint dots", access(restricted(), json!({"..": "read_only"}))),
        ("endpoint NUL", access(restricted(), json!({"a\0": "read_only"}))),
        ("129 endpoints", access(restricted(), many)),
        ("levels as list", access(json!([["graphql", "none"]]), json!({}))),
        ("two grants", json!({"roles": ["ProjectEditor"], "scopes": [{"action": "read"}]})),
        ("two grants", json!({"roles": ["ProjectEditor"], "access": {"preset": "all"}})),
        ("two grants", json!({"scopes": [{"action": "read"}], "access": {"preset": "all"}})),
        (
            "three grants",
            json!({"roles": ["ProjectEditor"], "scopes": [{"action": "read"}], "access": {"preset": "all"}}),
        ),
    ];
    let actions = [
        "reed",
        "Read",
        "READ",
        "admin.",
        "adm\u{131}n",
        "\u{17f}cope",
        "",
        " read",
        "read write",
        "**",
        "#",
    ];
    cases.extend(actions.map(|action| ("S-01 S-07 action", scope(action))));
    cases.extend(
        filters().into_iter().map(|filter| {
            ("S-10 filter", json!({"scopes": [{"action": "read", "resource_filter": filter}]}))
        }),
    );
    cases
}

both!(a_grant_that_the_catalog_does_not_know_makes_and_changes_no_key);
fn a_grant_that_the_catalog_does_not_know_makes_and_changes_no_key(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"access": {"preset": "read_only"}}));
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, grant) in grants() {
        let shown: String = grant.to_string().chars().take(90).collect();
        let mut body = grant.clone();
        body["name"] = "k".into();
        let made = owner.post(&owner.keys(), body.to_string());
        tally.admin(format_args!("{case} create {shown}"), &made, 400, "INVALID_ARGUMENT");
        let changed = owner.patch(&key.path(), &body);
        tally.admin(format_args!("{case} change {shown}"), &changed, 400, "INVALID_ARGUMENT");
    }
    // JSON that serde_json::Value cannot hold.
    for (case, body) in [
        (
            "level twice",
            r#"{"name":"k","access":{"preset":"restricted","levels":{"graphql":"none","graphql":"read_write"}}}"#,
        ),
        (
            "endpoint twice",
            r#"{"name":"k","access":{"preset":"restricted","levels":{"ai":"restricted"},
               "endpoints":{"ep":"none","ep":"read_write"}}}"#,
        ),
        ("action twice", r#"{"name":"k","scopes":[{"action":"read","action":"admin"}]}"#),
        ("preset twice", r#"{"name":"k","access":{"preset":"read_only","preset":"all"}}"#),
        ("scopes twice", r#"{"name":"k","scopes":[{"action":"read"}],"scopes":[{"action":"*"}]}"#),
    ] {
        tally.admin(case, &owner.post(&owner.keys(), body), 400, "INVALID_ARGUMENT");
        tally.admin(case, &owner.send(&owner.call("PATCH", &key.path()).body(body)), 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}
