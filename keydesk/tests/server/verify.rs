//! `POST /v1/verify` (bad-input K): every question is decided or refused, and no answer repeats a key.

use crate::both;
use crate::harness::{Key, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

const NAUGHTY: &str = include_str!("../../../tests/vectors/naughty-strings.json");

/// The last six characters of a key: CRC-32/ISO-HDLC over what is before them, in base 62.
fn checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        (0..8).for_each(|_| crc = (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)));
    }
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let crc = !crc as usize;
    (0..6).rev().map(|place| char::from(digits[crc / 62_usize.pow(place) % 62])).collect()
}

#[test]
fn what_is_not_exactly_a_key_is_malformed_or_unknown() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key().value;
    let (body, sum) = key.split_at(44);
    assert_eq!(checksum(body), sum);
    let with = |body: &str| format!("{body}{}", checksum(body));
    let last = if key.ends_with('0') { '1' } else { '0' };
    let mut tally = Tally::default();
    for (case, presented, code) in [
        ("itself", key.clone(), "allowed"),
        ("K-07", key[..49].into(), "malformed"),
        ("K-08", format!("{key}0"), "malformed"),
        ("K-09 checksum", format!("{}{last}", &key[..49]), "malformed"),
        ("K-10 prefix", with(&body.replace("rpa_", "rpa_test_")), "malformed"),
        ("K-10 another class", with(&body.replace("rpa_", "avyad_")), "unknown"),
        ("K-10 no class", with(&body.replace("rpa_", "rpx_")), "malformed"),
        ("K-11", with(&format!("rpa_{}", "A".repeat(40))), "unknown"),
        ("lower case", key.to_lowercase(), "malformed"),
        ("lower case, right checksum", with(&body.to_lowercase()), "malformed"),
        ("K-23 full width", key.replace("rpa", "\u{ff52}\u{ff50}\u{ff41}"), "malformed"),
        ("K-23 Cyrillic", key.replace('a', "\u{430}"), "malformed"),
        ("K-23 BOM", format!("\u{feff}{key}"), "malformed"),
        ("K-23 combining", format!("{key}\u{301}"), "malformed"),
        ("K-25 space", format!(" {key}"), "malformed"),
        ("K-25 tab", format!("{key}\t"), "malformed"),
        ("K-25 NBSP", format!("{key}\u{a0}"), "malformed"),
        ("line break", format!("{key}\n"), "malformed"),
        ("NUL", format!("{key}\0"), "malformed"),
        ("quoted", format!("\"{key}\""), "malformed"),
        ("scheme", format!("Bearer {key}"), "malformed"),
        ("twice", format!("{key}{key}"), "malformed"),
        ("empty", String::new(), "malformed"),
        ("K-31 a token", owner.token.clone(), "malformed"),
        ("60 KiB", "x".repeat(60 << 10), "malformed"),
        ("60 KiB", format!("rpa_{}", "A".repeat(60 << 10)), "malformed"),
    ] {
        let shown: String = presented.chars().take(60).collect();
        tally.equal(
            format_args!("{case} {shown}"),
            &owner.verdict(&json!({"key": presented})).as_str(),
            &code,
        );
    }
    let id = owner.key().id;
    tally.equal("K-34", &owner.verdict(&json!({"key": id})).as_str(), &"malformed");
    tally.end();
}

both!(naughty_strings_break_nothing_wherever_they_stand);
fn naughty_strings_break_nothing_wherever_they_stand(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (key, strings) = (owner.key().value, serde_json::from_str::<Vec<String>>(NAUGHTY).unwrap());
    assert!(strings.len() > 500);
    let mut tally = Tally::default();
    for text in &strings {
        let decided = owner.ask(&json!({"key": text}));
        tally.that(
            decided.status == 200 && decided.json()["allowed"] == false,
            format_args!("K-38 {text:?}"),
            &decided,
        );
        for question in [
            json!({"key": key, "client_ip": text}),
            json!({"key": key, "organization_id": text}),
            json!({"key": key, "action": text, "resource": "GRAPHQL"}),
            json!({"key": key, "action": "read", "resource": text}),
            json!({"key": key, "action": "read", "resource": ["THING", text, null]}),
        ] {
            let answer = owner.ask(&question);
            let refused =
                answer.status == 400 && answer.problem_code().as_deref() == Some("malformed_request");
            let denied = answer.status == 200 && answer.json()["allowed"] == false;
            tally.that(
                refused || denied || question["client_ip"].is_string() && answer.status == 200,
                &question,
                &answer,
            );
        }
        let named = owner.post(&owner.keys(), json!({"name": text}).to_string());
        let kept = named.status == 200 && named.json()["key"]["name"] == text.as_str();
        tally.that(
            kept || named.admin_code().as_deref() == Some("INVALID_ARGUMENT"),
            format_args!("name {text:?}"),
            &named,
        );
    }
    tally.equal("still there", &owner.verdict(&json!({"key": key})).as_str(), &"allowed");
    tally.end();
}

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

#[test]
fn the_address_of_a_client_counts_only_from_whom_it_may() {
    let site =
        Site::sqlite().flag("--trusted-proxies", "192.0.2.1").with("KEYDESK_DATA_TOKEN", "0123456789abcdef");
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let Key { value, .. } = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24", "127.0.0.0/8"]}));
    let ask = |question: Value, token: Option<&str>| {
        let call = Request::new("POST", "/v1/verify").json(&question);
        token.iter().fold(call, |call, token| call.header("X-Keydesk-Token", token)).send(owner.data)
    };
    let mut tally = Tally::default();
    let told = json!({"key": value, "client_ip": "203.0.113.9"});
    tally.problem("nobody", &ask(told.clone(), None), 401, "unauthenticated");
    tally.equal(
        "with the token",
        &ask(told.clone(), Some("0123456789abcdef")).json()["code"],
        &json!("allowed"),
    );
    for token in
        ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdef, 0123456789abcdef"]
    {
        tally.problem(
            format_args!("token {token:?}"),
            &ask(told.clone(), Some(token)),
            401,
            "unauthenticated",
        );
    }
    for path in ["/readyz", "/metrics", "/nothing", "/v1/verify"] {
        tally.problem(path, &Request::new("GET", path).send(owner.data), 401, "unauthenticated");
    }
    tally.status("/livez", &Request::new("GET", "/livez").send(owner.data), 200);
    tally.end();
}

#[test]
fn a_forged_address_is_ignored_or_refused() {
    let stage = Stage::on(Site::sqlite().flag("--trusted-proxies", "192.0.2.1"));
    let owner = &stage.owner;
    let Key { value, .. } = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24", "127.0.0.0/8"]}));
    let mut tally = Tally::default();
    let told = owner.ask(&json!({"key": value, "client_ip": "203.0.113.9"}));
    tally.problem("client_ip", &told, 403, "client_ip_not_trusted");
    for name in
        ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"]
    {
        for address in ["203.0.113.9", "127.0.0.1"] {
            let call = Request::new("POST", "/v1/verify").json(&json!({"key": value})).header(name, address);
            tally.equal(name, &call.send(owner.data).json()["code"], &json!("ip_not_allowed"));
        }
    }
    let stage = Stage::sqlite();
    let Key { value, .. } =
        stage.owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24", "127.0.0.0/8"]}));
    let call = Request::new("POST", "/v1/verify")
        .json(&json!({"key": value}))
        .header("X-Forwarded-For", "203.0.113.9");
    tally.equal("from a proxy", &call.send(stage.owner.data).json()["code"], &json!("ip_not_allowed"));
    tally.end();
}

#[test]
fn a_key_reaches_nothing_of_another_organization() {
    let stage = Stage::sqlite();
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let Key { value, id } = owner.key_with(json!({"scopes": [{"action": "*"}]}));
    let mut tally = Tally::default();
    let mut decided = |fields: Value, code: &str| {
        let mut question = fields.clone();
        question["key"] = value.as_str().into();
        tally.equal(&fields, &owner.verdict(&question).as_str(), &code);
    };
    let named = |organization: &Tenant| json!(organization.organization);
    decided(json!({"organization_id": named(owner)}), "allowed");
    decided(json!({"organization_id": named(&stranger)}), "insufficient_scope");
    decided(json!({"organization_id": ""}), "insufficient_scope");
    decided(json!({"organization_id": null}), "allowed");
    decided(json!({"organization_id": owner.organization.to_lowercase()}), "insufficient_scope");
    for (resource, code) in [
        (format!("PROJECT/{}/DATA", owner.project), "allowed"),
        (format!("PROJECT/{}/DATA", stranger.project), "insufficient_scope"),
        ("PROJECT/01a1fd74-d772-79df-9763-35a5869daa68/DATA".into(), "insufficient_scope"),
        ("PROJECT/#/DATA".into(), "insufficient_scope"),
        ("DATA".into(), "insufficient_scope"),
        (format!("ORGANIZATION/{}", owner.organization), "allowed"),
        (format!("ORGANIZATION/{}", stranger.organization), "insufficient_scope"),
        ("ENDPOINT/ep1".into(), "insufficient_scope"),
        ("GRAPHQL".into(), "allowed"),
    ] {
        decided(json!({"action": "read", "resource": resource}), code);
    }
    let shown = owner.ask(&json!({"key": value})).json();
    tally.equal(
        "who it is",
        &shown["key"],
        &json!({"id": id, "name": "key",
        "organization_id": owner.organization, "project_id": owner.project}),
    );
    tally.that(shown["version"].as_i64() > Some(0), "version", &shown);
    tally.equal("nothing more", &shown.as_object().unwrap().len(), &4);
    tally.equal("nobody", &owner.ask(&json!({"key": "x"})).json()["key"], &Value::Null);
    tally.end();
}
