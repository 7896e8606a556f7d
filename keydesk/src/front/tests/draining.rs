//! How what a gateway has under way ends with the server: requests over HTTP/2, and WebSockets.

use super::relay::{SOON, client, pieces, post, relaying, send};
use super::*;
use http::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;

async fn next(answer: &mut Response<Incoming>) -> Bytes {
    let frame = timeout(GENEROUS, answer.body_mut().frame()).await.unwrap();
    frame.expect("more").unwrap().into_data().unwrap()
}

#[tokio::test]
async fn draining_finishes_what_is_under_way_over_http2_and_closes_what_is_idle() {
    let server = relaying(|_| {}).await;
    let mut idle = client(&server).await;
    let (_, nothing) = pieces();
    assert_eq!(post(&mut idle, nothing).await.0, 200);
    let mut busy = client(&server).await;
    let (say, body) = pieces();
    say.send("before".into()).await.unwrap();
    let mut answer = send(&mut busy, "/stream", body).await;
    assert_eq!(next(&mut answer).await, "before");

    server.stop.send_replace(true);
    let closed = async {
        while idle.ready().await.is_ok() && !idle.is_closed() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(GENEROUS, closed).await.expect("the idle connection is closed");
    say.send("after".into()).await.unwrap();
    assert_eq!(next(&mut answer).await, "after");
    drop(say);
    let rest = timeout(GENEROUS, answer.into_body().collect()).await.unwrap();
    assert_eq!(rest.unwrap().to_bytes(), "", "to its end");
    server.drain().await;
}

#[tokio::test]
async fn draining_does_not_wait_for_ever_over_http2_either() {
    let server = relaying(|front| front.limits.drain_wait = SOON).await;
    let mut stuck = client(&server).await;
    let (say, body) = pieces();
    say.send("before".into()).await.unwrap();
    let mut answer = send(&mut stuck, "/stream", body).await;
    assert_eq!(next(&mut answer).await, "before");
    server.drain().await;
    let rest = timeout(GENEROUS, answer.into_body().collect()).await.unwrap();
    assert!(rest.is_err(), "cut, and not ended");
}

/// A connection that has become a WebSocket.
async fn socket(server: &Server) -> Client {
    let mut client = server.client().await;
    client
        .send("GET /socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly")
        .await;
    assert_eq!(client.answer().await.unwrap().status, 101);
    heard(&mut client, "early").await;
    client
}

async fn heard(client: &mut Client, text: &str) {
    while client.seen.len() < text.len() {
        assert!(client.read().await, "it ended");
    }
    assert_eq!(client.seen, text.as_bytes());
    client.seen.clear();
}

#[tokio::test]
async fn draining_leaves_a_websocket_until_it_ends_or_its_time_is_over() {
    let server = relaying(|front| front.limits.drain_wait = GENEROUS * 10).await;
    let mut client = socket(&server).await;
    server.stop.send_replace(true);
    while TcpStream::connect(server.address).await.is_ok() {
        sleep(Duration::from_millis(10)).await;
    }
    client.send("still here").await;
    heard(&mut client, "still here").await;
    drop(client);
    server.drain().await;

    let server = relaying(|front| front.limits.drain_wait = SOON).await;
    let mut client = socket(&server).await;
    server.drain().await;
    assert!(client.is_closed().await);
}
