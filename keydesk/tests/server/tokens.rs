//! Who is calling (bad-input O): one valid access token in one header, or nobody.

use crate::harness::{Answer, Request, Site, Stage, Tally};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The token with members of its header and claims replaced, its signature left as it is.
pub(crate) fn edited(token: &str, header: &[(&str, Value)], claims: &[(&str, Value)]) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let with = |text: &str, edits: &[(&str, Value)]| {
        let mut value = part(text);
        edits.iter().for_each(|(name, new)| value[*name] = new.clone());
        encode(&value)
    };
    format!("{}.{}.{}", with(parts[0], header), with(parts[1], claims), parts[2])
}

pub(crate) fn forged(token: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("no JWT: {token}") };
    let last = signature.chars().last().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let signed = |bytes: &[u8]| format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(bytes));
    let none = |alg: &str| edited(token, &[("alg", alg.into())], &[]);
    let unsigned = none("none");
    vec![
        ("empty", String::new()),
        ("not a token", "x".into()),
        ("dots", "..".into()),
        ("O-16 HS256", none("HS256")),
        ("O-19 RS256", none("RS256")),
        ("alg none", format!("{}.", unsigned.rsplit_once('.').unwrap().0)),
        ("alg none with a signature", unsigned.clone()),
        ("alg None", none("None")),
        ("alg null", edited(token, &[("alg", Value::Null)], &[])),
        ("O-17 zero", signed(&[0; 64])),
        ("O-17 63 bytes", signed(&raw[..63])),
        ("O-17 65 bytes", signed(&[&raw[..], &[0]].concat())),
        ("O-17 halves swapped", signed(&[&raw[32..], &raw[..32]].concat())),
        ("O-20 no kid", edited(token, &[("kid", Value::Null)], &[])),
        ("O-20 kid", edited(token, &[("kid", "../../etc/passwd".into())], &[])),
        ("O-20 kid", edited(token, &[("kid", "' or 1=1 --".into())], &[])),
        ("O-22 typ", edited(token, &[("typ", "JWT".into())], &[])),
        ("O-22 no typ", edited(token, &[("typ", Value::Null)], &[])),
        ("crit", edited(token, &[("crit", json!(["exp"]))], &[])),
        ("jku", edited(token, &[("jku", "http://127.0.0.1:1/".into())], &[])),
        ("O-23 no exp", edited(token, &[], &[("exp", Value::Null)])),
        ("O-25 exp later", edited(token, &[], &[("exp", json!(4_000_000_000_i64))])),
        ("O-26 aud", edited(token, &[], &[("aud", "other".into())])),
        ("other subject", edited(token, &[], &[("sub", "sa:01a1fd74-d772-79df-9763-35a5869daa68".into())])),
        (
            "a key's subject",
            edited(token, &[], &[("sub", "key:01a1fd74-d772-79df-9763-35a5869daa68".into())]),
        ),
        (
            "O-28 twice",
            format!(
                "{}.{claims}.{signature}",
                URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","alg":"ES256","kid":"x","typ":"at+jwt"}"#)
            ),
        ),
        ("O-29 padding", format!("{token}=")),
        ("O-29 white space", format!("{header}. {claims}.{signature}")),
        ("O-29 two parts", format!("{header}.{claims}")),
        ("O-29 four parts", format!("{token}.{signature}")),
        ("O-29 empty part", format!("{header}..{signature}")),
        (
            "O-29 trailing bits",
            format!(
                "{}{}",
                &token[..token.len() - 1],
                if last == 'A' { 'B' } else { char::from(last as u8 + 1) }
            ),
        ),
        ("cut", token[..token.len() - 1].into()),
        ("O-31 8 KiB", format!("{token}{}", "A".repeat(7 << 10))),
    ]
}

fn call(site: &Stage, authorization: &str) -> Answer {
    Request::new("GET", "/admin/projects").header("Authorization", authorization).send(site.server.public)
}

#[test]
fn a_forged_token_is_nobody_and_every_refusal_is_the_same() {
    let stage = Stage::sqlite();
    let token = &stage.owner.token;
    assert_eq!(call(&stage, &format!("Bearer {token}")).status, 200);
    let missing = Request::new("GET", "/admin/projects").send(stage.server.public);
    let mut tally = Tally::default();
    tally.admin("missing", &missing, 401, "UNAUTHENTICATED");
    tally.equal("challenge", &missing.header("www-authenticate"), &Some(r#"Bearer realm="keydesk""#));
    let missing = missing.bare();
    // RFC 6750 section 3.1: whoever showed something is told that it is good for nothing, and no more.
    let wrong = call(&stage, "Bearer x");
    tally.admin("wrong", &wrong, 401, "UNAUTHENTICATED");
    let told = Some(r#"Bearer realm="keydesk", error="invalid_token""#);
    tally.equal("wrong", &wrong.header("www-authenticate"), &told);
    tally.equal("but for that, the same", &wrong.text(), &missing.text());
    let wrong = wrong.bare();
    for (case, forged) in forged(token) {
        tally.equal(case, &call(&stage, &format!("Bearer {forged}")).bare(), &wrong);
    }
    let (id, secret) = (&stage.owner.client_id, &stage.owner.client_secret);
    for (case, value) in [
        ("no scheme", token.clone()),
        ("another scheme", format!("Token {token}")),
        ("DPoP", format!("DPoP {token}")),
        ("quoted", format!("Bearer \"{token}\"")),
        (
            "Basic",
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"))),
        ),
        ("the secret", format!("Bearer {secret}")),
        ("nothing", String::new()),
    ] {
        tally.equal(case, &call(&stage, &value).bare(), &wrong);
    }
    let twice = Request::new("GET", "/admin/projects").header("Authorization", format!("Bearer {token}"));
    let twice = twice.clone().header("authorization", format!("Bearer {token}"));
    tally.admin("K-29 two headers", &twice.send(stage.server.public), 400, "INVALID_ARGUMENT");
    let two = call(&stage, &format!("Bearer {token}, Bearer {token}"));
    tally.admin("K-29 two in one", &two, 400, "INVALID_ARGUMENT");
    for place in ["X-Api-Key", "Api-Key", "Cookie", "X-Access-Token"] {
        let answer = Request::new("GET", "/admin/projects").header(place, token).send(stage.server.public);
        let expected = if ["X-Api-Key", "Api-Key"].contains(&place) { &wrong } else { &missing };
        tally.equal(place, &answer.bare(), expected);
    }
    for query in ["access_token", "token", "api_key"] {
        let answer =
            Request::new("GET", &format!("/admin/projects?{query}={token}")).send(stage.server.public);
        tally.equal(query, &answer.bare(), &missing);
    }
    tally.status("scheme in another case", &call(&stage, &format!("bEaReR {token}")), 200);
    tally.end();
}

#[test]
fn a_stranger_is_refused_before_anything_of_the_request_is_read() {
    let stage = Stage::sqlite();
    let nobody = |method: &str, path: &str| Request::new(method, path);
    let mut tally = Tally::default();
    for (case, request) in [
        ("bad version", nobody("GET", "/admin/projects").header("X-Pinecone-Api-Version", "x")),
        ("bad query", nobody("GET", "/admin/projects?x=1")),
        ("bad body", nobody("POST", "/admin/projects").body("{")),
        ("bad id", nobody("GET", "/admin/api-keys/%FF")),
        ("wrong method", nobody("PUT", "/admin/projects")),
        ("no such path", nobody("GET", "/admin/nothing")),
    ] {
        let answer = request.send(stage.server.public);
        // Routes are no secret: they are in the OpenAPI description.
        let public = ["wrong method", "no such path"].contains(&case);
        tally.that(answer.status == 401 || public && [404, 405].contains(&answer.status), case, &answer);
    }
    tally.end();
}

#[test]
fn a_token_of_another_server_or_audience_is_nobody() {
    let site = |url: &str| Site::sqlite().flag("--public-url", url);
    let mut here = Stage::on(site("https://keys.example"));
    let there = Stage::on(site("https://keys.example"));
    let mut tally = Tally::default();
    tally.status("of another key", &call(&here, &format!("Bearer {}", there.owner.token)), 401);
    tally.status("its own", &call(&here, &format!("Bearer {}", here.owner.token)), 200);

    // The same key signs, but the issuer and so the audience have changed.
    let old = here.owner.token.clone();
    let Stage { server, site, .. } = here;
    assert!(server.stop().success());
    here = Stage::on(site.flag("--public-url", "https://other.example"));
    tally.status("of the former issuer", &call(&here, &format!("Bearer {old}")), 401);
    tally.status("of the new issuer", &call(&here, &format!("Bearer {}", here.owner.token)), 200);
    tally.end();
}
