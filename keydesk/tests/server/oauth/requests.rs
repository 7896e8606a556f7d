//! What every OAuth endpoint does with requests that are out of shape, whoever sends them.

use crate::harness::{Request, Site, Stage, Tally};
use crate::oauth::{GRANT, refused, uncached};

const DOORS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];

#[test]
fn only_posts_are_taken() {
    let stage = Stage::sqlite();
    let key = stage.owner.key();
    let mut tally = Tally::default();
    for door in DOORS {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = Request::new(method, door).header("X-Api-Key", &key.value).send(stage.owner.public);
            tally.status(format_args!("O-04 {method} {door}"), &answer, 405);
            tally.equal(format_args!("O-04 {method} {door}"), &answer.header("allow"), &Some("POST"));
            tally.that(uncached(&answer), format_args!("O-04 {method} {door}"), &answer);
        }
        for path in [format!("{door}/"), format!("{door}/x"), door.to_uppercase()] {
            let answer = Request::new("POST", &path).body(GRANT).send(stage.owner.public);
            tally.status(&path, &answer, 404);
        }
    }
    tally.end();
}

#[test]
fn a_body_that_could_be_read_in_two_ways_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let token = owner.token_of(&key);
    let mut tally = Tally::default();
    for (door, rest) in [
        (DOORS[0], GRANT.to_owned()),
        (DOORS[1], format!("token={token}")),
        (DOORS[2], format!("token={token}")),
    ] {
        let whole = format!("{rest}&client_secret={}", key.value);
        let once = rest.split('=').next().unwrap();
        for (case, body) in [
            ("repeated", format!("{whole}&{rest}")),
            ("repeated secret", format!("{whole}&client_secret={}", key.value)),
            ("repeated, encoded", format!("{whole}&{}=x", once.replace('e', "%65"))),
            ("repeated and unknown", format!("{whole}&x=1&x=2")),
            ("bad escape", format!("{whole}&x=%zz")),
            ("not UTF-8", format!("{whole}&x=%ff")),
            ("large", format!("{whole}&x={}", "x".repeat(64 << 10))),
            ("JSON broken", "{".into()),
            ("JSON twice", format!(r#"{{"client_secret":"{0}","client_secret":"{0}"}}"#, key.value)),
            ("JSON number", r#"{"client_secret":1}"#.into()),
        ] {
            let json = case.starts_with("JSON");
            let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
            let answer =
                Request::new("POST", door).header("Content-Type", kind).body(body).send(owner.public);
            refused(&mut tally, &format!("{door} {case}"), &answer, 400, "invalid_request");
        }
        let huge = Request::new("POST", door)
            .body(format!("{whole}&x={}", "x".repeat(2 << 20)))
            .try_send(owner.public);
        tally.that(
            huge.as_ref().is_none_or(|answer| [400, 413].contains(&answer.status)),
            format_args!("{door} huge"),
            &huge,
        );
    }
    tally.equal("the token", &owner.token_verdict(&token).as_str(), &"allowed");
    tally.end();
}

#[test]
fn a_key_in_a_url_is_refused_and_not_logged() {
    let stage = Stage::on(Site::sqlite().with("KEYDESK_LOG", "trace"));
    let owner = &stage.owner;
    let key = owner.key();
    let token = owner.token_of(&key);
    let mut tally = Tally::default();
    for door in DOORS {
        for query in ["client_secret", "api_key", "access_token", "token", "subject_token"] {
            let secret = if query.ends_with("token") { &token } else { &key.value };
            let path = format!("{door}?{GRANT}&{query}={secret}");
            let bare = Request::new("POST", &path).send(owner.public);
            refused(&mut tally, &format!("O-08 {door} {query}"), &bare, 400, "invalid_request");
            let both =
                Request::new("POST", &path).header("X-Api-Key", &key.value).body(GRANT).send(owner.public);
            refused(&mut tally, &format!("O-08 {door} {query} and a header"), &both, 400, "invalid_request");
        }
    }
    owner.introspect(&token);
    owner.introspect(&key.value);
    owner.token_verdict(&token);
    let log = stage.server.log();
    let signature = token.rsplit('.').next().unwrap();
    for (case, secret) in [
        ("the key", key.value.as_str()),
        ("the token", signature),
        ("the account's", owner.client_secret.as_str()),
    ] {
        tally.that(!log.contains(secret), format_args!("the log holds {case}"), &"it");
    }
    tally.end();
}
