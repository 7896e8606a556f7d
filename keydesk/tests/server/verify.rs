//! `POST /v1/verify`: a question that makes sense, asked as JSON, and no answer that repeats a key.

use crate::harness::{Request, Stage, Tally};
use serde_json::{Value, json};

#[test]
fn a_question_that_makes_no_sense_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "*"}]})).value;
    let mut tally = Tally::default();
    let with = |fields: Value| {
        let mut question = fields;
        question["key"] = key.as_str().into();
        question.to_string()
    };
    let bodies = [
        String::new(),
        "{}".into(),
        "null".into(),
        format!("[\"{key}\"]"),
        format!("\"{key}\""),
        "{\"key\":null}".into(),
        "{\"key\":1}".into(),
        format!("{{\"key\":[\"{key}\"]}}"),
        format!("{{\"key\":\"{key}\",\"key\":\"{key}\"}}"),
        format!("\u{feff}{{\"key\":\"{key}\"}}"),
        format!("{{\"key\":\"{key}\"}} x"),
        format!("{{\"KEY\":\"{key}\"}}"),
        with(json!({"action": "read"})),
        with(json!({"resource": "GRAPHQL"})),
        with(json!({"actoin": "read"})),
        with(json!({"action": "*", "resource": "GRAPHQL"})),
        with(json!({"action": "Read", "resource": "GRAPHQL"})),
        with(json!({"action": "read", "resource": ""})),
        with(json!({"action": "read", "resource": []})),
        with(json!({"action": "read", "resource": "*"})),
        with(json!({"action": "read", "resource": "#"})),
        with(json!({"action": "read", "resource": "GRAPHQL/"})),
        with(json!({"action": "read", "resource": "/GRAPHQL"})),
        with(json!({"action": "read", "resource": "THING/a"})),
        with(json!({"action": "read", "resource": "THING/../b"})),
        with(json!({"action": "read", "resource": "THING/%2e%2e/b"})),
        with(json!({"action": "read", "resource": ["THING", "..", "b"]})),
        with(json!({"action": "read", "resource": ["THING", "", "b"]})),
        with(json!({"action": "read", "resource": [null, "a", "b"]})),
        with(json!({"action": "read", "resource": ["THING", 1, "b"]})),
        with(json!({"action": "read", "resource": {"a": 1}})),
        with(json!({"action": "read", "resource": "GRAPHQL/GRAPHQL"})),
        with(json!({"action": "read", "resource": "x".repeat(2000)})),
        with(json!({"client_ip": 1})),
        with(json!({"client_ip": "10.0.0.0/8"})),
        with(json!({"organization_id": 1})),
        with(json!({"cost": -1})),
        with(json!({"cost": 1.5})),
        with(json!({"cost": "1"})),
        with(json!({"cost": 1e30})),
    ];
    for body in bodies {
        let answer = Request::new("POST", "/v1/verify")
            .header("Content-Type", "application/json")
            .body(&body)
            .send(owner.data);
        let shown = body.replace(&key, "KEY");
        tally.problem(&shown, &answer, 400, "malformed_request");
        tally.equal(format_args!("{shown} kept"), &answer.header("cache-control"), &Some("no-store"));
        tally.that(!answer.text().contains(&key), format_args!("{shown} repeated"), &answer);
    }
    for place in ["action", "resource", "client_ip", "organization_id", "cost", "other", &key] {
        let answer = owner.ask(&json!({"key": "x", place: key}));
        tally.that(!answer.text().contains(&key), format_args!("repeated from {place}"), &answer);
    }
    tally.end();
}

#[test]
fn the_data_listener_takes_json_posts_and_nothing_else() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let body = json!({"key": owner.key().value}).to_string();
    let ask = |label: &str| Request::new("POST", "/v1/verify").header("Content-Type", label).body(&body);
    let mut tally = Tally::default();
    for label in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "json",
        "application/jsonx",
    ] {
        tally.problem(label, &ask(label).send(owner.data), 415, "unsupported_media_type");
    }
    tally.problem(
        "no label",
        &Request::new("POST", "/v1/verify").body(&body).send(owner.data),
        415,
        "unsupported_media_type",
    );
    let twice = ask("application/json").header("Content-Type", "application/json");
    tally.that(twice.send(owner.data).status >= 400, "two labels", &"");
    for label in ["application/json", "Application/JSON; charset=utf-8", "application/x+json"] {
        tally.status(label, &ask(label).send(owner.data), 200);
    }
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = Request::new(method, "/v1/verify").send(owner.data);
        tally.status(method, &answer, 405);
        tally.equal(method, &answer.header("allow"), &Some("POST"));
    }
    let cached = ask("application/json").header("If-None-Match", "*").header("Range", "bytes=0-1");
    tally.status("H-29", &cached.send(owner.data), 200);
    tally.equal("H-29", &cached.send(owner.data).header("cache-control"), &Some("no-store"));
    let large = Request::new("POST", "/v1/verify").header("Content-Type", "application/json");
    tally.status("64 KiB", &large.body("x".repeat((64 << 10) + 1)).send(owner.data), 413);
    for path in [
        "/",
        "/v1",
        "/v1/verify/",
        "/v1//verify",
        "/V1/verify",
        "/admin/projects",
        "/oauth/token",
        "/v1/%76erify",
    ] {
        tally.problem(path, &Request::new("POST", path).send(owner.data), 404, "not_found");
    }
    for path in ["/v1/verify", "/livez", "/readyz", "/metrics"] {
        tally.problem(path, &Request::new("POST", path).send(owner.public), 404, "not_found");
    }
    tally.end();
}
