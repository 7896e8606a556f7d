//! `/oauth/token` for service accounts (bad-input O-01 to O-08).

use crate::both;
use crate::harness::{Answer, Request, Site, Stage, Tally, Tenant};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const GRANT: &str = "grant_type=client_credentials";

fn form(tenant: &Tenant, body: &str) -> Answer {
    let typed =
        Request::new("POST", "/oauth/token").header("Content-Type", "application/x-www-form-urlencoded");
    typed.body(body).send(tenant.public)
}

fn basic(tenant: &Tenant, credentials: &str, body: &str) -> Answer {
    let value = format!("Basic {}", STANDARD.encode(credentials));
    Request::new("POST", "/oauth/token").header("Authorization", value).body(body).send(tenant.public)
}

/// The error of an answer in the shape of RFC 6749 section 5.2; `None` when anything about it is off.
fn error(answer: &Answer) -> Option<String> {
    let body = serde_json::from_slice::<serde_json::Value>(&answer.body).ok()?;
    let described = body["error_description"].as_str()?;
    let sound = described.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
        && answer.header("content-type") == Some("application/json")
        && uncached(answer);
    sound.then(|| body["error"].as_str().map(str::to_owned))?
}

fn uncached(answer: &Answer) -> bool {
    answer.header("cache-control") == Some("no-store") && answer.header("pragma") == Some("no-cache")
}

fn refused(tally: &mut Tally, case: &str, answer: &Answer, status: u16, code: &str) {
    let found = answer.status == status && error(answer).as_deref() == Some(code);
    tally.that(found, format_args!("{case}: expected {status} {code}"), answer);
}

#[test]
fn a_request_that_makes_no_sense_is_told_which_way() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let credentials = format!("client_id={}&client_secret={}", owner.client_id, owner.client_secret);
    let whole = format!("{GRANT}&{credentials}");
    let mut tally = Tally::default();
    for (case, body, code) in [
        ("O-01", credentials.clone(), "invalid_request"),
        ("O-01 empty", format!("grant_type=&{credentials}"), "invalid_request"),
        ("O-01 nothing", String::new(), "invalid_request"),
        ("O-02", format!("grant_type=password&{credentials}"), "unsupported_grant_type"),
        ("O-02", format!("grant_type=implicit&{credentials}"), "unsupported_grant_type"),
        ("O-02 case", format!("grant_type=Client_Credentials&{credentials}"), "unsupported_grant_type"),
        (
            "O-02 two",
            format!("grant_type=client_credentials+password&{credentials}"),
            "unsupported_grant_type",
        ),
        ("repeated", format!("{whole}&{GRANT}"), "invalid_request"),
        ("repeated secret", format!("{whole}&client_secret=x"), "invalid_request"),
        ("repeated, encoded", format!("{whole}&client%5Fid=x"), "invalid_request"),
        ("repeated and unknown", format!("{whole}&x=1&x=2"), "invalid_request"),
        ("bad escape", format!("{whole}&x=%zz"), "invalid_request"),
        ("not UTF-8", format!("{whole}&x=%ff"), "invalid_request"),
        ("O-10", format!("{whole}&audience=https://other.example/"), "invalid_target"),
        ("O-10 relative", format!("{whole}&audience=/admin"), "invalid_target"),
        ("O-10 prefix", format!("{whole}&audience=https://api.pinecone.io.evil/"), "invalid_target"),
        ("O-10 resource", format!("{whole}&resource=https://other.example/"), "invalid_target"),
        ("scope", format!("{whole}&scope=read:*"), "invalid_scope"),
        ("JSON list", r#"["client_credentials"]"#.into(), "invalid_request"),
        ("JSON broken", "{".into(), "invalid_request"),
        (
            "JSON twice",
            r#"{"grant_type":"client_credentials","grant_type":"client_credentials"}"#.into(),
            "invalid_request",
        ),
        ("JSON number", r#"{"grant_type":1}"#.into(), "invalid_request"),
        ("JSON nested", r#"{"grant_type":["client_credentials"]}"#.into(), "invalid_request"),
        ("large", format!("{whole}&x={}", "x".repeat(64 << 10)), "invalid_request"),
    ] {
        refused(&mut tally, case, &form(owner, &body), 400, code);
    }
    let both = basic(owner, &format!("{}:{}", owner.client_id, owner.client_secret), &whole);
    refused(&mut tally, "both methods", &both, 400, "invalid_request");
    let other = basic(
        owner,
        &format!("{}:{}", owner.client_id, owner.client_secret),
        &format!("{GRANT}&client_id=other"),
    );
    tally.that(other.status >= 400, "two clients at once", &other);
    let headers = Request::new("POST", "/oauth/token")
        .header("Authorization", "Basic eDp5")
        .header("Authorization", "Basic eDp5");
    refused(&mut tally, "two headers", &headers.body(GRANT).send(owner.public), 400, "invalid_request");
    let huge = form(owner, &format!("{whole}&x={}", "x".repeat(2 << 20)));
    tally.that([400, 413].contains(&huge.status), "huge", &huge);
    tally.end();
}

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

#[test]
fn credentials_in_a_url_are_refused_and_not_logged() {
    let stage = Stage::on(Site::sqlite().with("KEYDESK_LOG", "trace"));
    let owner = &stage.owner;
    let whole = format!("{GRANT}&client_id={}&client_secret={}", owner.client_id, owner.client_secret);
    let mut tally = Tally::default();
    let asked = Request::new("POST", &format!("/oauth/token?{whole}"));
    refused(&mut tally, "O-08", &asked.send(owner.public), 400, "invalid_request");
    refused(&mut tally, "O-08 and the body", &asked.body(&whole).send(owner.public), 400, "invalid_request");
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = Request::new(method, &format!("/oauth/token?{whole}")).send(owner.public);
        tally.status(format_args!("O-04 {method}"), &answer, 405);
        tally.equal(format_args!("O-04 {method}"), &answer.header("allow"), &Some("POST"));
        tally.that(uncached(&answer), format_args!("O-04 {method}"), &answer);
    }
    tally.that(!stage.server.log().contains(&owner.client_secret), "the log", &"the client secret");
    tally.end();
}
