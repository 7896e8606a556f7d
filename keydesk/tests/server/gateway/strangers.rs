//! What a GraphQL API tells whom nobody knows: who asks for `myself` is nobody, and anything else is refused.

use super::streams::{connect, until};
use super::{stage, with, writer};
use crate::harness::{Answer, Key, Request, Stage, Tally, Upstream};
use serde_json::json;
use std::io::Write;

const MYSELF: &str = r#"{"query":"query Q{myself{id}}","operationName":"Q"}"#;

fn post(target: &str, body: &str) -> Request {
    Request::new("POST", target).header("Content-Type", "application/json").body(body)
}

/// A key that looks like one of ours and is none.
fn unknown(key: &Key) -> String {
    let mut value = key.value.clone().into_bytes();
    value[8] = if value[8] == b'A' { b'B' } else { b'A' };
    String::from_utf8(value).unwrap()
}

/// Every way of being nobody.
fn strangers(stage: &Stage, body: &str) -> Vec<(String, Request)> {
    let key = writer(stage);
    let mut all = vec![("no key".into(), post("/graphql", body))];
    for value in ["junk", "rpa_", &unknown(&key), &stage.owner.token, "x.y.z"] {
        all.push((format!("?{value}"), post(&format!("/graphql?api_key={value}"), body)));
        for (header, prefix) in [("Authorization", "Bearer "), ("Authorization", ""), ("X-Api-Key", "")] {
            let request = post("/graphql", body).header(header, format!("{prefix}{value}"));
            all.push((format!("{header}: {prefix}{value}"), request));
        }
    }
    all
}

#[test]
fn who_asks_for_myself_is_nobody_as_at_our_own_graphql() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let same = |answer: &Answer| {
        let headers = ["content-type", "cache-control"].map(|name| answer.header(name).map(str::to_owned));
        (answer.status, answer.text(), headers)
    };
    let mut tally = Tally::default();
    for accept in ["*/*", "application/graphql-response+json, application/json"] {
        for (who, request) in strangers(&stage, MYSELF) {
            let request = request.header("Accept", accept);
            let answer = request.send(stage.server.gateway());
            tally.equal(&who, &answer.json(), &json!({"data": {"myself": null}}));
            tally.equal(&who, &same(&answer), &same(&request.send(stage.server.public)));
        }
    }
    let asked = Request::new("GET", "/graphql?query=%7Bmyself%7Bid%7D%7D").send(stage.server.gateway());
    tally.equal("GET", &asked.json(), &json!({"data": {"myself": null}}));
    tally.equal("nothing arrived", &upstream.seen().len(), &0);
    tally.end();
}

#[test]
fn who_asks_for_anything_else_or_at_length_is_refused() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let long = format!(r#"{{"query":"{{myself{{id}}}}","variables":{{"a":"{}"}}}}"#, "x".repeat(16 << 10));
    let mut tally = Tally::default();
    for body in [
        r#"{"query":"mutation{myself{id}}"}"#,
        r#"{"query":"{other}"}"#,
        r#"{"query":"{myself{id} other}"}"#,
        r#"{"query":"{me:myself{id}}"}"#,
        r#"{"query":"{myself @skip(if:true){id}}"}"#,
        r#"{"query":"query A{myself{id}} query B{myself{id}}","operationName":"A"}"#,
        r#"[{"query":"{myself{id}}"}]"#,
        r#"{"query":"{myself{id}}","id":"x"}"#,
        r#"{"query":"#,
        "",
        &long,
    ] {
        for (who, request) in strangers(&stage, body) {
            let answer = request.send(stage.server.gateway());
            tally.status(format_args!("{who}: {body:.60}"), &answer, 401);
            tally.equal(&who, &answer.json()["errors"][0]["message"], &json!("Unauthorized"));
        }
    }
    let plain = post("/graphql-plain", MYSELF).send(stage.server.gateway());
    tally.problem("an API that says it otherwise", &plain, 401, "unauthenticated");
    tally.equal("nothing arrived", &upstream.seen().len(), &0);
    tally.end();
}

#[test]
fn a_body_that_says_it_is_long_is_not_waited_for() {
    let stage = stage(&Upstream::plain());
    let mut socket = connect(&stage);
    let head =
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 16385\r\n";
    socket.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    assert!(until(&mut socket, "\r\n\r\n").starts_with("HTTP/1.1 401"));
}

#[test]
fn who_is_somebody_is_told_why_not() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let owner = &stage.owner;
    let (revoked, disabled, live) = (writer(&stage), writer(&stage), writer(&stage));
    assert_eq!(owner.delete(&revoked.path()).status, 202);
    assert_eq!(owner.patch(&disabled.path(), &json!({"enabled": false})).status, 200);
    let powerless = owner.key_with(json!({"scopes": [{"action": "admin"}]}));
    let elsewhere = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let ask = |key: &Key| {
        let request = with(key, "POST", "/graphql").header("Content-Type", "application/json").body(MYSELF);
        request.send(stage.server.gateway())
    };
    let mut tally = Tally::default();
    for (key, status, code) in [
        (&revoked, 401, "REVOKED"),
        (&disabled, 401, "DISABLED"),
        (&elsewhere, 200, "IP_NOT_ALLOWED"),
        (&powerless, 200, "INSUFFICIENT_SCOPE"),
    ] {
        let answer = ask(key);
        tally.status(code, &answer, status);
        tally.equal(code, &answer.json()["errors"][0]["extensions"]["code"], &json!(code));
    }
    let both = post("/graphql?api_key=junk", MYSELF).header("Authorization", &live.value);
    tally.status("two keys", &both.send(stage.server.gateway()), 401);
    tally.equal("nothing arrived", &upstream.seen().len(), &0);
    tally.equal("a key that may", &ask(&live).text().as_str(), &"upstream");
    tally.end();
}
