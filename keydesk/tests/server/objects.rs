//! JSON bodies of projects and organizations, and what all bodies have in common (bad-input J).

use crate::harness::{Site, Stage, Tally};
use serde_json::{Value, json};

#[test]
fn a_body_that_does_not_fit_makes_or_changes_no_project_and_no_organization() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let before = owner.census();
    let (project, organization) = (
        format!("/admin/projects/{}", owner.project),
        format!("/admin/organizations/{}", owner.organization),
    );
    let mut tally = Tally::default();
    let digits = "9".repeat(400);
    let numbers = [
        "1e400",
        "1e-400",
        "-0",
        "-1",
        "1.0",
        "1.5",
        "0x10",
        "01",
        "+1",
        "\"1\"",
        "NaN",
        "true",
        "[1]",
        &digits,
        "9223372036854775807",
        "9223372036854775808",
        "2147483648",
        "-9223372036854775809",
        "1e3",
    ];
    let bodies = numbers.map(|number| format!(r#"{{"name":"p","max_pods":{number}}}"#));
    let other = [
        r#"{"name":"p","max_pods":1,"max_pods":2}"#,
        r#"{"name":"p","force_encryption_with_cmek":"yes"}"#,
        r#"{"name":"p","force_encryption_with_cmek":1}"#,
        r#"{"name":"p","organization_id":"org_X"}"#,
        r#"{"name":"p","id":"x"}"#,
        r#"{"name":" "}"#,
        r#"{"name":"a\u0000"}"#,
        r#"["p"]"#,
        "",
        "{",
    ];
    let long = json!({"name": "x".repeat(513)}).to_string();
    for body in bodies.iter().map(String::as_str).chain(other).chain([long.as_str()]) {
        tally.admin(
            format_args!("create {body}"),
            &owner.post("/admin/projects", body),
            400,
            "INVALID_ARGUMENT",
        );
        let patched = owner.send(&owner.call("PATCH", &project).body(body));
        tally.admin(format_args!("change {body}"), &patched, 400, "INVALID_ARGUMENT");
    }
    let plans = r#"{"name":"o","plan":"Free"}"#;
    for body in other.into_iter().filter(|body| !body.contains("cmek")).chain([plans, long.as_str()]) {
        let patched = owner.send(&owner.call("PATCH", &organization).body(body));
        tally.admin(format_args!("organization {body}"), &patched, 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn unknown_fields_are_ignored_only_for_clients_of_a_published_version() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let chosen = "01a1fd74-d772-79df-9763-35a5869daa68";
    let bodies = [
        json!({"name": "k", "description": "d", "id": chosen, "value": "rpa_X", "status": "disabled"}),
        json!({"name": "k", "scopes": [{"action": "read", "resource_filter": "GRAPHQL", "note": 1}]}),
        json!({"name": "k", "scopes": [{"action": "read", "resourceFilter": "GRAPHQL"}]}),
        json!({"name": "k", "access": {"preset": "restricted", "levels": {}, "level": {"graphql": "read_only"}}}),
    ];
    let mut tally = Tally::default();
    for body in &bodies {
        let before = owner.census();
        let strict = owner.post(&owner.keys(), body.to_string());
        tally.admin(body, &strict, 400, "INVALID_ARGUMENT");
        tally.equal(body, &owner.census(), &before);
        for version in ["2025-04", "2025-10", "2026-01.alpha", "2026-04", "2026-07"] {
            let call = owner.call("POST", &owner.keys()).header("X-Pinecone-Api-Version", version).json(body);
            let answer = owner.send(&call);
            tally.status(format_args!("{version} {body}"), &answer, 200);
            let made = &answer.json()["key"];
            tally.that(
                made["id"] != chosen && made["status"] == "active",
                format_args!("{version} {body}"),
                made,
            );
        }
    }
    let before = owner.census();
    for version in ["", "2024-01", "2025-04,2025-10", "latest", "2025-04 x"] {
        let call = owner.call("POST", &owner.keys()).header("X-Pinecone-Api-Version", version);
        let answer = owner.send(&call.json(&json!({"name": "k"})));
        tally.admin(format_args!("version {version:?}"), &answer, 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(names_are_kept_literally_and_need_not_differ);
fn names_are_kept_literally_and_need_not_differ(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let eighty = "é".repeat(80);
    let names = [
        "🔑 ключ",
        "מפתח",
        "__proto__",
        "constructor",
        "$where",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "'; DROP TABLE api_keys; --",
        "<script>alert(1)</script>",
        "a\u{202e}b",
        " a ",
        "null",
        eighty.as_str(),
    ];
    for name in names.iter().chain(&names) {
        let made = owner.post(&owner.keys(), json!({"name": name}).to_string());
        tally.equal("create", &made.json()["key"]["name"], &Value::from(*name));
        let id = made.json()["key"]["id"].as_str().unwrap_or_default().to_owned();
        tally.equal("show", &owner.get(&format!("/admin/api-keys/{id}")).json()["name"], &Value::from(*name));
    }
    tally.equal("all of them", &owner.census().keys.len(), &(2 * names.len()));
    tally.end();
}

#[test]
fn json_is_read_whatever_its_label_says() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for label in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "", "?"]
    {
        let call = owner.call("POST", &owner.keys()).header("Content-Type", label);
        tally.status(label, &owner.send(&call.clone().body(r#"{"name":"k"}"#)), 200);
        tally.admin(label, &owner.send(&call.body("name=k")), 400, "INVALID_ARGUMENT");
    }
    let coded = owner.call("POST", &owner.keys()).header("Content-Encoding", "gzip").body("{}");
    tally.admin("gzip", &owner.send(&coded), 400, "INVALID_ARGUMENT");
    tally.end();
}
