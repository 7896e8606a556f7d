//! The credentials of a service account at `/oauth/token`: right in every way of writing them, or wrong.

use crate::harness::{Request, Site, Stage, Tally, Tenant};
use crate::oauth::{GRANT, basic, form, refused, uncached};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

both!(every_wrong_credential_gets_the_same_answer);
fn every_wrong_credential_gets_the_same_answer(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let stranger = stage.stranger();
    let (id, secret) = (owner.client_id.as_str(), owner.client_secret.as_str());
    let wrong = form(owner, &format!("{GRANT}&client_id={id}&client_secret=wrong"));
    let mut tally = Tally::default();
    refused(&mut tally, "O-05", &wrong, 401, "invalid_client");
    tally.that(
        wrong.header("www-authenticate").is_some_and(|value| value.starts_with("Basic")),
        "challenge",
        &wrong,
    );
    let wrong = wrong.bare();
    let long = "x".repeat(1000);
    for (case, id, secret) in [
        ("unknown", "nobody", secret),
        ("of another", stranger.client_id.as_str(), secret),
        ("the id as the secret", id, id),
        ("cut", id, &secret[1..]),
        ("longer", id, &format!("{secret}x")),
        ("case", id, &secret.to_lowercase()),
        ("space", id, &format!("{secret}%20")),
        ("NUL", &format!("{id}%00"), secret),
        ("NUL alone", "%00", "%00"),
        ("long", &long, &long),
        ("SQL", "'%20or%201=1--", "x"),
    ] {
        tally.equal(
            case,
            &form(owner, &format!("{GRANT}&client_id={id}&client_secret={secret}")).bare(),
            &wrong,
        );
        if !secret.contains('%') && !id.contains('%') {
            tally.equal(
                format_args!("Basic {case}"),
                &basic(owner, &format!("{id}:{secret}"), GRANT).bare(),
                &wrong,
            );
        }
    }
    for (case, value) in [
        ("another scheme", format!("Bearer {}", owner.token)),
        ("no scheme", STANDARD.encode(format!("{id}:{secret}"))),
        ("no base64", "Basic ~~~".into()),
        ("no colon", format!("Basic {}", STANDARD.encode(id))),
        ("not UTF-8", format!("Basic {}", STANDARD.encode(b"\xff:\xff"))),
        ("empty", "Basic ".into()),
        ("URL alphabet", "Basic __-_".into()),
    ] {
        let answer = Request::new("POST", "/oauth/token").header("Authorization", value).body(GRANT);
        tally.equal(case, &answer.send(owner.public).bare(), &wrong);
    }
    tally.equal("none at all", &form(owner, GRANT).bare(), &wrong);
    tally.equal("only an id", &form(owner, &format!("{GRANT}&client_id={id}")).bare(), &wrong);
    tally.equal(
        "an empty secret",
        &form(owner, &format!("{GRANT}&client_id={id}&client_secret=")).bare(),
        &wrong,
    );
    tally.end();
}

#[test]
fn every_way_to_send_right_credentials_buys_a_token() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (id, secret) = (owner.client_id.as_str(), owner.client_secret.as_str());
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let whole = format!("{GRANT}&client_id={id}&client_secret={secret}");
    let object = json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        "audience": "https://api.pinecone.io/", "scope": null});
    let label = |label: &str| Request::new("POST", "/oauth/token").header("Content-Type", label).body(&whole);
    let issuer = format!("http://{}", owner.public);
    let mut tally = Tally::default();
    for (case, answer) in [
        ("form", form(owner, &whole)),
        (
            "form, all escaped",
            form(owner, &format!("{GRANT}&client_id={}&client_secret={}", escaped(id), escaped(secret))),
        ),
        ("empty is omitted", form(owner, &format!("{whole}&scope=&audience="))),
        ("unknown is ignored", form(owner, &format!("{whole}&x=1"))),
        ("audience", form(owner, &format!("{whole}&audience=https%3A%2F%2Fapi.pinecone.io%2F"))),
        ("issuer", form(owner, &format!("{whole}&audience={issuer}"))),
        ("JSON", Request::new("POST", "/oauth/token").json(&object).send(owner.public)),
        ("charset", label("application/x-www-form-urlencoded;charset=UTF-8").send(owner.public)),
        ("no label", Request::new("POST", "/oauth/token").body(&whole).send(owner.public)),
        ("Basic", basic(owner, &format!("{id}:{secret}"), GRANT)),
        ("Basic O-07", basic(owner, &format!("{}:{}", escaped(id), escaped(secret)), GRANT)),
        ("Basic and the id", basic(owner, &format!("{id}:{secret}"), &format!("{GRANT}&client_id={id}"))),
    ] {
        tally.status(case, &answer, 200);
        tally.that(uncached(&answer), format_args!("{case} is not kept"), &answer);
        let body = answer.json();
        tally.equal(case, &body["token_type"], &json!("Bearer"));
        tally.that(body["expires_in"].as_i64() > Some(0), case, &body);
        let caller =
            Tenant { token: body["access_token"].as_str().unwrap_or_default().into(), ..owner.clone() };
        tally.status(format_args!("{case} works"), &caller.get("/admin/projects"), 200);
    }
    tally.end();
}
