//! Clients that are slow, or send too much.

use super::*;
use crate::front::Large;

const SOON: Duration = Duration::from_millis(300);

fn chunked(path: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
}

fn sized(length: usize) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_slow_head_is_cut() {
    let server = Server::with(|front| front.limits.head_wait = SOON).await;
    let mut client = server.client().await;
    let mut pieces = 0;
    while client.send("G").await && pieces < 100 {
        pieces += 1;
        sleep(SOON / 6).await;
    }
    assert!(pieces < 100);
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.problem()["code"].as_str()), (408, Some("request_timeout")));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_slow_head_is_cut_on_a_connection_that_was_idle() {
    let server = Server::with(|front| front.limits.head_wait = SOON).await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.answer().await.unwrap();
    sleep(SOON * 3).await;
    client.send("GET / HTTP/1.1\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 408);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_without_a_word() {
    let server = Server::with(|front| front.limits.head_wait = SOON).await;
    assert!(server.client().await.is_closed().await);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::with(|front| front.limits.idle_wait = SOON).await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.answer().await.unwrap();
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_slow_body_is_cut() {
    let server = Server::with(|front| front.limits.body_wait = SOON).await;
    for head in [chunked("/echo"), chunked("/careless")] {
        let mut client = server.client().await;
        client.send(head).await;
        let mut pieces = 0;
        while client.send("1\r\nx\r\n").await && pieces < 100 {
            pieces += 1;
            sleep(SOON / 6).await;
        }
        assert!(pieces < 100);
        assert_eq!(client.answer().await.unwrap().status, 408);
        assert!(client.is_closed().await);
    }
    let mut silent = server.client().await;
    silent.send(sized(5)).await;
    assert_eq!(silent.answer().await.unwrap().problem()["code"], "request_timeout");
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut() {
    let (held, released) = tokio::sync::oneshot::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(Some(held)));
    struct Page(
        Vec<u8>,
        #[expect(dead_code, reason = "its end is what the test waits for")] tokio::sync::oneshot::Sender<()>,
    );
    impl AsRef<[u8]> for Page {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let page = move || async move {
        Bytes::from_owner(Page(vec![0; 64 << 20], held.lock().unwrap().take().unwrap()))
    };
    let app = Router::new().route("/", get(page));
    let server = Server::serving(app, |front| front.limits.write_wait = SOON).await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(timeout(GENEROUS, released).await.unwrap().is_err());
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let server = Server::with(|front| front.limits.body_bytes_max = 100_000).await;
    let full = "x".repeat(100_000);
    assert_eq!(server.ask(sized(100_000) + &full).await.body, full);
    assert_eq!(server.ask(chunked("/echo") + &format!("186a0\r\n{full}\r\n0\r\n\r\n")).await.body, full);
    let over = server.ask(sized(100_001)).await;
    assert_eq!((over.status, over.problem()["code"].as_str()), (413, Some("content_too_large")));
    assert_eq!(server.ask(chunked("/echo") + &format!("186a1\r\n{full}x\r\n0\r\n\r\n")).await.status, 413);
}

/// A server where one route takes more than the others, as long as it keeps coming.
async fn with_a_large_route() -> Server {
    Server::with(|front| {
        let is = |_: &http::Method, path: &str| path == "/echo";
        front.limits.large = Some(Large { is, bytes_max: 300_000, stride_bytes: 1000 });
        front.limits.body_bytes_max = 10_000;
        front.limits.body_wait = SOON;
    })
    .await
}

#[tokio::test]
async fn one_route_may_take_more_than_the_others() {
    let server = with_a_large_route().await;
    let full = "x".repeat(300_000);
    assert_eq!(server.ask(sized(300_000) + &full).await.body, full);
    assert_eq!(server.ask(sized(300_001)).await.status, 413);
    assert_eq!(server.ask(chunked("/echo") + &format!("493e1\r\n{full}x\r\n0\r\n\r\n")).await.status, 413);
    let other = sized(10_001).replace("/echo", "/careless");
    assert_eq!(server.ask(other).await.status, 413);
}

#[tokio::test]
async fn a_large_body_has_time_as_long_as_it_keeps_coming() {
    let server = with_a_large_route().await;
    let mut client = server.client().await;
    client.send(chunked("/echo")).await;
    for _ in 0..10 {
        assert!(client.send(format!("3e8\r\n{}\r\n", "x".repeat(1000))).await);
        sleep(SOON / 3).await;
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().body.len(), 10_000);

    let mut client = server.client().await;
    client.send(chunked("/echo")).await;
    let mut pieces = 0;
    while client.send("1\r\nx\r\n").await && pieces < 100 {
        pieces += 1;
        sleep(SOON / 6).await;
    }
    assert!(pieces < 100);
    assert_eq!(client.answer().await.unwrap().status, 408);
}

#[tokio::test]
async fn a_client_that_sends_first_and_reads_later_still_learns_why() {
    let server = Server::start().await;
    let mut client = server.client().await;
    assert!(client.send(sized(5 << 20) + &"x".repeat(5 << 20)).await);
    assert_eq!(client.answer().await.unwrap().status, 413);
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_limit() {
    let server = Server::start().await;
    for path in ["/echo", "/careless"] {
        let mut client = server.client().await;
        client.send(chunked(path)).await;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let mut sent_bytes = 0;
        while sent_bytes < 10 << 30 && client.send(&chunk).await {
            sent_bytes += chunk.len();
        }
        assert!(sent_bytes < 64 << 20, "{sent_bytes}");
        assert_eq!(client.answer().await.unwrap().status, 413);
    }
}

#[tokio::test]
async fn a_body_in_crumbs_is_read_but_not_without_end() {
    let server = Server::start().await;
    let few = server.ask(chunked("/echo") + &"1\r\nx\r\n".repeat(4000) + "0\r\n\r\n").await;
    assert_eq!((few.status, few.body), (200, "x".repeat(4000)));
    assert_eq!(server.ask(chunked("/echo") + &"1\r\nx\r\n".repeat(5000)).await.status, 413);
}

#[tokio::test]
async fn a_client_that_waits_for_100_gets_it_only_when_its_body_is_wanted() {
    let server = Server::start().await;
    let expecting = |length: usize| sized(length).replace("Host", "Expect: 100-continue\r\nHost");
    let mut client = server.client().await;
    client.send(expecting(2)).await;
    assert_eq!(client.answer().await.unwrap().status, 100);
    client.send("hi").await;
    assert_eq!(client.answer().await.unwrap().body, "hi");
    assert_eq!(server.ask(expecting(2 << 20)).await.status, 413);
}
