//! Connections to the upstream: used again, and what happens when it closes one.

use super::{stage, with, writer};
use crate::harness::{Tally, Upstream, answer};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_connection_is_used_again() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    for _ in 0..20 {
        assert_eq!(with(&key, "POST", "/p/x").body("b").send(stage.server.gateway()).status, 200);
    }
    // One more now and then is no fault: a connection may not be free yet when the next request comes.
    assert!(upstream.connections() <= 5, "{}", upstream.connections());
}

/// Answers the first request of each connection, and closes when it sees a second one.
fn forgetful() -> Upstream {
    let count = AtomicUsize::new(0);
    Upstream::answering(move |seen, socket| {
        let is_first = seen.all("x-first") == ["1"] || count.fetch_add(1, Ordering::SeqCst) > 0;
        if is_first {
            answer(socket, "200 OK", "again");
        }
        is_first
    })
}

#[test]
fn what_can_be_done_twice_is_sent_again_when_a_used_connection_was_closed() {
    let mut tally = Tally::default();
    for (method, body, status) in [
        ("GET", "", 200),
        ("HEAD", "", 200),
        ("DELETE", "", 200),
        ("PUT", "", 200),
        ("PUT", "b", 502),
        ("POST", "", 502),
    ] {
        let upstream = forgetful();
        let stage = stage(&upstream);
        let key = writer(&stage);
        let first = with(&key, "GET", "/p/x").header("X-First", "1").send(stage.server.gateway());
        tally.status("first", &first, 200);
        let sent = with(&key, method, "/p/x").body(body).send(stage.server.gateway());
        tally.status(format_args!("{method} {body:?}"), &sent, status);
        let times = upstream.seen().len() - 1;
        tally.equal(format_args!("{method} {body:?}: times"), &times, &if status == 200 { 2 } else { 1 });
    }
    tally.end();
}

#[test]
fn a_request_on_a_new_connection_is_sent_once() {
    let upstream = Upstream::answering(|_, _| false);
    let stage = stage(&upstream);
    let key = writer(&stage);
    let sent = with(&key, "GET", "/p/x").send(stage.server.gateway());
    assert_eq!((sent.status, sent.problem_code().as_deref()), (502, Some("upstream_unreachable")));
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn an_answer_that_breaks_off_is_not_passed_on_as_whole() {
    let upstream = Upstream::answering(|seen, socket| {
        let head = if seen.line.ends_with("chunked") {
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        } else {
            "Content-Length: 10\r\n\r\nhello"
        };
        drop(socket.write_all(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes()));
        false
    });
    let stage = stage(&upstream);
    let key = writer(&stage);
    assert!(with(&key, "GET", "/p/length").try_send(stage.server.gateway()).is_none());
    let chunked = with(&key, "GET", "/p/chunked").send(stage.server.gateway());
    assert!(!chunked.text().ends_with("0\r\n\r\n"), "{chunked:?}");
}

#[test]
fn an_upstream_that_says_nonsense_is_a_bad_gateway() {
    let upstream = Upstream::answering(|seen, socket| {
        let said = match seen.line.as_str() {
            "GET /p/switch" => {
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
            }
            "GET /p/two" => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            _ => "nonsense\r\n\r\n",
        };
        drop(socket.write_all(said.as_bytes()));
        false
    });
    let stage = stage(&upstream);
    let key = writer(&stage);
    for path in ["/p/switch", "/p/two", "/p/x"] {
        assert_eq!(with(&key, "GET", path).send(stage.server.gateway()).status, 502, "{path}");
    }
}
