//! How long the gateway waits for an upstream, and what it says when that is over.

use crate::world::{Issued, Log, Node};
use axum::body::Body;
use data::gateway::Waits;
use data::http::Caller;
use domain::{Catalog, Effect};
use http::{Request, Response};
use http_body_util::BodyExt;
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

/// For what is to happen at once.
const SOON: Duration = Duration::from_millis(300);
/// For what is not to happen.
const NEVER: Duration = Duration::from_secs(24 * 3600);
const WAITS: Waits = Waits { connect: NEVER, answer: NEVER, quiet: NEVER };

/// Nothing here takes as long; only so that a test which is stuck ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of a request for this upstream.
async fn ask(upstream: SocketAddr, waits: Waits) -> Response<Body> {
    let log = Log::new();
    asked(&log, upstream, waits).await.2
}

/// The node that was asked, and the key that it was asked with.
async fn asked(log: &Log, upstream: SocketAddr, waits: Waits) -> (Node, Issued, Response<Body>) {
    let key = log.issue(|_| ());
    let node = Node::start(log).await;
    let route = format!(
        "[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/p/{{id}}\"\naction = \"read\"\n\
         resource = \"PROJECT/{{id}}\"\nupstream = \"http://{upstream}\"\n"
    );
    let version = log.commit(Effect::Catalog(format!("{}\n{route}", Catalog::DEFAULT)));
    node.nudge.wake();
    node.until_applied(version).await;
    let request = Request::get(format!("/p/{}", key.key.project_id)).header("host", "api.example.com");
    let request = request.header("authorization", &key.secret).body(Body::empty()).unwrap();
    let gateway = node.gateway().waiting(waits);
    let answered = gateway.answer(request, Caller { peer: None, id: Some("req-1") });
    let answer = timeout(PATIENCE, answered).await.unwrap();
    (node, key, answer)
}

async fn problem(answer: Response<Body>) -> (u16, String) {
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    (status, body["code"].as_str().unwrap().to_owned())
}

/// An upstream that says this to the first request, and nothing more.
async fn saying(text: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        socket.write_all(text.as_bytes()).await.unwrap();
        pending::<()>().await;
    });
    address
}

#[tokio::test]
async fn an_upstream_that_takes_no_connection_in_time_is_unreachable() {
    let listener = TcpSocket::new_v4().unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = listener.listen(0).unwrap();
    let full = listener.local_addr().unwrap();
    // Nobody takes these, and when there is no room for more, whoever comes has to wait.
    let mut waiting = Vec::new();
    while let Ok(socket) = timeout(SOON, TcpStream::connect(full)).await {
        waiting.push(socket.unwrap());
    }
    let answer = ask(full, Waits { connect: SOON, ..WAITS }).await;
    assert_eq!(problem(answer).await, (502, "upstream_unreachable".into()));
}

#[tokio::test]
async fn an_answer_that_does_not_begin_in_time_is_late() {
    let answer = ask(saying("").await, Waits { answer: SOON, ..WAITS }).await;
    assert_eq!(problem(answer).await, (504, "upstream_late".into()));
}

#[tokio::test]
async fn an_answer_that_falls_silent_breaks_off_and_is_never_whole() {
    for begun in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst",
        "HTTP/1.1 200 OK\r\n\r\nfirst",
    ] {
        let answer = ask(saying(begun).await, Waits { quiet: SOON, ..WAITS }).await;
        assert_eq!(answer.status(), 200);
        let mut body = answer.into_body();
        let first = body.frame().await.unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "first", "{begun}");
        let end = timeout(PATIENCE, body.frame()).await.expect("an end");
        assert!(end.is_some_and(|end| end.is_err()), "{begun}");
    }
}

#[tokio::test]
async fn an_answer_that_is_all_head_falls_silent_in_the_same_time() {
    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    let answer = ask(saying(begun).await, Waits { quiet: SOON, ..WAITS }).await;
    let end = timeout(PATIENCE, answer.into_body().frame()).await.expect("an end");
    assert!(end.is_some_and(|end| end.is_err()));
}

#[tokio::test]
async fn a_piece_that_is_there_already_is_not_handed_over_once_the_key_is_gone() {
    let pieces = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n";
    let log = Log::new();
    let (node, key, answer) = asked(&log, saying(pieces).await, WAITS).await;
    let mut body = answer.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
    node.until_applied(log.revoke(&key)).await;
    assert!(body.frame().await.unwrap().is_err(), "nobody had to wait for it");
}
