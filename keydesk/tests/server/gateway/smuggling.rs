//! Requests that two readers might end in two places.

use super::streams::{connect, until};
use super::{head, stage, writer};
use crate::harness::{Tally, Upstream, exchange};
use std::io::Write;

#[test]
fn a_request_that_can_be_read_in_two_ways_reaches_no_upstream() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let start = head(&key, "POST /p/x");
    let smuggled = format!("{}\r\n", head(&key, "POST /v2/ep1/run"));
    let mut tally = Tally::default();
    for (name, rest) in [
        ("both lengths", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("both, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        ("two lengths", "Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd"),
        ("a list of lengths", "Content-Length: 4, 0\r\n\r\nabcd"),
        ("a signed length", "Content-Length: +4\r\n\r\nabcd"),
        ("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("another coding", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("not quite chunked", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("a bare line feed in a value", "X-A: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a bare carriage return", "X-A: a\rTransfer-Encoding: chunked\r\n\r\n"),
        ("a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ("a folded line", "X-A: a\r\n Transfer-Encoding: chunked\r\n\r\n"),
        ("a chunk of no size", "Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd\r\n0\r\n\r\n"),
        ("a bare line feed behind a size", "Transfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n"),
        ("the same with an extension", "Transfer-Encoding: chunked\r\n\r\n4;a=b\nabcd\r\n0\r\n\r\n"),
        (
            "a bare carriage return in an extension",
            "Transfer-Encoding: chunked\r\n\r\n4;a\rb\r\nabcd\r\n0\r\n\r\n",
        ),
        ("a bare line feed behind a chunk", "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\n0\r\n\r\n"),
        ("a bare line feed in a trailer", "Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: a\nX-B: b\r\n\r\n"),
        ("a second host", "Host: other\r\n\r\n"),
    ] {
        let answer = exchange(stage.server.gateway(), format!("{start}{rest}{smuggled}").as_bytes());
        let status = answer.map_or(0, |answer| answer.status);
        tally.that((400..500).contains(&status), format_args!("{name}: {status}"), &upstream.seen());
    }
    let whole = |seen: &crate::harness::Seen| seen.line.starts_with("POST /v2") || seen.body == b"abcd";
    tally.that(!upstream.seen().iter().any(whole), "nothing was smuggled", &upstream.seen());
    tally.end();
}

#[test]
fn a_body_that_can_be_read_in_two_ways_is_never_whole_although_its_head_has_gone_on() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let head = head(&key, "POST /p/x");
    let head = format!("{head}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    for rest in ["4\nabcd\r\n0\r\n\r\n", "4;a\rb\r\nabcd\r\n0\r\n\r\n", "4\r\nabcd\r\n0\r\n\n"] {
        let mut socket = connect(&stage);
        socket.write_all(head.as_bytes()).unwrap();
        // The body is asked for only when there is a connection to the upstream.
        until(&mut socket, "HTTP/1.1 100 Continue\r\n\r\n");
        socket.write_all(rest.as_bytes()).unwrap();
        let answer = until(&mut socket, "\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 400"), "{rest:?}: {answer}");
    }
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn what_is_too_large_is_refused() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let start = head(&key, "POST /p/x");
    let refused = |rest: String| {
        let answer = exchange(stage.server.gateway(), format!("{start}{rest}").as_bytes());
        answer.map(|answer| answer.status)
    };
    assert_eq!(refused(format!("Content-Length: {}\r\n\r\n", (64 << 20) + 1)), Some(413));
    assert_eq!(refused(format!("X-A: {}\r\n\r\n", "a".repeat(9 << 10))), Some(431));
    let document = format!("{{\"query\":\"{{a}}{}\"}}", " ".repeat(1 << 20));
    let graphql =
        super::with(&key, "POST", "/graphql").header("Content-Type", "application/json").body(document);
    assert_eq!(graphql.send(stage.server.gateway()).status, 413);
    assert_eq!(upstream.seen().len(), 0);
}
