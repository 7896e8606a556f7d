//! Connections: how many requests they carry, how many there may be, and how they end.

use std::future::poll_fn;
use std::pin::Pin;

use tokio::io::AsyncWrite;
use tokio::sync::mpsc;

use super::*;

#[tokio::test]
async fn a_connection_carries_one_request_after_another() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        client.send(get_path("/id")).await;
        ids.push(client.answer().await.unwrap().body);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let posted = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    client.send([&get_path("/slow"), posted, &get_path("/"), "nonsense\r\n\r\n"].concat()).await;
    for body in ["slow", "hi", "/"] {
        assert_eq!(client.answer().await.unwrap().body, body);
    }
    assert_eq!(client.answer().await.unwrap().problem()["code"], "malformed_request");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_client_that_has_finished_sending_still_gets_its_answer() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(get_path("/slow")).await;
    poll_fn(|cx| Pin::new(&mut client.socket).poll_shutdown(cx)).await.unwrap();
    assert_eq!(client.answer().await.unwrap().body, "slow");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_connection_over_the_limit_is_told_so_at_once() {
    let server = Server::with(|front| front.limits.connections_max = 2).await;
    let mut first = server.client().await;
    let mut second = server.client().await;
    for client in [&mut first, &mut second] {
        client.send(get_path("/")).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
    }
    let mut third = server.client().await;
    let refused = third.answer().await.unwrap();
    assert_eq!((refused.status, refused.problem()["code"].as_str()), (503, Some("overloaded")));
    assert!(third.is_closed().await);

    drop(first);
    while server.ask(get_path("/")).await.status == 503 {
        sleep(Duration::from_millis(10)).await;
    }
}

/// A route that says when it has a request, and takes this long to answer.
fn app_taking(wait: Duration) -> (Router, mpsc::Receiver<()>) {
    let (begun, has_begun) = mpsc::channel(1);
    let slow = move || async move {
        begun.send(()).await.unwrap();
        sleep(wait).await;
        "slow"
    };
    (app().route("/begin", get(slow)), has_begun)
}

#[tokio::test]
async fn draining_finishes_what_is_served_and_takes_nothing_new() {
    let (app, mut has_begun) = app_taking(Duration::from_millis(300));
    let server = Server::serving(app, |_| {}).await;
    let mut idle = server.client().await;
    idle.send(get_path("/")).await;
    idle.answer().await.unwrap();
    let mut half = server.client().await;
    half.send("GET / HT").await;
    let mut busy = server.client().await;
    busy.send(get_path("/begin")).await;
    has_begun.recv().await.unwrap();

    server.stop.send_replace(true);
    assert!(idle.is_closed().await);
    assert!(half.is_closed().await);
    assert!(TcpStream::connect(server.address).await.is_err());
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.body.as_str(), answer.header("connection")), ("slow", Some("close")));
    server.drain().await;
}

#[tokio::test]
async fn draining_does_not_wait_for_ever() {
    let (app, mut has_begun) = app_taking(GENEROUS * 10);
    let server = Server::serving(app, |front| front.limits.drain_wait = Duration::from_millis(100)).await;
    let mut stuck = server.client().await;
    stuck.send(get_path("/begin")).await;
    has_begun.recv().await.unwrap();
    server.drain().await;
    assert!(stuck.is_closed().await);
}
