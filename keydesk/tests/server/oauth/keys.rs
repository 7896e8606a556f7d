//! An API key buys access tokens: however it is sent, once, and only while it may be used (bad-input O-05 to O-14).

use crate::harness::{Answer, Key, Request, Site, Stage, Tally, Tenant, bought};
use crate::oauth::{GRANT, refused, uncached};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn form(body: &str) -> Request {
    let typed = "application/x-www-form-urlencoded;charset=UTF-8";
    Request::new("POST", "/oauth/token").header("Content-Type", typed).body(body)
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

/// Every byte that is no letter or digit, escaped: what a client may do that encodes as RFC 6749 2.3.1 says.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// The credential, in every way it may come; `id` is sent where a client id is.
fn ways(id: &str, value: &str) -> Vec<(&'static str, Request)> {
    let (plain, secret) = (form(GRANT), escaped(value));
    let header = |name: &str, text: String| plain.clone().header(name, text);
    let json = |body: serde_json::Value| Request::new("POST", "/oauth/token").json(&body);
    let grant = "client_credentials";
    vec![
        ("Basic", header("Authorization", basic(&format!("{id}:{value}")))),
        ("Basic, encoded", header("Authorization", basic(&format!("{}:{secret}", escaped(id))))),
        ("Basic, no name", header("Authorization", basic(&format!(":{value}")))),
        ("Basic, as the name", header("Authorization", basic(&format!("{value}:")))),
        ("Basic, as the name, encoded", header("Authorization", basic(&format!("{secret}:")))),
        ("form", form(&format!("{GRANT}&client_id={id}&client_secret={value}"))),
        ("form, encoded", form(&format!("{GRANT}&client_id={}&client_secret={secret}", escaped(id)))),
        ("form, empty id", form(&format!("{GRANT}&client_id=&client_secret={value}"))),
        ("form, no id", form(&format!("{GRANT}&client_secret={value}"))),
        ("form, api_key", form(&format!("{GRANT}&api_key={value}"))),
        ("JSON", json(json!({"grant_type": grant, "client_id": id, "client_secret": value}))),
        ("JSON, empty id", json(json!({"grant_type": grant, "client_id": "", "client_secret": value}))),
        ("JSON, no id", json(json!({"grant_type": grant, "client_secret": value}))),
        ("JSON, api_key", json(json!({"grant_type": grant, "api_key": value}))),
        ("X-Api-Key", header("X-Api-Key", value.into())),
        ("Api-Key", header("Api-Key", value.into())),
        ("Bearer", header("Authorization", format!("Bearer {value}"))),
    ]
}

both!(a_key_buys_a_token_however_it_is_sent);
fn a_key_buys_a_token_however_it_is_sent(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let mut tally = Tally::default();
    for (case, request) in ways(&key.id, &key.value) {
        let answer = request.send(owner.public);
        tally.status(case, &answer, 200);
        if answer.status != 200 {
            continue;
        }
        let body = answer.json();
        let said = json!({"access_token": body["access_token"], "token_type": "Bearer", "expires_in": 600,
            "scope": "read:THING/#/#"});
        tally.equal(case, &body, &said);
        tally.that(uncached(&answer), case, &answer);
        tally.equal(case, &answer.header("content-type"), &Some("application/json"));
        tally.equal(case, &owner.token_verdict(&bought(&answer)).as_str(), &"allowed");
    }
    tally.end();
}

/// A kind of credential: its name, the header it stands in or none, and the fields it stands in.
type Kind = (&'static str, Option<(&'static str, String)>, String);

#[test]
fn two_credentials_at_once_are_refused_even_of_one_key() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (key, other) = (owner.key(), owner.key());
    let kinds = |key: &Key| -> Vec<Kind> {
        let value = &key.value;
        vec![
            ("Basic", Some(("Authorization", basic(&format!(":{value}")))), String::new()),
            ("Bearer", Some(("Authorization", format!("Bearer {value}"))), String::new()),
            ("X-Api-Key", Some(("X-Api-Key", value.clone())), String::new()),
            ("Api-Key", Some(("Api-Key", value.clone())), String::new()),
            ("client_secret", None, format!("&client_secret={value}")),
            ("api_key", None, format!("&api_key={value}")),
        ]
    };
    let mut tally = Tally::default();
    for (one, header, fields) in kinds(&key) {
        for (another, more_header, more_fields) in kinds(&key).into_iter().chain(kinds(&other)) {
            let headers = [&header, &more_header];
            let headers = headers.into_iter().flatten();
            let request = headers.fold(form(&format!("{GRANT}{fields}{more_fields}")), |request, header| {
                request.header(header.0, &header.1)
            });
            let case = format!("{one} and {another}");
            refused(&mut tally, &case, &request.send(owner.public), 400, "invalid_request");
        }
    }
    tally.end();
}

/// All that cannot buy: what is sent as the client's id, and what as its secret.
fn strangers(stage: &Stage) -> Vec<(&'static str, String, String)> {
    let owner = &stage.owner;
    let make = || owner.key();
    let (live, revoked, disabled, expired) = (make(), make(), make(), make());
    owner.delete(&revoked.path());
    owner.patch(&disabled.path(), &json!({"enabled": false}));
    owner.run_out(&expired);
    let elsewhere = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let project = owner.other_project();
    let orphan = Tenant { project: project.clone(), ..owner.clone() }.key();
    owner.delete(&format!("/admin/projects/{project}"));
    let mut flipped = live.value.clone().into_bytes();
    flipped[8] = if flipped[8] == b'A' { b'B' } else { b'A' };
    let of = |key: Key| (key.id, key.value);
    let known = |secret: &str| (live.id.clone(), secret.to_owned());
    let named = |name: &str| (name.to_owned(), live.value.clone());
    let cases = [
        ("O-05 revoked", of(revoked)),
        ("O-05 disabled", of(disabled)),
        ("O-05 expired", of(expired)),
        ("O-14 from elsewhere", of(elsewhere)),
        ("of a removed project", of(orphan)),
        ("O-05 one character off", known(&String::from_utf8(flipped).unwrap())),
        ("O-05 unknown", known("rpa_0123456789012345678901234567890123456789AAAAAA")),
        ("junk", known("junk")),
        ("its id", known(&live.id)),
        ("lower case", known(&live.value.to_lowercase())),
        ("longer", known(&format!("{}x", live.value))),
        ("a token of its own", known(&owner.token_of(&live))),
        ("a service account's token", known(&owner.token)),
        ("a service account's secret", known(&owner.client_secret)),
        ("another key's id", named(&make().id)),
        ("the id of a service account", named(&owner.client_id)),
        ("the id of a stranger's key", named(&stage.stranger().key().id)),
        ("the id is its own value", named(&live.value)),
        ("the id in capitals", named(&live.id.to_uppercase())),
        ("no such id", named("x")),
    ];
    cases.into_iter().map(|(case, (id, secret))| (case, id, secret)).collect()
}

both!(whoever_may_not_buy_is_told_nothing_and_every_refusal_is_the_same);
fn whoever_may_not_buy_is_told_nothing_and_every_refusal_is_the_same(site: Site) {
    let stage = Stage::on(site);
    let public = stage.owner.public;
    let mut tally = Tally::default();
    let mut first: Option<Answer> = None;
    for (case, id, secret) in strangers(&stage) {
        for (way, request) in ways(&id, &secret) {
            // Elsewhere the wrong id is not sent, and what is left is right.
            let told = ["Basic", "Basic, encoded", "form", "form, encoded", "JSON"].contains(&way);
            if secret_is_live(case) && !told {
                continue;
            }
            let answer = request.send(public);
            let case = format!("{case}, {way}");
            refused(&mut tally, &case, &answer, 401, "invalid_client");
            tally.equal(&case, &answer.header("www-authenticate"), &Some(r#"Basic realm="keydesk""#));
            let answer = answer.bare();
            tally.equal(&case, &answer, first.get_or_insert_with(|| answer.clone()));
        }
    }
    tally.end();
}

/// Whether only the id that is sent along makes it wrong.
fn secret_is_live(case: &str) -> bool {
    ["another key's id", "no such id"].contains(&case) || case.starts_with("the id ")
}

#[test]
fn a_key_that_ends_soon_buys_no_more_than_it_has_left() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for left in [10, 300, 599] {
        let ends = api::time::format((crate::harness::seconds() + left) * 1_000_000);
        let key = owner.key_with(json!({"expires_at": ends}));
        let answer = owner.buy_with(&key, &json!({}));
        let life = answer.json()["expires_in"].as_i64().unwrap();
        tally.that((1..=left).contains(&life), format_args!("O-13 {left}"), &answer);
        let claims = crate::harness::claims(&bought(&answer));
        tally.equal(
            "as in the token",
            &(claims["exp"].as_i64(), claims["iat"].as_i64().map(|at| at + life)),
            &{ (claims["exp"].as_i64(), claims["exp"].as_i64()) },
        );
    }
    let long = api::time::format((crate::harness::seconds() + 86_400) * 1_000_000);
    let answer = owner.buy_with(&owner.key_with(json!({"expires_at": long})), &json!({}));
    tally.equal("a day", &answer.json()["expires_in"], &json!(600));
    tally.end();
}

#[test]
fn a_key_with_networks_buys_from_within_them() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"allowed_ip_cidrs": ["127.0.0.0/8", "203.0.113.0/24"]}));
    let token = owner.token_of(&key);
    let mut tally = Tally::default();
    for (client, code) in [
        (json!("203.0.113.9"), "allowed"),
        (json!("10.0.0.1"), "ip_not_allowed"),
        (json!(null), "ip_not_allowed"),
    ] {
        tally.equal(&client, &owner.verdict(&json!({"key": token, "client_ip": client})).as_str(), &code);
    }
    tally.end();
}

#[test]
fn an_audience_is_the_issuer_or_the_published_one() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let issuer = owner.issuer();
    let mut tally = Tally::default();
    for name in ["audience", "resource"] {
        for right in [issuer.as_str(), "https://api.pinecone.io/"] {
            tally.status(format_args!("{name} {right}"), &owner.buy_with(&key, &json!({name: right})), 200);
        }
        let wrong = [
            "https://other.example/",
            "/api",
            "x",
            "https://api.pinecone.io.evil/",
            "https://api.pinecone.io/#x",
        ];
        let beyond = [
            format!("{issuer}/admin"),
            format!("{issuer}#x"),
            format!("{issuer}?x"),
            format!("{issuer}.evil"),
        ];
        for wrong in wrong.iter().map(|text| (*text).to_owned()).chain(beyond) {
            let answer = owner.buy_with(&key, &json!({name: wrong}));
            refused(&mut tally, &format!("O-10 {name} {wrong}"), &answer, 400, "invalid_target");
        }
    }
    tally.end();
}
