//! Each command against a made-up server: what is sent, and how it ends.

use super::*;
use crate::client::fake::{Fake, Seen, exit_code};
use clap::Parser;
use clap::error::ErrorKind;
use std::fs;

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    key: Key,
}

const KEY: &str = r#"{"id":"k1","name":"ci","project_id":"p1","roles":["ProjectEditor"]}"#;

fn parse(arguments: &[&str]) -> Result<Key, clap::Error> {
    Line::try_parse_from([&["key"], arguments].concat()).map(|line| line.key)
}

/// Runs a command that prints ids only; the session is that of the fake server.
fn run(server: &Fake, arguments: &[&str]) -> Result<(), Fault> {
    let session = &mut server.session();
    match parse(&[arguments, &["-q"]].concat()).unwrap_or_else(|error| panic!("{error}")) {
        Key::Create(create) => create.run(session),
        Key::List(list) => list.run(session),
        Key::Show(one) => one.show(session),
        Key::Update(update) => update.run(session),
        Key::Preview(update) => preview::run(&update, session),
        Key::Advice(advise) => advise.run(session),
        Key::Review(review) => review.run(session),
        Key::Enable(one) => one.switch(session, true),
        Key::Disable(one) => one.switch(session, false),
        Key::Revoke(revoke) => revoke.run(session),
        Key::Import(import) => import.run(session),
    }
}

fn sent(answer: impl Fn(&Seen) -> (u16, String) + Send + 'static, arguments: &[&str]) -> Vec<String> {
    let server = Fake::admin(answer);
    run(&server, arguments).unwrap();
    let seen = server.seen().into_iter().filter(|seen| !seen.line.contains("/oauth/"));
    seen.map(|seen| format!("{} {}", seen.line.replace(" HTTP/1.1", ""), seen.body)).collect()
}

fn key(_: &Seen) -> (u16, String) {
    (200, KEY.into())
}

fn made(_: &Seen) -> (u16, String) {
    (200, format!(r#"{{"key":{KEY},"value":"rpa_SECRET"}}"#))
}

#[test]
fn create_sends_what_was_said_and_nothing_more() {
    assert_eq!(
        sent(made, &["create", "--name", "ci", "--project", "p/1"]),
        [r#"POST /admin/projects/p%2F1/api-keys {"name":"ci"}"#]
    );
    let all = [
        "create",
        "--name",
        "ci",
        "--project",
        "p1",
        "--access",
        "read_only",
        "--class",
        "external",
        "--expires-at",
        "2027-01-01T00:00:00Z",
        "--allow-ip",
        "10.0.0.0/8",
        "--allow-ip",
        "::1",
        "--disabled",
    ];
    let body = concat!(
        r#"{"access":{"endpoints":{},"levels":{},"preset":"read_only"},"allowed_ip_cidrs":["10.0.0.0/8","::1"],"#,
        r#""class":"external","enabled":false,"expires_at":"2027-01-01T00:00:00Z","name":"ci"}"#
    );
    assert_eq!(sent(made, &all), [format!("POST /admin/projects/p1/api-keys {body}")]);
}

#[test]
fn preview_asks_with_the_options_of_update() {
    let told = |_: &Seen| {
        let groups =
            r#"{"action":"","resource":"","network":"","reason":"disabled","calls":1,"last_seen":"t"}"#;
        let refused = format!(r#"{{"calls":1,"by":[{groups}],"rest":{{"groups":1,"calls":1}}}}"#);
        (
            200,
            format!(
                r#"{{"from":"t","calls":2,"refused":{refused},"unsure":{{"calls":1}},"incomplete":true}}"#
            ),
        )
    };
    let seen = sent(told, &["preview", "k1", "--scope", "read:THING/#/#"]);
    let scopes = r##"{"scopes":[{"action":"read","resource_filter":"THING/#/#"}]}"##;
    assert_eq!(seen, [format!("POST /admin/api-keys/k1/preview {scopes}")]);
    let server = Fake::admin(told);
    assert_eq!(exit_code(&run(&server, &["preview", "k1"]).unwrap_err()), 64);
}

#[test]
fn advice_asks_for_the_days_that_were_said() {
    let told = |_: &Seen| {
        let scope = r#"{"action":"read","resource_filter":"*"}"#;
        let rest = format!(r#""suggestion":{{"scopes":[{scope}]}},"incomplete":false"#);
        (200, format!(r#"{{"etag":"\"7\"","from":"t","calls":2,"unused_scopes":[{scope}],{rest}}}"#))
    };
    assert_eq!(sent(told, &["advice", "k1"]), ["GET /admin/api-keys/k1/advice "]);
    assert_eq!(sent(told, &["advice", "k1", "--days", "7"]), ["GET /admin/api-keys/k1/advice?days=7 "]);
}

#[test]
fn advice_is_taken_for_the_key_as_it_was_or_not_at_all() {
    let told = |suggestion: &'static str| {
        move |seen: &Seen| {
            let rest = format!(r#""unused_scopes":[],"suggestion":{suggestion},"incomplete":false"#);
            let advice = format!(r#"{{"etag":"\"7\"","from":"t","calls":2,{rest}}}"#);
            (200, if seen.line.starts_with("GET") { advice } else { KEY.to_owned() })
        }
    };
    let enough = r#"{"scopes":[{"action":"read","resource_filter":"THING/a/b"}]}"#;
    let server = Fake::admin(told(enough));
    run(&server, &["advice", "k1", "--apply"]).unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("PATCH /admin/api-keys/k1 HTTP/1.1", enough));
    assert_eq!(seen.header("if-match"), Some("\"7\""));
    let server = Fake::admin(told("null"));
    assert_eq!(exit_code(&run(&server, &["advice", "k1", "--apply"]).unwrap_err()), 1);
    assert!(!server.seen().iter().any(|seen| seen.line.starts_with("PATCH")));
}

#[test]
fn review_reads_as_many_pages_as_it_was_asked_for() {
    let pages = |seen: &Seen| {
        if seen.line.contains("/admin/organizations ") {
            return (200, r#"{"data":[{"id":"org/1"}]}"#.into());
        }
        let row = r#"{"id":"k1","name":"n","project_id":"p","findings":["no_expiry"],"last_used_at":null}"#;
        let next = if seen.line.contains("paginationToken") { "" } else { r#","pagination":{"next":"a.1"}"# };
        (200, format!(r#"{{"data":[{row},{row}],"total":4,"incomplete":false{next}}}"#))
    };
    let first = "GET /admin/organizations/org%2F1/advice?limit=";
    let asked = |arguments: &[&str]| sent(pages, arguments).split_off(1);
    assert_eq!(asked(&["review"]), [format!("{first}100 "), format!("{first}100&paginationToken=a.1 ")]);
    assert_eq!(asked(&["review", "--limit", "2"]), [format!("{first}2 ")]);
    assert_eq!(
        asked(&["review", "--limit", "3"]),
        [format!("{first}3 "), format!("{first}1&paginationToken=a.1 ")]
    );
    assert!(parse(&["review", "--limit", "0"]).is_err());
}

#[test]
fn update_sends_only_what_changes() {
    for (arguments, body) in [
        (&["--name", "new"][..], r#"{"name":"new"}"#),
        (&["--no-expiry", "--any-ip"], r#"{"allowed_ip_cidrs":[],"expires_at":null}"#),
        (&["--role", "DataPlaneViewer"], r#"{"roles":["DataPlaneViewer"]}"#),
    ] {
        let seen = sent(key, &[&["update", "k1"], arguments].concat());
        assert_eq!(seen, [format!("PATCH /admin/api-keys/k1 {body}")]);
    }
    let server = Fake::admin(key);
    assert_eq!(exit_code(&run(&server, &["update", "k1"]).unwrap_err()), 64);
    assert!(server.seen().is_empty());
}

#[test]
fn the_others_name_the_key_and_what_to_do() {
    assert_eq!(sent(key, &["show", "../k"]), ["GET /admin/api-keys/..%2Fk "]);
    assert_eq!(sent(key, &["enable", "k1"]), [r#"PATCH /admin/api-keys/k1 {"enabled":true}"#]);
    assert_eq!(sent(key, &["disable", "k1"]), [r#"PATCH /admin/api-keys/k1 {"enabled":false}"#]);
    assert_eq!(sent(|_| (202, String::new()), &["revoke", "k1", "--yes"]), ["DELETE /admin/api-keys/k1 "]);
}

#[test]
fn list_reads_every_page() {
    let pages = |seen: &Seen| {
        let next = if seen.line.contains("paginationToken=1.a%2B") { "null" } else { r#""1.a+""# };
        (200, format!(r#"{{"data":[{KEY}],"pagination":{{"next":{next}}}}}"#))
    };
    let first = "GET /admin/projects/p1/api-keys?limit=100&status=all&q=a%26b";
    let arguments = ["list", "--project", "p1", "--status", "all", "--query", "a&b"];
    assert_eq!(sent(pages, &arguments), [format!("{first} "), format!("{first}&paginationToken=1.a%2B ")]);
}

#[test]
fn every_refusal_ends_a_command_with_its_exit_code() {
    for (status, exit) in
        [(400, 65), (401, 77), (403, 77), (404, 66), (409, 65), (412, 65), (429, 75), (503, 75), (500, 70)]
    {
        let body = r#"{"error":{"code":"X","message":"API Key k1 not found"},"status":0}"#;
        let server = Fake::admin(move |_| (status, body.into()));
        let fault = run(&server, &["show", "k1"]).unwrap_err();
        assert_eq!(exit_code(&fault), exit, "{status}");
        assert!(format!("{fault:?}").contains("API Key k1 not found"));
    }
}

#[test]
fn a_secret_file_that_is_there_already_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let create = ["create", "--name", "ci", "--project", "p1", "--secret-file", path.to_str().unwrap()];
    sent(made, &create);
    assert_eq!(fs::read_to_string(&path).unwrap(), "rpa_SECRET\n");
    let server = Fake::admin(made);
    assert_eq!(exit_code(&run(&server, &create).unwrap_err()), 73);
    assert!(server.seen().is_empty());
}

#[test]
fn no_empty_secret_file_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let create = ["create", "--name", "ci", "--project", "p1", "--secret-file", path.to_str().unwrap()];
    let refused = Fake::admin(|_| (409, "{}".into()));
    assert_eq!(exit_code(&run(&refused, &create).unwrap_err()), 65);
    let repeated = Fake::admin(|_| (200, format!(r#"{{"key":{KEY},"value":null}}"#)));
    assert_eq!(exit_code(&run(&repeated, &create).unwrap_err()), 65);
    let foreign = Fake::admin(|_| (200, "{}".into()));
    assert_eq!(exit_code(&run(&foreign, &create).unwrap_err()), 76);
    assert!(!path.exists());
}

#[test]
fn a_repeated_create_never_prints_nothing_as_the_secret() {
    let server = Fake::admin(|_| (200, format!(r#"{{"key":{KEY},"value":null}}"#)));
    let create = ["create", "--name", "ci", "--project", "p1", "--idempotency-key", "once"];
    assert_eq!(exit_code(&run(&server, &create).unwrap_err()), 65);
    assert_eq!(server.seen()[1].header("idempotency-key"), Some("once"));
}

#[test]
fn no_command_takes_a_secret_as_an_argument() {
    for command in
        [&["create", "--name", "n"][..], &["list"], &["show", "k"], &["update", "k"], &["revoke", "k"]]
    {
        let refused = parse(&[command, &["--client-secret", "s3cret"]].concat()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::UnknownArgument);
    }
}

#[test]
fn an_empty_or_contradicting_option_is_a_usage_error() {
    for arguments in [
        &["create", "--name", "n", "--allow-ip", ""][..],
        &["create", "--name", "n", "--project", ""],
        &["create", "--name", "n", "--idempotency-key", "two words"],
        &["create", "--name", "n", "--role", "A", "--access", "all"],
        &["create"],
        &["update", "k", "--no-expiry", "--expires-at", "2027-01-01T00:00:00Z"],
        &["update", "k", "--any-ip", "--allow-ip", "::1"],
        &["update", "k", "--class", "admin"],
        &["show", ""],
        &["list", "--status", "gone"],
        &["list", "--output", "yaml"],
        &["frobnicate"],
    ] {
        assert!(parse(arguments).is_err(), "{arguments:?}");
    }
}
