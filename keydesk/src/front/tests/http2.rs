//! HTTP/2 with prior knowledge: told apart by its first bytes, under the same limits, and only where it is wanted.

use super::{GENEROUS, Server, app};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn speaking() -> Server {
    Server::with(|front| front.http2 = true).await
}

async fn client(server: &Server) -> SendRequest<Full<Bytes>> {
    let io = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (sender, connection) = handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(
    sender: &mut SendRequest<Full<Bytes>>,
    request: http::request::Builder,
    body: &str,
) -> (u16, String) {
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(answer.headers().contains_key("x-request-id"));
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn get(path: &str) -> http::request::Builder {
    http::Request::get(format!("http://a{path}"))
}

#[tokio::test]
async fn what_holds_over_one_holds_over_the_other() {
    let server = Server::with(|front| {
        front.http2 = true;
        front.hosts = super::super::HostRule::only(["a"]).unwrap();
        front.limits.body_bytes_max = 10;
        front.limits.target_bytes_max = 40;
        front.limits.field_bytes_max = 60;
    })
    .await;
    let mut sender = client(&server).await;
    assert_eq!(ask(&mut sender, get("/"), "").await.0, 200);
    for (request, body, status) in [
        (get("/"), "12345678901", 413),
        (get(&format!("/{}", "x".repeat(60))), "", 414),
        (get("/").header("x-long", "x".repeat(60)), "", 431),
        (get("/").header("content-encoding", "gzip"), "", 415),
        (http::Request::builder().method("TRACE").uri("http://a/"), "", 405),
        (http::Request::get("http://b/"), "", 421),
        (get("/").header("host", "b"), "", 400),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(ask(&mut sender, request, body).await.0, status, "{shown}");
    }
    // One request more on the same connection: none of these ends it.
    assert_eq!(ask(&mut sender, get("/"), "").await.0, 200);
    server.drain().await;
}

#[tokio::test]
async fn a_panic_and_a_slow_route_hold_up_no_other_request() {
    let server = Server::with(|front| {
        front.http2 = true;
        front.limits.body_wait = Duration::from_millis(100);
    })
    .await;
    let mut sender = client(&server).await;
    assert_eq!(ask(&mut sender, get("/panic"), "").await.0, 500);
    let mut other = sender.clone();
    let slow = tokio::spawn(async move { ask(&mut other, get("/slow"), "").await.0 });
    assert_eq!(ask(&mut sender, get("/"), "").await.0, 200);
    assert_eq!(timeout(GENEROUS, slow).await.unwrap().unwrap(), 408);
}

#[tokio::test]
async fn both_protocols_are_spoken_at_one_address() {
    let server = speaking().await;
    assert_eq!(ask(&mut client(&server).await, get("/"), "").await.0, 200);
    assert_eq!(server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.status, 200);
    // Methods that begin alike, also when only their first byte has come.
    for method in ["POST", "PUT", "PATCH"] {
        let mut client = server.client().await;
        client.send(&method[..1]).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        client.send(format!("{} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", &method[1..])).await;
        assert!(client.answer().await.is_some_and(|answer| answer.status != 400), "{method}");
    }
}

#[tokio::test]
async fn it_is_not_spoken_where_nobody_wants_it() {
    let server = Server::start().await;
    let answer = server.ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn a_connection_that_says_nothing_more_is_closed() {
    let server = Server::with(|front| {
        front.http2 = true;
        front.limits.head_wait = Duration::from_millis(200);
        front.limits.drain_wait = Duration::from_millis(200);
        front.limits.idle_wait = Duration::from_millis(300);
    })
    .await;
    for begin in [
        &b"PRI"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"PRIX",
    ] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(begin).await.unwrap();
        let mut rest = Vec::new();
        // Closed or reset, but not kept.
        drop(timeout(GENEROUS, socket.read_to_end(&mut rest)).await.expect("the server closes it"));
    }
    let mut sender = client(&server).await;
    assert_eq!(ask(&mut sender, get("/"), "").await.0, 200);
    let gone = async {
        while !sender.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(GENEROUS, gone).await.expect("an idle connection is closed");
}

#[tokio::test]
async fn a_server_that_drains_lets_requests_finish() {
    let server = Server::serving(app(), |front| front.http2 = true).await;
    let mut sender = client(&server).await;
    assert_eq!(ask(&mut sender, get("/"), "").await.0, 200);
    timeout(GENEROUS, server.drain()).await.unwrap();
    assert!(sender.ready().await.is_err());
}

#[tokio::test]
async fn who_leaves_an_answer_of_an_upstream_where_it_is_is_cut() {
    let server = Server::with(|front| {
        (front.http2, front.relays) = (true, true);
        front.limits.write_wait = Duration::from_millis(200);
        front.limits.head_wait = Duration::from_millis(200);
    })
    .await;
    let io = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(1024);
    let (mut sender, connection) = builder.handshake(io).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = get("/endless").body(Full::new(Bytes::new())).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    // It is held, and nothing of it is read.
    assert!(timeout(GENEROUS, connection).await.is_ok());
    assert!(answer.into_body().collect().await.is_err());
}
