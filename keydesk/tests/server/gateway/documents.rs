//! GraphQL behind the gateway: the operation that will run decides.

use super::{reader, stage, with, writer};
use crate::harness::{Request, Tally, Upstream};

#[test]
fn the_operation_decides_and_the_body_passes_byte_for_byte() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let (reader, writer) = (reader(&stage), writer(&stage));
    let post = |key: &crate::harness::Key, body: &str| -> Request {
        with(key, "POST", "/graphql").header("Content-Type", "application/json").body(body)
    };
    let mut tally = Tally::default();
    for (body, may_read) in [
        (" {\"query\" : \"{ a }\",\n\"variables\":{\"x\":1.0} } ", true),
        (r#"{"query":"subscription { a }"}"#, true),
        (r#"{"query":"query A{a} mutation B{b}","operationName":"A"}"#, true),
        (r#"[{"query":"{a}"},{"query":"{b}"}]"#, true),
        (r#"{"query":"mutation { a }"}"#, false),
        (r#"{"query":"query A{a} mutation B{b}","operationName":"B"}"#, false),
        (r#"[{"query":"{a}"},{"query":"mutation{b}"}]"#, false),
    ] {
        let before = upstream.seen().len();
        let answer = post(&reader, body).send(stage.server.gateway());
        tally.status(body, &answer, 200);
        tally.equal(format_args!("reader: {body}"), &(answer.text() == "upstream"), &may_read);
        tally.equal(
            format_args!("writer: {body}"),
            &post(&writer, body).send(stage.server.gateway()).text().as_str(),
            &"upstream",
        );
        let seen = upstream.seen();
        tally.equal(format_args!("arrived: {body}"), &(seen.len() - before), &if may_read { 2 } else { 1 });
        tally.equal("byte for byte", &String::from_utf8_lossy(&seen.last().unwrap().body).as_ref(), &body);
    }
    tally.end();
}

#[test]
fn what_is_unknown_is_refused_even_for_who_may_everything() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let mut tally = Tally::default();
    let json = "application/json";
    for (target, label, body, status) in [
        ("/graphql", json, r#"{"query":"{a}","query":"mutation{a}"}"#, 400),
        ("/graphql", json, r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0"}}}"#, 400),
        ("/graphql", json, r#"{"id":"0"}"#, 400),
        ("/graphql", json, r#"{"query":"query A{a} mutation B{b}"}"#, 400),
        ("/graphql?query=mutation%7Ba%7D", json, r#"{"query":"{a}"}"#, 400),
        ("/graphql", "multipart/form-data; boundary=x", "--x--", 415),
        ("/graphql", "application/x-www-form-urlencoded", "query=%7Ba%7D", 415),
    ] {
        let request = with(&key, "POST", target).header("Content-Type", label).body(body);
        let answer = request.send(stage.server.gateway());
        tally.status(body, &answer, status);
        tally.that(answer.json()["errors"][0]["message"].is_string(), body, &answer);
    }
    let socket = with(&key, "GET", "/graphql").header("Connection", "upgrade").header("Upgrade", "websocket");
    tally.status("WebSocket", &socket.send(stage.server.gateway()), 400);
    tally.equal("nothing arrived", &upstream.seen().len(), &0);
    tally.end();
}
