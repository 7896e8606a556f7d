//! Requests that two readers could read in two ways (bad-input H), on both listeners.

use crate::harness::{Stage, Tally, exchange};
use std::net::SocketAddr;

/// A request for `HOST` on `PATH`, and the status it must get.
fn cases() -> Vec<(&'static str, String, u16)> {
    let long = |count| "x".repeat(count);
    let get = |headers: &str| format!("GET PATH HTTP/1.1\r\nHost: HOST\r\n{headers}\r\n");
    let line = |line: &str| format!("{line}\r\nHost: HOST\r\n\r\n");
    let host = |host: &str| format!("GET PATH HTTP/1.1\r\n{host}\r\n");
    let post = |headers: &str, body: &str| format!("POST PATH HTTP/1.1\r\nHost: HOST\r\n{headers}\r\n{body}");
    vec![
        ("plain", get("Connection: close\r\n"), 200),
        ("H-02", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400),
        ("H-03 sign", post("Content-Length: +3\r\n", "abc"), 400),
        ("H-03 list", post("Content-Length: 3, 3\r\n", "abc"), 400),
        ("H-04 xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400),
        ("H-04 chunked first", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400),
        ("H-04 chunked last", post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), 400),
        ("H-04 capitals", post("Transfer-Encoding: CHUNKED\r\nConnection: close\r\n", "0\r\n\r\n"), 405),
        ("H-05", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400),
        ("H-07", get("X: a\r\n b\r\n"), 400),
        ("H-10 two", get("Host: HOST\r\n"), 400),
        ("H-10 none", host(""), 400),
        ("H-10 empty", host("Host:\r\n"), 400),
        ("H-10 space", host("Host: a b\r\n"), 400),
        ("H-10 user", host("Host: a@HOST\r\n"), 400),
        ("H-10 path", host("Host: a/../b\r\n"), 400),
        ("unknown host", host("Host: evil.example\r\nConnection: close\r\n"), 421),
        ("unknown port", host("Host: 127.0.0.1:1\r\nConnection: close\r\n"), 421),
        ("no port", host("Host: 127.0.0.1\r\nConnection: close\r\n"), 421),
        ("rebound", host("Host: localhost.evil.example\r\nConnection: close\r\n"), 421),
        (
            "forwarded host",
            host("Host: evil.example\r\nX-Forwarded-Host: HOST\r\nConnection: close\r\n"),
            421,
        ),
        ("H-11", line("GET http://evil.example/ HTTP/1.1"), 400),
        ("H-12", line("GET nothing HTTP/1.1"), 400),
        ("H-13 section", get(&format!("A: {0}\r\nB: {0}\r\nC: {0}\r\n", long(6000))), 431),
        ("H-13 101 fields", get(&"X: a\r\n".repeat(100)), 431),
        ("H-13 one field", get(&format!("A: {}\r\n", long(8192))), 431),
        ("K-19", get(&format!("Authorization: Bearer {}\r\n", long(1 << 20))), 431),
        ("H-14", line(&format!("GET /{} HTTP/1.1", long(9 << 10))), 414),
        ("H-16", line("TRACE PATH HTTP/1.1"), 405),
        ("H-16", line("CONNECT HOST HTTP/1.1"), 405),
        ("H-16", line("TRACK PATH HTTP/1.1"), 405),
        ("H-16", line("FOO PATH HTTP/1.1"), 405),
        ("H-16 HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 405),
        ("H-17 NUL", get("X: a\0b\r\n"), 400),
        ("H-17 CR", get("X: a\rb\r\n"), 400),
        ("H-17 DEL", get("X: a\x7fb\r\n"), 400),
        ("H-17 name", get("X Y: a\r\n"), 400),
        ("H-17 name", get("X(: a\r\n"), 400),
        ("H-17 target", line("GET PATH\0 HTTP/1.1"), 400),
        ("TLS", "\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n".into(), 400),
        ("body too large", post("Content-Length: 9223372036854775807\r\nConnection: close\r\n", ""), 413),
    ]
}

fn both(stage: &Stage) -> [(SocketAddr, &'static str); 2] {
    [(stage.server.public, "/openapi.json"), (stage.server.data, "/livez")]
}

#[test]
fn a_request_that_could_be_read_in_two_ways_is_refused_and_the_connection_closed() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    for (listener, path) in both(&stage) {
        for (case, request, status) in cases() {
            // There the same bytes begin a conversation in HTTP/2.
            if case == "H-16 HTTP/2" && listener == stage.owner.data {
                continue;
            }
            let request = request.replace("HOST", &listener.to_string()).replace("PATH", path);
            // `exchange` returns only once the server has closed.
            let Some(answer) = exchange(listener, request.as_bytes()) else {
                tally.that(false, format_args!("{path} {case}: no answer, or more than one"), &"");
                continue;
            };
            tally.status(format_args!("{path} {case}"), &answer, status);
            let (id, twin) = (answer.header("x-request-id"), answer.header("x-pinecone-request-id"));
            tally.that(
                id.is_some_and(|id| id.len() == 32) && id == twin,
                format_args!("{path} {case} id"),
                &answer,
            );
            tally.equal(
                format_args!("{path} {case} nosniff"),
                &answer.header("x-content-type-options"),
                &Some("nosniff"),
            );
            tally.equal(
                format_args!("{path} {case} Allow"),
                &answer.header("allow").is_some(),
                &(status == 405),
            );
            if status >= 400 {
                tally.that(answer.problem_code().is_some(), format_args!("{path} {case} shape"), &answer);
            }
        }
    }
    tally.end();
}

#[test]
fn nothing_is_smuggled_behind_a_request_with_two_lengths() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    for (listener, path) in both(&stage) {
        let second = format!("GET {path} HTTP/1.1\r\nHost: {listener}\r\n\r\n");
        for (length, coding) in [(4, "0\r\n\r\n"), (5, "0\r\n\r\n"), (100, "0\r\n\r\n")] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: {listener}\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{coding}{second}"
            );
            // Two answers do not parse as one.
            let answer = exchange(listener, request.as_bytes());
            tally.that(
                answer.as_ref().is_some_and(|answer| answer.status >= 400),
                format_args!("H-01 {path} {length}"),
                &answer,
            );
        }
    }
    tally.end();
}

#[test]
fn what_the_front_refuses_under_admin_has_the_published_shape() {
    let stage = Stage::sqlite();
    let listener = stage.server.public;
    let mut tally = Tally::default();
    for (case, request, status) in cases() {
        if !request.contains("PATH") || case == "plain" {
            continue;
        }
        let request = request.replace("HOST", &listener.to_string()).replace("PATH", "/admin/projects");
        let Some(answer) = exchange(listener, request.as_bytes()) else { continue };
        // What could not be read as a request has no path, and so no published shape.
        let expected = if status == 413 { 400 } else { status };
        if case.starts_with("H-04 capitals") {
            tally.status(case, &answer, 401);
        } else {
            tally.status(case, &answer, expected);
            let shaped = answer.admin_code().is_some()
                || answer.problem_code().as_deref() == Some("malformed_request")
                || answer.problem_code().as_deref() == Some("request_header_fields_too_large");
            tally.that(shaped, case, &answer);
        }
    }
    tally.end();
}

#[test]
fn no_web_page_may_read_an_answer() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    for (listener, path) in both(&stage) {
        for origin in ["null", "https://evil.example", "http://127.0.0.1", "https://console.example.evil"] {
            for method in ["GET", "OPTIONS"] {
                let asked = crate::harness::Request::new(method, path).header("Origin", origin);
                let answer = asked.header("Access-Control-Request-Method", "POST").send(listener);
                let said = format!("{answer:?}").to_lowercase().contains("access-control-");
                tally.that(!said, format_args!("H-28 {method} {path} {origin}"), &answer);
            }
        }
    }
    tally.end();
}
