//! What the upstream is told, and what it is not.

use super::{stage, stage_on, with, writer};
use crate::harness::{Seen, Site, Tally, Upstream, answer};
use std::io::Write;

#[test]
fn the_upstream_is_told_who_calls_and_never_the_key() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let forged = |name: &str, value: &str| with(&key, "GET", "/p/x").header(name, value);
    let mut tally = Tally::default();
    let mut seen_before = 0;
    for (name, value) in [
        ("X-Auth-Org", "another"),
        ("X_Auth_Org", "another"),
        ("x-auth_org", "another"),
        ("X-Auth-Anything", "another"),
        ("X-Api-Key", &key.value),
        ("X_Api_Key", "another"),
        ("X-Forwarded-For", "10.1.1.1"),
        ("X_Forwarded_For", "10.1.1.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "bank.example"),
        ("Forwarded", "for=10.1.1.1"),
        ("X-Real-IP", "10.1.1.1"),
        ("Transfer_Encoding", "chunked"),
        ("Content_Length", "7"),
        ("Proxy-Authorization", "Basic x"),
        ("Keep-Alive", "timeout=5"),
        ("X-Keydesk-Token", "another"),
        ("X-Request-Id", "another"),
    ] {
        let sent =
            forged(name, value).header("Cookie", "a=b").header("X-Own", "1").send(stage.server.gateway());
        tally.status(name, &sent, 200);
        let seen: Seen = upstream.seen().pop().unwrap();
        tally.that(upstream.seen().len() > seen_before, "it arrived", &seen);
        seen_before = upstream.seen().len();
        let told = |header: &str| seen.all(header).join(";");
        tally.equal(format_args!("{name}: line"), &seen.line.as_str(), &"GET /p/x");
        for (header, expected) in [
            ("x-auth-key-id", key.id.as_str()),
            ("x-auth-key-name", "w"),
            ("x-auth-subject", &format!("key:{}", key.id)),
            ("x-auth-org", &stage.owner.organization),
            ("x-auth-project", &stage.owner.project),
            ("x-auth-outcome", "allowed"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", &stage.server.gateway().to_string()),
            ("host", &upstream.address.to_string()),
            ("x-request-id", sent.header("x-request-id").unwrap()),
            ("cookie", "a=b"),
            ("x-own", "1"),
        ] {
            tally.equal(format_args!("{name}: {header}"), &told(header).as_str(), &expected);
        }
        let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
        tally.that(!names.iter().any(|name| name.contains('_')), format_args!("{name}: underscores"), &names);
        tally.that(!format!("{seen:?}").contains(&key.value), format_args!("{name}: the key"), &seen);
        for absent in
            ["authorization", "connection", "keep-alive", "proxy-authorization", "forwarded", "x-real-ip"]
        {
            tally.equal(format_args!("{name}: {absent}"), &told(absent).as_str(), &"");
        }
    }
    tally.end();
}

#[test]
fn what_the_client_says_is_for_one_hop_goes_no_further() {
    let upstream = Upstream::answering(|_, socket| {
        let head =
            "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-Kept: 2\r\nContent-Length: 0\r\n\r\n";
        socket.write_all(head.as_bytes()).is_ok()
    });
    let stage = stage(&upstream);
    let key = writer(&stage);
    let request = with(&key, "GET", "/p/x").header("Connection", "x-mine, X-Auth-Org").header("X-Mine", "1");
    let sent = request.send(stage.server.gateway());
    assert_eq!((sent.header("x-hop"), sent.header("x-kept")), (None, Some("2")), "{sent:?}");
    let seen = upstream.only();
    assert_eq!(seen.all("x-mine"), [""; 0]);
    assert_eq!(seen.all("x-auth-org"), [stage.owner.organization.as_str()], "ours is not taken out");
}

#[test]
fn a_trusted_proxy_says_where_the_client_is_and_nobody_else_does() {
    let upstream = Upstream::plain();
    let stage = stage_on(Site::sqlite().flag("--trusted-proxies", "127.0.0.1/32"), &upstream);
    let key = stage
        .owner
        .key_with(serde_json::json!({"scopes": [{"action": "*"}], "allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let mut tally = Tally::default();
    for (forwarded, status) in [
        (Some("203.0.113.9"), 200),
        (Some("198.51.100.1, 203.0.113.9"), 200),
        (Some("203.0.113.9, 198.51.100.1"), 403),
        (Some("203.0.113.9, nonsense"), 403),
        (None, 403),
    ] {
        let mut request = with(&key, "GET", "/p/x").header("X-Forwarded-Proto", "https");
        if let Some(forwarded) = forwarded {
            request = request.header("X-Forwarded-For", forwarded);
        }
        tally.status(format_args!("{forwarded:?}"), &request.send(stage.server.gateway()), status);
    }
    let seen = &upstream.seen()[1];
    tally.equal("list", &seen.all("x-forwarded-for"), &vec!["198.51.100.1, 203.0.113.9", "127.0.0.1"]);
    tally.equal("scheme", &seen.all("x-forwarded-proto"), &vec!["https"]);
    tally.end();
}

#[test]
fn the_target_and_the_answer_pass_as_they_are() {
    let upstream = Upstream::answering(|seen, socket| {
        let (status, body) = if seen.line.starts_with("HEAD") { ("200 OK", "") } else { ("418 No", "b\0dy") };
        let head = format!(
            "HTTP/1.1 {status}\r\nX-One: 1\r\nX-One: 2\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\n"
        );
        socket.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).is_ok()
    });
    let stage = stage(&upstream);
    let key = writer(&stage);
    let target = "/p/a%20b/%C3%A9/?x=%2e%2e&y=a+b&&z";
    let sent = with(&key, "PUT", target)
        .header("Content-Encoding", "gzip")
        .body(b"\x1f\x8b")
        .send(stage.server.gateway());
    assert_eq!((sent.status, sent.text().as_str()), (418, "b\0dy"), "{sent:?}");
    assert_eq!((sent.header("content-type"), sent.header("x-content-type-options")), (Some("a/b"), None));
    let seen = upstream.only();
    assert_eq!((seen.line, seen.body), (format!("PUT {target}"), b"\x1f\x8b".to_vec()));
    let head = with(&key, "HEAD", "/p/x").send(stage.server.gateway());
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("4"), 0));
}

#[test]
fn a_key_in_the_query_goes_no_further() {
    let upstream = Upstream::answering(|_, socket| {
        answer(socket, "200 OK", "{}");
        true
    });
    let stage = stage(&upstream);
    let key = writer(&stage);
    let target = format!("/graphql?query=%7Ba%7D&api_key={}", key.value);
    let sent = crate::harness::Request::new("GET", &target).send(stage.server.gateway());
    assert_eq!(sent.status, 200, "{sent:?}");
    assert_eq!(upstream.only().line, "GET /graphql?query=%7Ba%7D");
}
