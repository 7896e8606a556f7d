//! Single requests, each with the answer it must get.

use super::*;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n";

fn get_with(headers: &str) -> String {
    format!("{GET}{headers}\r\n")
}

fn post_with(headers: &str, body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}")
}

fn with_line(line: &str) -> String {
    format!("{line}\r\nHost: a\r\n\r\n")
}

/// A request and whether its connection must end with it.
fn cases() -> Vec<(&'static str, String, u16, End)> {
    let long = |count| "x".repeat(count);
    vec![
        ("H-02", post_with("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400, Closes),
        ("H-03 not a number", post_with("Content-Length: +3\r\n", "abc"), 400, Closes),
        ("H-03 a list", post_with("Content-Length: 3, 3\r\n", "abc"), 400, Closes),
        ("H-03 more than u64", post_with("Content-Length: 18446744073709551616\r\n", ""), 400, Closes),
        ("H-04 unknown coding", post_with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, Closes),
        (
            "H-04 chunked first",
            post_with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            400,
            Closes,
        ),
        (
            "H-04 chunked last",
            post_with("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"),
            400,
            Closes,
        ),
        (
            "H-04 twice",
            post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            400,
            Closes,
        ),
        ("H-04 in capitals", post_with("Transfer-Encoding: CHUNKED\r\n", "2\r\nhi\r\n0\r\n\r\n"), 200, Lives),
        (
            "H-04 in HTTP/1.0",
            "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into(),
            400,
            Closes,
        ),
        (
            "H-05 space before the colon",
            post_with("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
            400,
            Closes,
        ),
        ("H-06 bad chunk", post_with("Transfer-Encoding: chunked\r\n", "zz\r\nhi\r\n0\r\n\r\n"), 400, Closes),
        ("H-07 obs-fold", get_with("X: a\r\n b\r\n"), 400, Closes),
        ("H-08 bare LF", "GET / HTTP/1.1\nHost: a\n\n".into(), 200, Lives),
        ("H-10 no Host", "GET / HTTP/1.1\r\n\r\n".into(), 400, Closes),
        ("H-10 two Hosts", get_with("Host: b\r\n"), 400, Closes),
        ("H-10 the same twice", get_with("host: a\r\n"), 400, Closes),
        ("H-10 empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n".into(), 400, Closes),
        ("H-10 space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(), 400, Closes),
        ("H-10 user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n".into(), 400, Closes),
        ("H-10 path", "GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n".into(), 400, Closes),
        ("H-10 list", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n".into(), 400, Closes),
        ("H-10 port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n".into(), 400, Closes),
        ("H-10 sign in the port", "GET / HTTP/1.1\r\nHost: a:+80\r\n\r\n".into(), 400, Closes),
        ("H-10 broken IPv6", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n".into(), 400, Closes),
        ("H-10 IPv6", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n".into(), 200, Lives),
        ("H-10 HTTP/1.0 without", "GET / HTTP/1.0\r\n\r\n".into(), 200, Closes),
        ("H-11 another host", with_line("GET http://b/ HTTP/1.1"), 400, Closes),
        ("H-11 another port", with_line("GET http://a:81/ HTTP/1.1"), 400, Closes),
        ("H-11 user", with_line("GET http://u@a/ HTTP/1.1"), 400, Closes),
        ("H-11 another scheme", with_line("GET ftp://a/ HTTP/1.1"), 400, Closes),
        ("H-11 the same", with_line("GET http://A:80/ HTTP/1.1"), 200, Lives),
        ("H-12 no slash", with_line("GET a HTTP/1.1"), 400, Closes),
        ("H-12 star", with_line("GET * HTTP/1.1"), 400, Closes),
        ("H-12 star for OPTIONS", with_line("OPTIONS * HTTP/1.1"), 404, Lives),
        ("H-12 not ASCII", with_line("GET /ü HTTP/1.1"), 400, Closes),
        ("H-13 large head", get_with(&format!("A: {0}\r\nB: {0}\r\nC: {0}\r\n", long(6000))), 431, Closes),
        ("H-13 K-19 1 MiB", get_with(&format!("Authorization: Bearer {}\r\n", long(1 << 20))), 431, Closes),
        ("H-13 101 fields", get_with(&"X: a\r\n".repeat(100)), 431, Closes),
        ("H-13 100 fields", get_with(&"X: a\r\n".repeat(99)), 200, Lives),
        ("H-13 large field", get_with(&format!("A: {}\r\n", long(8192))), 431, Closes),
        ("H-13 large enough", get_with(&format!("A: {}\r\n", long(8191))), 200, Lives),
        ("H-14 9 KiB", with_line(&format!("GET /{} HTTP/1.1", long(9 << 10))), 414, Closes),
        ("H-14 20 KiB", with_line(&format!("GET /{} HTTP/1.1", long(20 << 10))), 414, Closes),
        ("H-14 200 KiB", with_line(&format!("GET /{} HTTP/1.1", long(200 << 10))), 414, Closes),
        ("H-16", with_line("TRACE / HTTP/1.1"), 405, Closes),
        ("H-16", with_line("CONNECT a:443 HTTP/1.1"), 405, Closes),
        ("H-16", with_line("TRACK / HTTP/1.1"), 405, Closes),
        ("H-16", with_line("PRI / HTTP/1.1"), 405, Closes),
        ("H-16", with_line("FOO / HTTP/1.1"), 405, Closes),
        ("H-16", with_line("get / HTTP/1.1"), 405, Closes),
        ("H-16 HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 405, Closes),
        ("H-17 K-20 NUL", get_with("X: a\0b\r\n"), 400, Closes),
        ("H-17 K-20 CR", get_with("X: a\rb\r\n"), 400, Closes),
        ("H-17 K-20 LF", get_with("X: a\nb\r\n"), 400, Closes),
        ("H-17 ESC", get_with("X: a\x1bb\r\n"), 400, Closes),
        ("H-17 DEL", get_with("X: a\x7fb\r\n"), 400, Closes),
        ("H-17 DEL in a name", get_with("X\x7f: a\r\n"), 400, Closes),
        ("H-17 DEL in the target", with_line("GET /\x7f HTTP/1.1"), 400, Closes),
        ("H-17 NUL in the target", with_line("GET /\0 HTTP/1.1"), 400, Closes),
        ("H-17 NUL in a name", get_with("X\0: a\r\n"), 400, Closes),
        ("H-17 space in a name", get_with("X Y: a\r\n"), 400, Closes),
        ("H-17 parenthesis in a name", get_with("X(: a\r\n"), 400, Closes),
        ("H-18 version", with_line("GET / HTTP/3.0"), 400, Closes),
        ("H-18 not HTTP", "\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n".into(), 400, Closes),
        ("coded body", post_with("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "hi"), 415, Lives),
        ("identity body", post_with("Content-Encoding: Identity\r\nContent-Length: 2\r\n", "hi"), 200, Lives),
        ("X-29 2^63", post_with("Content-Length: 9223372036854775808\r\n", ""), 413, Closes),
        ("H-32 GET with a body", get_with("Content-Length: 2\r\n") + "hi", 200, Lives),
        ("panic", with_line("GET /panic HTTP/1.1"), 500, Lives),
    ]
}

#[derive(PartialEq)]
enum End {
    Closes,
    Lives,
}
use End::{Closes, Lives};

#[tokio::test]
async fn every_request_gets_its_answer() {
    holds(Server::start().await).await;
}

#[tokio::test]
async fn every_request_gets_the_same_answer_where_there_is_a_short_lane() {
    holds(super::lane::with_lane(|_| {}).await).await;
}

async fn holds(server: Server) {
    for (name, raw, status, end) in cases() {
        println!("{name}"); // the last one printed is the one that fails
        let mut client = server.client().await;
        client.send(&raw).await;
        let answer = client.answer().await.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{name}");
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32), "{name}");
        assert_eq!(answer.header("x-request-id"), answer.header("x-pinecone-request-id"), "{name}");
        if status != 200 && status != 404 {
            let problem = answer.problem();
            assert_eq!(problem["status"], status, "{name}");
            assert_eq!(problem["request_id"], answer.header("x-request-id").unwrap(), "{name}");
        }
        assert_eq!(answer.header("allow").is_some(), status == 405, "{name}");
        match end {
            Closes => assert!(client.is_closed().await, "{name}: still open"),
            Lives => {
                client.send(get_with("")).await;
                assert_eq!(client.answer().await.map(|next| next.status), Some(200), "{name}: closed");
            }
        }
    }
}
