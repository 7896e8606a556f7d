//! `envoy.service.auth.v3.Authorization/Check`, over HTTP/2 on the same listener.

use super::{reader, stage, writer};
use crate::harness::{Request, Stage, Tally};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::net::SocketAddr;

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// What came back: HTTP's status, gRPC's status, and the message.
struct Reply {
    http: u16,
    grpc: Option<String>,
    message: Vec<u8>,
}

/// The decision in a `CheckResponse`: the status for the client, the headers, and the body.
#[derive(Debug, PartialEq)]
struct Decision {
    status: u64,
    headers: Vec<(String, String)>,
    body: String,
}

fn send(to: SocketAddr, head: &[(&str, &str)], path: &str, body: Vec<u8>) -> Reply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpStream::connect(to).await.unwrap();
        let io = TokioIo::new(socket);
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        let mut request = http::Request::post(format!("http://{to}{path}"));
        for (name, value) in head {
            request = request.header(*name, *value);
        }
        let answer = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let whole = body.collect().await.unwrap();
        let status = |headers: &http::HeaderMap| {
            headers.get("grpc-status").map(|value| value.to_str().unwrap().to_owned())
        };
        let grpc = whole.trailers().and_then(status).or_else(|| status(&parts.headers));
        Reply { http: parts.status.as_u16(), grpc, message: whole.to_bytes().to_vec() }
    })
}

const GRPC: [(&str, &str); 2] = [("content-type", "application/grpc"), ("te", "trailers")];

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend(bytes);
    out
}

/// A `CheckRequest`, framed, as Envoy sends it for this request.
fn question(method: &str, path: &str, headers: &[(&str, &str)], peer: &str) -> Vec<u8> {
    let entry = |(name, value): &(&str, &str)| {
        field(3, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat())
    };
    let mut http = [field(1, b"7"), field(2, method.as_bytes())].concat();
    http.extend(headers.iter().flat_map(entry));
    http.extend(
        [field(4, path.as_bytes()), field(5, b"api.example.com"), field(6, b"https"), field(10, b"HTTP/1.1")]
            .concat(),
    );
    let request = field(4, &[field(1, &[8, 1]), field(2, &http)].concat());
    let socket = [field(2, peer.as_bytes()), vec![3 << 3, 80]].concat();
    let source = field(1, &field(1, &field(1, &socket)));
    framed(&field(1, &[source, request].concat()))
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

fn fields(mut message: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    fn varint(rest: &mut &[u8]) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = rest[0];
            *rest = &rest[1..];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let number = varint(&mut message);
        let bytes =
            if tag & 7 == 2 { message.split_off(..usize::try_from(number).unwrap()).unwrap() } else { &[] };
        found.push((tag >> 3, number, bytes.to_vec()));
    }
    found
}

fn decision(reply: &Reply) -> Decision {
    assert_eq!((reply.http, reply.grpc.as_deref()), (200, Some("0")));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let answer = fields(&reply.message[5..]);
    let (kind, _, inner) = &answer[1];
    let inner = fields(inner);
    let option = |bytes: &[u8]| {
        let header = fields(&fields(bytes)[0].2);
        (text(&header[0].2), text(&header[1].2))
    };
    let headers = inner.iter().filter(|(field, ..)| *field == 2).map(|(.., bytes)| option(bytes)).collect();
    let of = |number: u64| inner.iter().find(|(field, ..)| *field == number).map(|(.., bytes)| bytes.clone());
    match kind {
        3 => Decision { status: 200, headers, body: String::new() },
        2 => Decision {
            status: fields(&of(1).unwrap())[0].1,
            headers,
            body: of(3).map(|body| text(&body)).unwrap_or_default(),
        },
        other => panic!("field {other}"),
    }
}

fn ask(stage: &Stage, method: &str, path: &str, headers: &[(&str, &str)]) -> Decision {
    decision(&send(stage.owner.data, &GRPC, CHECK, question(method, path, headers, "203.0.113.9")))
}

#[test]
fn envoy_is_told_what_to_set_and_what_to_take_out() {
    let stage = stage();
    let key = writer(&stage);
    let value = format!("Bearer {}", key.value);
    let answer = ask(&stage, "POST", "/v2/ep1/run?a=1", &[("authorization", &value), ("accept", "*/*")]);
    assert_eq!(answer.status, 200);
    let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, data::http::IDENTITY);
    assert_eq!(answer.headers[0].1, key.id);
    assert_eq!(answer.headers[7].1, "allowed");
}

#[test]
fn a_refusal_is_said_in_full() {
    let stage = stage();
    let (writer, reader) = (writer(&stage), reader(&stage));
    let (write, read) = (format!("Bearer {}", writer.value), format!("Bearer {}", reader.value));
    let mut tally = Tally::default();
    let header = |answer: &Decision, name: &str| {
        answer.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
    };
    for (case, method, path, headers, status, code) in [
        ("no key", "POST", "/v2/ep1/run", vec![], 401, "unauthenticated"),
        ("junk", "POST", "/v2/ep1/run", vec![("authorization", "junk")], 401, "invalid_key"),
        ("no right", "POST", "/v2/ep1/run", vec![("authorization", &*read)], 403, "insufficient_scope"),
        ("no route", "GET", "/", vec![("authorization", &*write)], 403, "no_route"),
        ("dots", "POST", "/v2/ep1/../ep1/run", vec![("authorization", &*write)], 403, "ambiguous_path"),
        ("a fragment", "POST", "/v2/ep1/run#/../x", vec![("authorization", &*write)], 403, "ambiguous_path"),
        (
            "two keys",
            "POST",
            "/v2/ep1/run",
            vec![("authorization", &*write), ("x-api-key", &reader.value)],
            400,
            "several_credentials",
        ),
        ("joined keys", "POST", "/v2/ep1/run", vec![("x-api-key", "a,b")], 400, "several_credentials"),
        (
            "another request",
            "POST",
            "/v2/ep1/run",
            vec![("authorization", &*write), ("x-original-url", "/")],
            403,
            "request_overridden",
        ),
        (
            "by underscores",
            "POST",
            "/v2/ep1/run",
            vec![("authorization", &*write), ("x_forwarded_uri", "/")],
            403,
            "request_overridden",
        ),
    ] {
        let answer = ask(&stage, method, path, &headers);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let found = (answer.status, body["code"].as_str().unwrap(), body["status"].as_u64());
        tally.equal(case, &found, &(status, code, Some(status)));
        tally.equal(
            format_args!("{case}: type"),
            &header(&answer, "content-type").as_deref(),
            &Some("application/problem+json"),
        );
        let challenged =
            matches!(code, "unauthenticated" | "invalid_key" | "insufficient_scope" | "several_credentials");
        tally.equal(
            format_args!("{case}: challenge"),
            &header(&answer, "www-authenticate").is_some(),
            &challenged,
        );
        tally.that(
            !answer.body.contains(&writer.value) && !answer.body.contains(&reader.value),
            case,
            &answer,
        );
    }
    tally.end();
}

#[test]
fn the_client_is_whoever_is_connected_to_envoy() {
    let stage = stage();
    let key =
        stage.owner.key_with(json!({"scopes": [{"action": "*"}], "allowed_ip_cidrs": ["203.0.113.9/32"]}));
    let value = format!("Bearer {}", key.value);
    let status = |peer: &str, forwarded: Option<&str>| {
        let mut headers = vec![("authorization", value.as_str())];
        headers.extend(forwarded.map(|line| ("x-forwarded-for", line)));
        let body = question("POST", "/v2/ep1/run", &headers, peer);
        decision(&send(stage.owner.data, &GRPC, CHECK, body)).status
    };
    let mut tally = Tally::default();
    for (peer, forwarded, expected) in [
        ("203.0.113.9", None, 200),
        ("203.0.113.9", Some("198.51.100.1"), 200),
        ("198.51.100.1", Some("203.0.113.9"), 403),
        ("198.51.100.1", Some("203.0.113.9, 127.0.0.1"), 403),
        ("127.0.0.1", Some("203.0.113.9"), 200),
        ("127.0.0.1", Some("198.51.100.1, 203.0.113.9"), 200),
        ("127.0.0.1", Some("203.0.113.9, 198.51.100.1"), 403),
        ("127.0.0.1", None, 403),
        ("", Some("203.0.113.9"), 403),
        ("/run/envoy.sock", Some("203.0.113.9"), 403),
    ] {
        tally.equal(format_args!("{peer} {forwarded:?}"), &status(peer, forwarded), &expected);
    }
    tally.end();
}

#[test]
fn what_is_no_question_has_a_status_of_grpc() {
    let stage = stage();
    let whole = question("POST", "/v2/ep1/run", &[], "203.0.113.9");
    let grpc = |head: &[(&str, &str)], body: Vec<u8>| send(stage.owner.data, head, CHECK, body).grpc.unwrap();
    let mut tally = Tally::default();
    let compressed = [&[1], &whole[1..]].concat();
    for (case, head, body, expected) in [
        ("another type", &[("content-type", "application/json")][..], whole.clone(), "12"),
        ("no type", &[], whole.clone(), "12"),
        ("compressed", &GRPC, compressed, "12"),
        ("empty", &GRPC, vec![], "3"),
        ("short", &GRPC, whole[..whole.len() - 1].to_vec(), "3"),
        ("long", &GRPC, [&whole[..], &[0]].concat(), "3"),
        ("two messages", &GRPC, [&whole[..], &whole].concat(), "3"),
        ("junk", &GRPC, framed(&[0xff; 40]), "3"),
        ("larger than any question", &GRPC, framed(&field(15, &[0; 65_000])), "0"),
    ] {
        tally.equal(case, &grpc(head, body).as_str(), &expected);
    }
    let other = send(stage.owner.data, &GRPC, "/envoy.service.auth.v3.Authorization/Other", whole.clone());
    tally.equal("another method", &other.http, &404);
    let large = send(stage.owner.data, &GRPC, CHECK, framed(&field(15, &[0; 70_000])));
    tally.that(large.http == 413 || large.grpc.as_deref() == Some("8"), "too large", &large.http);
    // The other doors are there over HTTP/2, too.
    let verify = send(
        stage.owner.data,
        &[("content-type", "application/json")],
        "/v1/verify",
        b"{\"key\":\"x\"}".to_vec(),
    );
    tally.equal("verify", &verify.http, &200);
    let over_one = Request::new("POST", CHECK)
        .header("Content-Type", "application/grpc")
        .body(whole)
        .send(stage.owner.data);
    tally.equal("over HTTP/1.1", &over_one.status, &200);
    tally.end();
}

#[test]
fn the_token_is_wanted_here_too() {
    let token = "a token that is long enough";
    let stage = Stage::on(crate::harness::Site::sqlite().with("KEYDESK_DATA_TOKEN", token));
    let whole = question("POST", "/v2/ep1/run", &[], "203.0.113.9");
    assert_eq!(send(stage.owner.data, &GRPC, CHECK, whole.clone()).http, 401);
    let shown = [GRPC[0], GRPC[1], ("x-keydesk-token", token)];
    assert_eq!(decision(&send(stage.owner.data, &shown, CHECK, whole)).status, 401);
}
