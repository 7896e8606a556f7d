//! Where the key of a request stands, and what a key that may not be used is told.

use super::{QUERY, ask, outcome, request};
use crate::harness::{Key, Request, Site, Stage, Tally};
use serde_json::json;

both!(a_key_that_nobody_knows_is_told_nothing_and_its_body_is_not_read);
fn a_key_that_nobody_knows_is_told_nothing_and_its_body_is_not_read(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let live = owner.key_with(json!({"access": {"preset": "all"}}));
    let mut flipped = live.value.clone().into_bytes();
    flipped[8] = if flipped[8] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let query = json!({"query": QUERY}).to_string();
    let bodies =
        [&query, "", "{", "[]", r#"{"query":"mutation{deleteApiKey(id:\"x\")}"}"#, "query=x", "\u{0}"];
    let expected = Request::new("POST", "/graphql").body(&query).send(owner.public);
    let mut tally = Tally::default();
    tally.equal("nothing", &outcome(&expected).as_str(), &"nobody");
    let expected = expected.bare();
    for value in
        ["", "junk", "rpa_", &flipped, &live.value.to_lowercase(), &live.id, &owner.token, &"x".repeat(4000)]
    {
        for (header, prefix) in
            [("Authorization", "Bearer "), ("Authorization", ""), ("X-Api-Key", ""), ("Api-Key", "")]
        {
            for body in bodies {
                let call = Request::new("POST", "/graphql").header(header, format!("{prefix}{value}"));
                let answer = call.header("Content-Type", "text/plain").body(body).send(owner.public);
                tally.equal(format_args!("{header} {prefix}{value} {body:?}"), &answer.bare(), &expected);
            }
        }
    }
    for query in ["", "api_key", "api_key=", "api_key=junk"] {
        let answer = Request::new("POST", &format!("/graphql?{query}")).body("x").send(owner.public);
        tally.equal(query, &answer.bare(), &expected);
    }
    tally.end();
}

both!(a_key_that_may_not_be_used_any_more_is_401_whatever_it_asks);
fn a_key_that_may_not_be_used_any_more_is_401_whatever_it_asks(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let make = || owner.key_with(json!({"access": {"preset": "all"}}));
    let (revoked, disabled, expired) = (make(), make(), make());
    for key in [&revoked, &disabled, &expired] {
        assert_eq!(outcome(&ask(owner, key, QUERY)), "fine");
    }
    owner.delete(&revoked.path());
    owner.patch(&disabled.path(), &json!({"enabled": false}));
    owner.run_out(&expired);
    let elsewhere =
        owner.key_with(json!({"access": {"preset": "all"}, "allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let project = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let id = project["id"].as_str().unwrap().to_owned();
    let orphan = crate::harness::Tenant { project: id.clone(), ..owner.clone() }.key();
    owner.delete(&format!("/admin/projects/{id}"));
    let mut tally = Tally::default();
    for (case, Key { value, .. }) in [
        ("revoked", &revoked),
        ("disabled", &disabled),
        ("expired", &expired),
        ("from elsewhere", &elsewhere),
        ("of a removed project", &orphan),
    ] {
        for body in [json!({"query": QUERY}), json!([]), json!({"query": "{"})] {
            let answer = request(value, &body).send(owner.public);
            tally.equal(case, &(answer.status, outcome(&answer).as_str()), &(401, "UNAUTHENTICATED"));
            tally.that(answer.header("www-authenticate").is_some(), case, &answer);
        }
    }
    let reenabled = owner.patch(&disabled.path(), &json!({"enabled": true}));
    tally.status("enabled again", &reenabled, 200);
    tally.equal("works again", &outcome(&ask(owner, &disabled, QUERY)).as_str(), &"fine");
    tally.end();
}

#[test]
fn a_key_may_stand_in_any_of_five_places_and_two_keys_in_none() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let make = || owner.key_with(json!({"access": {"preset": "all"}})).value;
    let (one, two) = (make(), make());
    let bearer = format!("Bearer {one}");
    let ask = |target: &str, headers: &[(&str, &str)]| {
        let call = Request::new("POST", target).json(&json!({"query": QUERY}));
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send(owner.public)
    };
    let in_query = format!("/graphql?api_key={one}");
    let escaped: String = one.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let in_query_escaped = format!("/graphql?api_key={escaped}");
    let mut tally = Tally::default();
    for (target, headers) in [
        ("/graphql", &[("Authorization", bearer.as_str())][..]),
        ("/graphql", &[("Authorization", &one)]),
        ("/graphql", &[("X-Api-Key", &one)]),
        ("/graphql", &[("Api-Key", &one)]),
        (&in_query, &[]),
        (&in_query_escaped, &[]),
        (&in_query, &[("Authorization", &one), ("X-Api-Key", &one)]),
        (&in_query, &[("Authorization", &bearer), ("Api-Key", &one)]),
    ] {
        tally.equal(format_args!("{target} {headers:?}"), &outcome(&ask(target, headers)).as_str(), &"fine");
    }
    let twice = format!("/graphql?api_key={one}&api_key={one}");
    let (other, another) = (format!("/graphql?api_key={two}"), format!("/graphql?api_key={one}&query=x"));
    let both = format!("{bearer}, Bearer {two}");
    for (target, headers) in [
        (other.as_str(), &[("Authorization", bearer.as_str())][..]),
        (&other, &[("X-Api-Key", &one)]),
        (&twice, &[]),
        (&another, &[]),
        ("/graphql?query=x", &[("X-Api-Key", &one)]),
        ("/graphql?api_key=%", &[]),
        ("/graphql?api_key=", &[("X-Api-Key", &one)]),
        ("/graphql", &[("Authorization", &one), ("X-Api-Key", &two)]),
        ("/graphql", &[("Authorization", &bearer), ("Authorization", &bearer)]),
        ("/graphql", &[("Authorization", &both)]),
        ("/graphql", &[("Authorization", "Basic eA=="), ("X-Api-Key", &one)]),
    ] {
        let answer = ask(target, headers);
        tally.equal(
            format_args!("{target} {headers:?}"),
            &(answer.status, outcome(&answer).as_str()),
            &(400, "BAD_USER_INPUT"),
        );
    }
    // Nowhere else does a key in the query string count.
    let elsewhere = Request::new("GET", &format!("/admin/projects?api_key={one}")).send(owner.public);
    tally.admin("on the Admin API", &elsewhere, 401, "UNAUTHENTICATED");
    tally.end();
}

#[test]
fn no_key_and_no_secret_reaches_a_log_however_much_is_logged() {
    let stage = Stage::on(Site::sqlite().with("KEYDESK_LOG", "trace"));
    let owner = &stage.owner;
    let key = super::administrator(owner);
    let send = |target: &str, body: &str| {
        let call = Request::new("POST", target).header("Content-Type", "application/json").body(body);
        call.send(owner.public)
    };
    let mut secrets = vec![key.value.clone()];
    let create = r#"mutation{createApiKey(input:{name:"n",permission:READ_ONLY}){secret}}"#;
    let made = send(&format!("/graphql?api_key={}", key.value), &json!({"query": create}).to_string());
    secrets.push(made.json()["data"]["createApiKey"]["secret"].as_str().expect("a secret").to_owned());
    for body in
        ["{", "", "[]", &json!({"query": key.value}).to_string(), &json!({"query": QUERY}).to_string()]
    {
        for target in ["/graphql", "/graphql/", "/graphql?x=1&", "/graphql?", "/other?"] {
            send(
                &format!("{target}{}api_key={}", if target.contains('?') { "" } else { "?" }, key.value),
                body,
            );
        }
    }
    let named = json!({"query": format!("{{{}}}", key.value), "variables": {"k": key.value}});
    assert_eq!(request(&key.value, &named).send(owner.public).status, 400);
    assert!(!request(&key.value, &named).send(owner.public).text().contains(&key.value));
    let log = stage.server.log();
    assert!(log.contains("INFO"), "nothing was logged");
    for secret in secrets {
        assert!(!log.contains(&secret) && !log.contains(&secret[4..44]), "a secret is in the log");
    }
}
