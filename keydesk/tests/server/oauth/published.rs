//! What is published: metadata (RFC 8414), public keys (RFC 7517), and no authorization endpoint (O-37 to O-40).

use crate::harness::{Request, Site, Stage, Tally, part, thumbprint};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const JWKS: &str = "/.well-known/jwks.json";

fn texts(value: &Value) -> BTreeSet<&str> {
    value.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

both!(the_metadata_names_what_is_there);
fn the_metadata_names_what_is_there(site: Site) {
    let stage = Stage::on(site.flag("--public-url", "https://keys.example"));
    let said = stage.owner.metadata();
    let mut tally = Tally::default();
    for (name, path) in [
        ("issuer", ""),
        ("token_endpoint", "/oauth/token"),
        ("introspection_endpoint", "/oauth/introspect"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("jwks_uri", JWKS),
    ] {
        tally.equal(name, &said[name], &json!(format!("https://keys.example{path}")));
    }
    for (name, least) in [
        (
            "grant_types_supported",
            vec!["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
        ),
        ("token_endpoint_auth_methods_supported", vec!["client_secret_basic", "client_secret_post"]),
        ("dpop_signing_alg_values_supported", vec!["ES256", "EdDSA"]),
    ] {
        tally.that(least.iter().all(|each| texts(&said[name]).contains(each)), name, &said[name]);
    }
    let empty =
        said.as_object().unwrap().iter().find(|(_, value)| value.as_array().is_some_and(Vec::is_empty));
    tally.that(empty.is_none(), "RFC 8414 3.2: no empty list", &empty);
    tally.that(!texts(&said["response_types_supported"]).is_empty(), "response types", &said);
    tally.equal("no authorization endpoint", &said.get("authorization_endpoint"), &None);
    tally.end();
}

both!(public_keys_are_published_and_nothing_else);
fn public_keys_are_published_and_nothing_else(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let mut tally = Tally::default();
    let tokens = [owner.token.clone(), owner.token_of(&owner.key()), stranger.token_of(&stranger.key())];
    // Whoever has a token finds the key that signed it.
    let keys = owner.jwks();
    for key in &keys {
        let names: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        tally.equal("O-37", &names, &BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]));
        tally.equal("O-37", &json!([key["kty"], key["use"], key["alg"]]), &json!(["EC", "sig", "ES256"]));
        tally.equal("kid", &key["kid"], &json!(thumbprint(key)));
    }
    let kids: BTreeSet<String> = owner.kids().into_iter().collect();
    tally.equal("each once", &kids.len(), &keys.len());
    let signed: BTreeSet<String> =
        tokens.iter().map(|token| part(token, 0)["kid"].as_str().unwrap().to_owned()).collect();
    tally.equal("three of them", &signed.len(), &3);
    tally.equal("all that sign, and no more", &kids, &signed);
    tally.end();
}

#[test]
fn public_keys_may_be_kept_for_a_while() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let get = |headers: &[(&str, &str)]| {
        let request = Request::new("GET", JWKS);
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send(owner.public)
    };
    let first = get(&[]);
    let mut tally = Tally::default();
    tally.equal("O-38", &first.header("cache-control"), &Some("public, max-age=300"));
    tally.that(first.header("content-type").is_some_and(|kind| kind.contains("json")), "type", &first);
    let tag = first.header("etag").unwrap_or_default().to_owned();
    tally.that(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "a strong tag", &tag);
    let list = format!("\"x\", {tag}");
    let weak = format!("W/{tag}");
    for same in [tag.as_str(), "*", &list, &weak] {
        let answer = get(&[("If-None-Match", same)]);
        tally.that(answer.status == 304 && answer.body.is_empty(), format_args!("O-38 {same}"), &answer);
        tally.equal(format_args!("O-38 {same}"), &answer.header("etag"), &Some(tag.as_str()));
        tally.equal(
            format_args!("O-38 {same}"),
            &answer.header("cache-control"),
            &Some("public, max-age=300"),
        );
    }
    for other in ["\"x\"", "x", ""] {
        tally.status(format_args!("{other:?}"), &get(&[("If-None-Match", other)]), 200);
    }
    tally.equal("the same again", &get(&[]).header("etag"), &Some(tag.as_str()));
    let rotated = super::rotation::rotate(owner, serde_json::json!({}));
    tally.status("rotation", &rotated, 200);
    tally.that(get(&[]).header("etag") != Some(&tag), "another key, another tag", &tag);
    tally.end();
}

#[test]
fn there_is_no_authorization_endpoint() {
    let stage = Stage::sqlite();
    let query = "response_type=code&client_id=x&redirect_uri=https://app.example/&state=x";
    let mut tally = Tally::default();
    for path in [
        "/oauth/authorize",
        "/oauth2/authorize",
        "/authorize",
        "/oauth/auth",
        "/oauth/login",
        "/oauth/userinfo",
        "/oauth/device_authorization",
        "/oauth/par",
        "/oauth/register",
    ] {
        for method in ["GET", "POST"] {
            let answer = Request::new(method, &format!("{path}?{query}")).send(stage.owner.public);
            tally.status(format_args!("O-40 {method} {path}"), &answer, 404);
        }
    }
    tally.end();
}
