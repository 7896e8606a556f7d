//! The short lane: but for the time it takes, no client can tell it from hyper.

use super::*;
use crate::front::Direct;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

const SOON: Duration = Duration::from_millis(300);

/// Answers `/`, and does what a header says.
struct Lines;

impl Direct for Lines {
    fn answer(&self, _: &mut Parts, _: Option<SocketAddr>, _: &str) -> Option<Response> {
        None
    }

    fn takes_lines(&self, path: &str) -> bool {
        path == "/"
    }

    fn answer_lines(
        &self,
        lines: &[(&str, &[u8])],
        _: Option<SocketAddr>,
        _: &str,
        out: &mut Vec<u8>,
    ) -> Option<Response> {
        out.extend_from_slice(b"x-lane: yes\r\n");
        let does = |what: &str| lines.iter().any(|(name, _)| name.eq_ignore_ascii_case(what));
        assert!(!does("x-panic"), "the secret is 42");
        does("x-refuse").then(|| (StatusCode::FORBIDDEN, "no").into_response())
    }

    fn wants_body(&self, _: &Parts) -> bool {
        false
    }

    fn answer_whole(&self, _: &mut Parts, _: Option<SocketAddr>, _: &str, _: &Bytes) -> Response {
        StatusCode::NOT_FOUND.into_response()
    }
}

pub(super) async fn with_lane(change: impl FnOnce(&mut Front)) -> Server {
    Server::with(|front| {
        front.direct = Some(Arc::new(Lines));
        change(front);
    })
    .await
}

fn with(line: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n")
}

/// The next answer, and whether it came from the lane.
async fn next(client: &mut Client) -> (u16, String, bool) {
    let answer = client.answer().await.expect("an answer");
    assert_eq!(answer.header("x-request-id").map(str::len), Some(32), "{answer:?}");
    assert_eq!(answer.header("x-request-id"), answer.header("x-pinecone-request-id"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(
        answer.header("date").is_some_and(|date| date.len() == 29 && date.ends_with(" GMT")),
        "{answer:?}"
    );
    let is_lane = answer.header("x-lane") == Some("yes");
    (answer.status, answer.body, is_lane)
}

#[tokio::test]
async fn a_request_is_answered_there_whole_and_in_pieces() {
    let server = with_lane(|_| {}).await;
    let mut client = server.client().await;
    client.send(with("Connection: Keep-Alive\r\n")).await;
    assert_eq!(next(&mut client).await, (200, String::new(), true));
    for piece in with("X: y\r\n").as_bytes().chunks(17) {
        client.send(piece).await;
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(next(&mut client).await, (200, String::new(), true));
    client.send(with("X-Refuse: y\r\n")).await;
    assert_eq!(next(&mut client).await, (403, "no".to_owned(), false));
    client.send(with("X-Panic: y\r\n")).await;
    assert_eq!(client.answer().await.unwrap().problem()["code"], "internal");
    client.send(with("")).await;
    assert_eq!(next(&mut client).await, (200, String::new(), true));
}

#[tokio::test]
async fn whatever_is_not_for_it_is_hypers_and_so_is_all_that_follows() {
    let server = with_lane(|_| {}).await;
    for other in [
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n",
        "content-encoding: identity\r\n",
        "EXPECT: 100-continue\r\n",
        "Upgrade: h2c\r\nConnection: upgrade\r\n",
        &format!("X: {}\r\n", "x".repeat(8 << 10)),
        &"X: x\r\n".repeat(60),
    ] {
        let mut client = server.client().await;
        client.send([with(""), with(""), with(other), with("")].concat()).await;
        for is_lane in [true, true] {
            assert_eq!(next(&mut client).await, (200, String::new(), is_lane), "{other}");
        }
        let (status, body, is_lane) = next(&mut client).await;
        assert!(matches!((status, &*body), (200, "/") | (431, _)) && !is_lane, "{other} {status} {body}");
    }
    let mut client = server.client().await;
    let posted = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    client.send([&*with(""), posted, &*with("")].concat()).await;
    for expected in [("", true), ("hi", false), ("/", false)] {
        let (status, body, is_lane) = next(&mut client).await;
        assert_eq!((status, &*body, is_lane), (200, expected.0, expected.1));
    }
}

#[tokio::test]
async fn slow_and_silent_clients_are_cut_there_too() {
    let server = with_lane(|front| (front.limits.head_wait, front.limits.idle_wait) = (SOON, SOON * 4)).await;
    assert!(server.client().await.is_closed().await);
    let mut client = server.client().await;
    client.send(with("")).await;
    next(&mut client).await;
    sleep(SOON * 2).await;
    client.send("GET / HTTP/1.1\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 408);
    assert!(client.is_closed().await);
    let mut idle = server.client().await;
    idle.send(with("")).await;
    next(&mut idle).await;
    assert!(idle.is_closed().await);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_there_too() {
    let server = with_lane(|front| front.limits.write_wait = SOON).await;
    let mut client = server.client().await;
    let many = with("").repeat(100);
    let all_sent = async { while client.send(&many).await {} };
    timeout(GENEROUS, all_sent).await.expect("the connection to be cut");
}

#[tokio::test]
async fn draining_ends_a_connection_that_is_quiet_there() {
    let server = with_lane(|_| {}).await;
    let mut client = server.client().await;
    client.send(with("")).await;
    next(&mut client).await;
    server.drain().await;
    assert!(client.is_closed().await);
}
