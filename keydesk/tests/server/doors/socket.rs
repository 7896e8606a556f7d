//! The data listener over a Unix socket: the same doors, and whoever may open the file counts as a gateway.

use super::socket_file::Place;
use super::{bearer, forward, passes, refuses, with_endpoint, writer};
use crate::harness::{Key, Request, Stage, Tally};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

/// Nobody on this machine is a gateway but through the socket.
fn stage(place: &Place) -> Stage {
    with_endpoint(
        place.site().flag("--trusted-proxies", "192.0.2.1/32").flag("--data-hosts", "api.example.com"),
    )
}

fn verify(key: &Key, client: Option<&str>) -> Request {
    let mut body = json!({"key": key.value});
    if let Some(client) = client {
        body["client_ip"] = Value::from(client);
    }
    Request::new("POST", "/v1/verify").json(&body)
}

#[test]
fn a_gateway_at_the_socket_is_asked_for_nothing_more() {
    let place = Place::new();
    let stage = stage(&place);
    let key = writer(&stage);
    let ask = || bearer(forward("POST", "/v2/ep1/run"), &key);
    let mut tally = Tally::default();
    passes(&mut tally, "forward", &ask().send_through(place.path()));
    passes(&mut tally, "forward with a body", &ask().body("x").send_through(place.path()));
    let ext = bearer(Request::new("POST", "/authz/ext/v2/ep1/run"), &key);
    passes(&mut tally, "ext, for any host", &ext.header("Host", "any.example").send_through(place.path()));
    tally.status("livez", &Request::new("GET", "/livez").send_through(place.path()), 200);
    refuses(&mut tally, "over TCP", &ask().send(stage.owner.data), 403, "gateway_not_trusted");
    tally.end();
}

#[test]
fn where_the_client_is_has_to_be_said() {
    let place = Place::new();
    let stage = stage(&place);
    let scopes = json!([{"action": "*"}]);
    let key = stage.owner.key_with(json!({"scopes": scopes, "allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let code = |client| verify(&key, client).send_through(place.path()).json()["code"].clone();
    let mut tally = Tally::default();
    tally.equal("inside", &code(Some("203.0.113.9")), &json!("allowed"));
    tally.equal("outside", &code(Some("198.51.100.1")), &json!("ip_not_allowed"));
    tally.equal("not said", &code(None), &json!("ip_not_allowed"));
    let answer = verify(&key, Some("203.0.113.9")).send(stage.owner.data);
    tally.problem("over TCP", &answer, 403, "client_ip_not_trusted");
    passes(&mut tally, "told", &bearer(forward("POST", "/v2/ep1/run"), &key).send_through(place.path()));
    let silent = bearer(Request::new("GET", "/authz/forward"), &key)
        .header("X-Forwarded-Method", "POST")
        .header("X-Forwarded-Host", "api.example.com")
        .header("X-Forwarded-Uri", "/v2/ep1/run");
    refuses(&mut tally, "not told", &silent.send_through(place.path()), 403, "ip_not_allowed");
    tally.end();
}

#[test]
fn a_token_is_asked_for_at_the_socket_too() {
    let token = "sixteen letters!";
    let place = Place::new();
    let stage = with_endpoint(place.site().with("KEYDESK_DATA_TOKEN", token));
    let key = writer(&stage);
    let mut tally = Tally::default();
    for (case, request) in
        [("lane", bearer(forward("GET", "/v2/ep1/health"), &key)), ("route", verify(&key, None))]
    {
        tally.problem(case, &request.send_through(place.path()), 401, "unauthenticated");
        let wrong = request.clone().header("X-Keydesk-Token", "sixteen letters?");
        tally.problem(case, &wrong.send_through(place.path()), 401, "unauthenticated");
        tally.status(case, &request.header("X-Keydesk-Token", token).send_through(place.path()), 200);
    }
    tally.end();
}

#[test]
fn http2_is_known_by_its_first_bytes() {
    let place = Place::new();
    let stage = stage(&place);
    let key = writer(&stage);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(ask_over_http2(place.path(), &key)), 200);
    assert_eq!(runtime.block_on(first_byte(place.path(), b'P')), 405);
}

async fn ask_over_http2(path: &Path, key: &Key) -> u16 {
    let socket = TokioIo::new(UnixStream::connect(path).await.unwrap());
    let (mut sender, connection) = handshake(TokioExecutor::new(), socket).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://any.example/authz/forward")
        .header("authorization", format!("Bearer {}", key.value))
        .header("x-forwarded-method", "POST")
        .header("x-forwarded-host", "api.example.com")
        .header("x-forwarded-uri", "/v2/ep1/run")
        .header("x-forwarded-for", "203.0.113.9");
    let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    answer.status().as_u16()
}

/// A method that begins like HTTP/2, and its rest a little later.
async fn first_byte(path: &Path, first: u8) -> u16 {
    use tokio::io::AsyncReadExt;
    let mut socket = UnixStream::connect(path).await.unwrap();
    socket.write_all(&[first]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    socket.write_all(b"UT /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}
