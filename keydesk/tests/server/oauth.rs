//! `/oauth/token` for service accounts (bad-input O-01 to O-08); for API keys, and what there is beside it, in the folder.

mod claims;
mod clients;
mod counted;
mod dpop;
mod exchange;
mod forged;
mod introspection;
mod keys;
mod lives;
mod published;
mod requests;
mod revocation;
mod rotation;
mod scopes;
mod shared;
mod signed;
mod vectors;

use crate::harness::{Answer, Request, Site, Stage, Tally, Tenant};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(crate) const GRANT: &str = "grant_type=client_credentials";

pub(crate) fn form(tenant: &Tenant, body: &str) -> Answer {
    let typed =
        Request::new("POST", "/oauth/token").header("Content-Type", "application/x-www-form-urlencoded");
    typed.body(body).send(tenant.public)
}

pub(crate) fn basic(tenant: &Tenant, credentials: &str, body: &str) -> Answer {
    let value = format!("Basic {}", STANDARD.encode(credentials));
    Request::new("POST", "/oauth/token").header("Authorization", value).body(body).send(tenant.public)
}

/// The error of an answer in the shape of RFC 6749 section 5.2; `None` when anything about it is off.
pub(crate) fn error(answer: &Answer) -> Option<String> {
    let body = serde_json::from_slice::<serde_json::Value>(&answer.body).ok()?;
    let described = body["error_description"].as_str()?;
    let sound = described.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
        && answer.header("content-type") == Some("application/json")
        && uncached(answer);
    sound.then(|| body["error"].as_str().map(str::to_owned))?
}

pub(crate) fn uncached(answer: &Answer) -> bool {
    answer.header("cache-control") == Some("no-store") && answer.header("pragma") == Some("no-cache")
}

pub(crate) fn refused(tally: &mut Tally, case: &str, answer: &Answer, status: u16, code: &str) {
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
        ("JSON list of pairs", format!(r#"["{whole}"]"#), "invalid_request"),
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
