//! Clients that speak HTTP/2: what is said arrives as it is said, and ends with the server as over HTTP/1.1.

use super::streams::{events, websocket};
use super::{stage, writer};
use crate::harness::{Key, Stage};
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io::Read;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Longer than anything takes; only so that a test which is stuck ends.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

async fn client(stage: &Stage) -> SendRequest<Empty<Bytes>> {
    let socket = TcpStream::connect(stage.server.gateway()).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn get(sender: &mut SendRequest<Empty<Bytes>>, key: &Key, path: &str) -> Response<Incoming> {
    let request = Request::get(format!("http://api.example.com{path}"));
    let request = request.header("authorization", &key.value).body(Empty::new()).unwrap();
    timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap()
}

/// Reads until this has come.
async fn until(answer: &mut Response<Incoming>, end: &str) {
    let mut seen = Vec::new();
    while !seen.ends_with(end.as_bytes()) {
        let frame = timeout(PATIENCE, answer.body_mut().frame()).await.expect("more").expect("no end");
        seen.extend(frame.unwrap().into_data().unwrap());
    }
}

#[test]
fn an_event_arrives_over_http2_before_the_next_one_is_said() {
    let (upstream, say) = events();
    let stage = stage(&upstream);
    let key = writer(&stage);
    run(async {
        let mut answer = get(&mut client(&stage).await, &key, "/p/events").await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        for event in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
            say.send(event).unwrap();
            until(&mut answer, event).await;
        }
        drop(say);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "");
    });
}

#[test]
fn a_server_that_drains_finishes_http2_closes_what_is_idle_and_ends_websockets_last() {
    let (upstream, say) = events();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let (mut socket, _) = websocket(&stage, &key);
    run(async {
        let mut idle = client(&stage).await;
        assert_eq!(get(&mut idle, &key, "/doors-only").await.status(), 404);
        let mut answer = get(&mut client(&stage).await, &key, "/p/events").await;
        say.send("data: 1\n\n").unwrap();
        until(&mut answer, "data: 1\n\n").await;
        stage.server.signal("TERM");
        let closed = async {
            while !idle.is_closed() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, closed).await.expect("the idle connection is closed");
        say.send("data: 2\n\n").unwrap();
        until(&mut answer, "data: 2\n\n").await;
        drop(say);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "");
    });
    // Nobody ends it but the server.
    assert_eq!(socket.read(&mut [0]).unwrap_or(0), 0);
    assert!(stage.server.wait().success());
}
