//! What is no question at all, and how that is answered.

use crate::world::{Ask, desk};

/// Bodies that are no question; the case numbers are those of `bad-input.md` 3.4.
const BAD_BODIES: &[&str] = &[
    "",
    " ",
    "junk",
    "null",
    "\"rpa\"",
    "1",
    "{",
    "{}",
    "{}{}",
    r#"{"key":"k"}x"#, // J-01, J-02
    r#"{"key":"k",}"#,
    r#"{'key':'k'}"#,
    r#"{"key":"k"/**/}"#,
    r#"{key:"k"}"#,
    r#"["k"]"#,
    r#"["k","read","PROJECT/p1"]"#,
    r#"[{"key":"k"}]"#, // J-05
    r#"{"key":"k","ressource":"PROJECT/p1"}"#,
    r#"{"key":"k","Key":"k"}"#,
    r#"{"key":"k","__proto__":{}}"#, // J-07
    r#"{"key":null}"#,
    r#"{"key":1}"#,
    r#"{"key":["k"]}"#,
    r#"{"key":{"key":"k"}}"#,
    r#"{"key":true}"#,         // J-08
    "\u{feff}{\"key\":\"k\"}", // J-11
    r#"{"key":"k","key":"k"}"#,
    r#"{"key":"k","\u006bey":"k"}"#, // duplicates, as themselves and escaped
    r#"{"key":"k","action":"read","action":"read","resource":"DATA"}"#,
    r#"{"key":"k","cost":1,"cost":1}"#,
    r#"{"key":"k","client_ip":null,"client_ip":"203.0.113.9"}"#,
    r#"{"key":"k","cost":1e400}"#,
    r#"{"key":"k","cost":-0}"#,
    r#"{"key":"k","cost":1.0}"#, // J-16
    r#"{"key":"k","cost":-1}"#,
    r#"{"key":"k","cost":9223372036854775808000}"#,
    r#"{"key":"k","cost":"1"}"#,
    r#"{"key":"\ud800"}"#,
    r#"{"key":"\x"}"#,
    "{\"key\":\"a\nb\"}", // J-22 and raw controls
    r#"{"key":"k","action":"read"}"#,
    r#"{"key":"k","resource":"DATA"}"#, // half a question
    r#"{"key":"k","action":"read","resource":null}"#,
    r#"{"key":"k","action":null,"resource":"DATA"}"#,
    r#"{"key":"k","action":"reed","resource":"DATA"}"#,
    r#"{"key":"k","action":"*","resource":"DATA"}"#,
    r#"{"key":"k","action":["read"],"resource":"DATA"}"#,
    r#"{"key":"k","action":"","resource":"DATA"}"#,
    r#"{"key":"k","action":"read","resource":""}"#,
    r#"{"key":"k","action":"read","resource":[]}"#,
    r#"{"key":"k","action":"read","resource":{"type":"DATA"}}"#,
    r#"{"key":"k","action":"read","resource":[["DATA"]]}"#,
    r#"{"key":"k","action":"read","resource":["PROJECT",1]}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/.."}"#, // S-10
    r#"{"key":"k","action":"read","resource":"PROJECT//x"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/%zz"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/a#"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/a?b"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/a\\b"}"#,
    r#"{"key":"k","action":"read","resource":"PROJECT/%00"}"#,
    r#"{"key":"k","client_ip":""}"#,
    r#"{"key":"k","client_ip":"unknown"}"#, // C-28
    r#"{"key":"k","client_ip":"a.b.c.d"}"#,
    r#"{"key":"k","client_ip":"10.1"}"#,
    r#"{"key":"k","client_ip":"010.0.0.1"}"#,
    r#"{"key":"k","client_ip":"256.0.0.1"}"#,
    r#"{"key":"k","client_ip":"2130706433"}"#,
    r#"{"key":"k","client_ip":1}"#,
    r#"{"key":"k","client_ip":"fe80::1%eth0"}"#,
    r#"{"key":"k","client_ip":"[::1]"}"#,
    r#"{"key":"k","client_ip":" ::1"}"#,
    r#"{"key":"k","client_ip":"10.0.0.1:80"}"#,
    r#"{"key":"k","client_ip":["10.0.0.1"]}"#,
    r#"{"key":"k","client_ip":"10.0.0.1, 203.0.113.9"}"#,
    r#"{"key":"k","client_ip":"10.0.0.0/8"}"#,
    r#"{"key":"k","organization_id":1}"#,
];

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_question_is_400_with_a_sentence() {
    let desk = desk().await;
    for body in BAD_BODIES {
        assert_eq!(desk.send(*body).await.problem(), (400, "malformed_request".into()), "{body}");
    }
    let invalid_utf8 = [b"{\"key\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    let deep = format!(r#"{{"key":"k","x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000)); // J-13
    for body in [invalid_utf8, deep.into_bytes()] {
        assert_eq!(desk.send(body).await.problem().0, 400);
    }
    let unknown = desk.send(r#"{"key":"k","ressource":"x"}"#).await;
    assert!(unknown.text.contains("ressource"), "the field is named: {}", unknown.text);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_at_most_64_kib() {
    let desk = desk().await;
    let padded = |bytes: usize| format!("{{\"key\":\"k\"{}}}", " ".repeat(bytes - 11));
    assert_eq!(desk.send(padded(64 * 1024)).await.status, 200);
    assert_eq!(desk.send(padded(64 * 1024 + 1)).await.problem(), (413, "payload_too_large".into()));
}

#[tokio::test(start_paused = true)]
async fn a_body_must_be_said_to_be_json() {
    let desk = desk().await;
    let ask = |kind: &str| Ask::verify(r#"{"key":"k"}"#).without("content-type").with("content-type", kind);
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"] {
        assert_eq!(ask(kind).send(&desk.router).await.status, 200, "{kind}");
    }
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "", "json", "application/jsonp", "text/x+json"]
    {
        assert_eq!(
            ask(kind).send(&desk.router).await.problem(),
            (415, "unsupported_media_type".into()),
            "{kind}"
        );
    }
    let missing = Ask::verify(r#"{"key":"k"}"#).without("content-type");
    assert_eq!(missing.send(&desk.router).await.status, 415);
    assert_eq!(
        ask("text/plain").with("content-type", "application/json").send(&desk.router).await.status,
        415
    );
}

#[tokio::test(start_paused = true)]
async fn other_methods_and_paths_are_problems_too() {
    let desk = desk().await;
    for (method, path, allow) in [
        ("GET", "/v1/verify", "POST"),
        ("PUT", "/v1/verify", "POST"),
        ("OPTIONS", "/v1/verify", "POST"),
        ("FOO", "/v1/verify", "POST"),
        ("POST", "/readyz", "GET,HEAD"),
        ("DELETE", "/livez", "GET,HEAD"),
    ] {
        let answer = Ask::new(method, path, "").send(&desk.router).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed".into()), "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    for path in ["/", "/v1/verify/", "/V1/verify", "/v1/verify%2f", "//v1/verify", "/admin/projects"] {
        assert_eq!(Ask::get(path).send(&desk.router).await.problem(), (404, "not_found".into()), "{path}");
    }
}
