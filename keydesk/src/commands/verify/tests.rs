//! Verify against a made-up data plane.

use super::*;
use crate::client::fake::{Fake, exit_code, private_file};
use clap::Parser;
use ureq::http::HeaderMap;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    verify: Verify,
}

fn line(arguments: &[&str]) -> Verify {
    Line::try_parse_from([&["verify"], arguments].concat()).ok().unwrap().verify
}

fn ask(server: &Fake, arguments: &[&str], token: Option<&str>) -> Result<Decision, Fault> {
    let url = server.url();
    let verify = line(&[&["--data-url", url.as_str()], arguments].concat());
    Decision::read(&verify.ask("rpa_KEY", token)?)
}

const ALLOWED: &str = r#"{"allowed":true,"code":"allowed","version":7,
    "key":{"id":"k1","name":"ci","organization_id":"o1","project_id":"p1"}}"#;

#[test]
fn the_question_is_what_was_asked_and_nothing_more() {
    let server = Fake::start(|_| (200, ALLOWED.into()));
    assert!(ask(&server, &[], None).ok().unwrap().allowed);
    let all =
        ["--action", "read", "--resource", "ENDPOINT/e", "--client-ip", "::1", "--organization-id", "o1"];
    assert!(ask(&server, &all, Some("t0ken")).ok().unwrap().allowed);
    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /v1/verify HTTP/1.1");
    assert_eq!(seen[0].body, r#"{"key":"rpa_KEY"}"#);
    assert_eq!(seen[0].header("x-keydesk-token"), None);
    assert_eq!(
        seen[1].body,
        r#"{"key":"rpa_KEY","action":"read","resource":"ENDPOINT/e","client_ip":"::1","organization_id":"o1"}"#
    );
    assert_eq!(seen[1].header("x-keydesk-token"), Some("t0ken"));
}

#[test]
fn half_a_question_is_a_usage_error() {
    assert!(Line::try_parse_from(["verify", "--action", "read"]).is_err());
    assert!(Line::try_parse_from(["verify", "--resource", "ENDPOINT/e"]).is_err());
    assert!(Line::try_parse_from(["verify", "rpa_KEY"]).is_err());
}

#[test]
fn only_a_whole_and_consistent_yes_is_a_yes() {
    for (status, body, exit) in [
        (503, r#"{"code":"stale","detail":"this node may not decide"}"#, 69),
        (401, "{}", 77),
        (400, "{}", 65),
        (429, "{}", 75),
        (404, "<html>", 66),
        (500, "", 70),
        (302, "", 76),
        (200, "", 76),
        (200, "{}", 76),
        (200, "true", 76),
        (200, r#"{"allowed":true,"code":"revoked","key":null,"version":1}"#, 76),
        (200, r#"{"allowed":false,"code":"allowed","key":null,"version":1}"#, 76),
        (200, r#"{"allowed":"true","code":"allowed","key":null,"version":1}"#, 76),
    ] {
        let server = Fake::start(move |_| (status, body.into()));
        assert_eq!(exit_code(&ask(&server, &[], None).err().unwrap()), exit, "{status} {body}");
    }
}

#[test]
fn a_denial_names_its_code_and_the_key() {
    let body = ALLOWED.replace("true", "false").replace(r#""allowed","v"#, r#""revoked","v"#);
    let decision =
        Decision::read(&Answer { status: 200, headers: HeaderMap::new(), body: body.into() }).ok().unwrap();
    let shown: Vec<String> =
        decision.fields().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        shown.join(" "),
        "decision=denied code=revoked key=k1 name=ci project=p1 organization=o1 version=7"
    );
}

#[test]
fn the_key_is_the_first_line_as_it_is() {
    let read = |bytes: &[u8]| first_line(bytes).map(|key| key.to_string());
    assert_eq!(read(b"rpa_KEY").unwrap(), "rpa_KEY");
    assert_eq!(read(b"rpa_KEY\r\nmore\n").unwrap(), "rpa_KEY");
    assert_eq!(read(b" rpa_KEY \n").unwrap(), " rpa_KEY ");
    assert_eq!(exit_code(&read(b"").unwrap_err()), 64);
    assert_eq!(exit_code(&read(b"\nrpa_KEY").unwrap_err()), 64);
    assert_eq!(exit_code(&read(b"\xff\xfe").unwrap_err()), 65);
    assert_eq!(exit_code(&read(&[b'a'; 16 * 1024 + 1]).unwrap_err()), 65);
    assert_eq!(read(&[b'a'; 16 * 1024]).unwrap().len(), 16 * 1024);
}

#[test]
fn the_data_token_comes_from_one_place() {
    let file = private_file("t0ken\n");
    let verify = line(&["--data-token-file", file.path().to_str().unwrap()]);
    assert_eq!(**verify.token(None).unwrap().unwrap(), *"t0ken");
    assert_eq!(exit_code(&verify.token(Some(Zeroizing::new("x".into()))).unwrap_err()), 78);
    assert!(Line::try_parse_from(["verify", "--data-token", "x"]).is_err());
}
