//! JSON bodies of the Admin API (bad-input J): refused whole, or taken as written.

use crate::both;
use crate::harness::{Site, Stage, Tally};
use serde_json::{Value, json};

/// Bodies that no create of a key takes.
fn refused_keys() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |depth: usize| format!(r#"{{"name":"k","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let many: String = (0..50_000).map(|number| format!(r#","m{number}":1"#)).collect();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("J-01 empty", text("")),
        ("J-01 white space", text(" \r\n\t")),
        ("J-01 nothing in it", text("{}")),
        ("J-05 positional", text(r#"["k",["ProjectEditor"]]"#)),
        ("J-05 a list of one", text(r#"[{"name":"k"}]"#)),
        ("J-05 null", text("null")),
        ("J-05 text", text(r#""k""#)),
        ("J-05 a form", text("name=k")),
        ("J-07 unknown field", text(r#"{"name":"k","expire_at":"2030-01-01T00:00:00Z"}"#)),
        ("J-07 in another case", text(r#"{"Name":"k"}"#)),
        ("J-08 null", text(r#"{"name":null}"#)),
        ("J-08 a number", text(r#"{"name":1}"#)),
        ("J-08 a list", text(r#"{"name":["a"]}"#)),
        ("J-08 an object", text(r#"{"name":{}}"#)),
        ("J-09 empty", text(r#"{"name":""}"#)),
        ("J-09 blank", text("{\"name\":\" \\t\u{3000}\"}")),
        ("J-09 81 characters", text(&json!({"name": "é".repeat(81)}).to_string())),
        ("J-09 NUL", text(r#"{"name":"a\u0000b"}"#)),
        ("J-09 a line break", text(r#"{"name":"a\nb"}"#)),
        ("J-09 escape sequence", text(r#"{"name":"\u001b[31mred"}"#)),
        ("J-09 C1 control", text(r#"{"name":"a\u0085b"}"#)),
        ("J-11 byte order mark", text("\u{feff}{\"name\":\"k\"}")),
        ("J-11 UTF-16", "{\"name\":\"k\"}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("J-12 twice", text(r#"{"name":"a","name":"b"}"#)),
        ("J-12 twice, escaped", text(r#"{"name":"a","n\u0061me":"b"}"#)),
        ("J-12 two of them", text(r#"{"name":"a"}{"name":"b"}"#)),
        ("J-12 a tail", text(r#"{"name":"a"} x"#)),
        ("J-12 a comment", text(r#"{"name":"a"/* */}"#)),
        ("J-13 129 deep", text(&deep(129))),
        ("J-13 10,000 deep", text(&deep(10_000))),
        ("J-14 50,000 fields", text(&format!(r#"{{"name":"k"{many}}}"#))),
        ("J-22 invalid UTF-8", b"{\"name\":\"a\xff\"}".to_vec()),
        ("J-22 overlong", b"{\"name\":\"a\xc0\xaf\"}".to_vec()),
        ("J-22 lone surrogate", text(r#"{"name":"\ud800"}"#)),
        ("J-32 own id", text(r#"{"name":"k","id":"01a1fd74-d772-79df-9763-35a5869daa68"}"#)),
        ("J-32 own secret", text(r#"{"name":"k","value":"rpa_X"}"#)),
        ("J-32 own hint", text(r#"{"name":"k","hint":"rpa_X"}"#)),
        ("J-32 own creator", text(r#"{"name":"k","created_by":"operator"}"#)),
        ("enabled as text", text(r#"{"name":"k","enabled":"true"}"#)),
        ("enabled as number", text(r#"{"name":"k","enabled":1}"#)),
        ("enabled twice", text(r#"{"name":"k","enabled":false,"enabled":true}"#)),
        ("class unknown", text(r#"{"name":"k","class":"root"}"#)),
        ("class in another case", text(r#"{"name":"k","class":"Admin"}"#)),
        ("class empty", text(r#"{"name":"k","class":""}"#)),
        ("class a number", text(r#"{"name":"k","class":1}"#)),
        ("too large", [br#"{"name":"k","x":""#.as_slice(), &vec![b'x'; 1 << 20], b"\"}"].concat()),
    ]
}

both!(a_body_that_does_not_fit_makes_no_key);
fn a_body_that_does_not_fit_makes_no_key(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, body) in refused_keys() {
        tally.admin(case, &owner.post(&owner.keys(), &body), 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_body_that_does_not_fit_changes_no_key() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, body) in refused_keys() {
        // All that a change need not say is refused for another reason, or is a change of nothing.
        let call = owner.call("PATCH", &key.path()).body(&body);
        match case {
            "J-01 nothing in it" => tally.status(case, &owner.send(&call), 200),
            "J-08 null" => tally.that(owner.send(&call).status < 500, case, &owner.send(&call)),
            _ => tally.admin(case, &owner.send(&call), 400, "INVALID_ARGUMENT"),
        }
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

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
