//! What a token says, who can check it, and which doors it opens (security 14).

use crate::graphql::{QUERY, administrator, request};
use crate::harness::{Site, Stage, Tally, claims, part, thumbprint};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Whether the published key signed it: anybody can tell.
pub(super) fn is_signed_by(token: &str, jwk: &Value) -> bool {
    let decode = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], decode("x"), decode("y")].concat();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message.as_bytes(), &signature).is_ok()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

both!(a_token_says_exactly_this_and_verifies_with_what_is_published);
fn a_token_says_exactly_this_and_verifies_with_what_is_published(site: Site) {
    let stage = Stage::on(site.flag("--public-url", "https://keys.example"));
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let token = owner.token_of(&key);
    let (header, said) = (part(&token, 0), claims(&token));
    let mut tally = Tally::default();
    tally.equal("header", &header, &json!({"alg": "ES256", "kid": header["kid"], "typ": "at+jwt"}));
    let [iat, exp] = ["iat", "exp"].map(|name| said[name].as_i64().unwrap());
    let expected = json!({
        "iss": "https://keys.example", "sub": format!("key:{}", key.id), "aud": "https://keys.example/api",
        "client_id": key.id, "organization_id": owner.organization, "project_id": owner.project,
        "scope": "read:THING/#/#", "iat": iat, "exp": iat + 600, "jti": said["jti"],
    });
    tally.equal("claims", &said, &expected);
    tally.that((exp - crate::harness::seconds()).abs() <= 600, "exp", &said);
    let published: Vec<Value> = owner.jwks().into_iter().filter(|jwk| jwk["kid"] == header["kid"]).collect();
    tally.equal("published once", &published.len(), &1);
    tally.equal("its name is its thumbprint", &json!(thumbprint(&published[0])), &header["kid"]);
    tally.that(is_signed_by(&token, &published[0]), "the signature", &token);
    let again = claims(&owner.token_of(&key));
    tally.that(again["jti"] != said["jti"], "jti", &again);

    let (header, said) = (part(&owner.token, 0), claims(&owner.token));
    tally.equal("a service account's: header", &names(&header), &vec!["alg", "kid", "typ"]);
    tally.equal("a service account's: aud", &said["aud"], &json!("https://keys.example/admin"));
    tally.that(
        said["sub"].as_str().is_some_and(|sub| sub.starts_with("sa:")),
        "a service account's: sub",
        &said,
    );
    tally.equal("a service account's: life", &said["exp"], &json!(said["iat"].as_i64().unwrap() + 1800));
    let jwks = owner.jwks();
    let server = jwks.iter().find(|jwk| jwk["kid"] == header["kid"]).expect("published");
    tally.that(is_signed_by(&owner.token, server), "a service account's: signature", &owner.token);
    tally.that(!is_signed_by(&token, server), "but not a key's", &token);
    let theirs = stage.stranger();
    let strange = part(&theirs.token_of(&theirs.key()), 0);
    tally.that(strange["kid"] != part(&token, 0)["kid"], "each organization has its own", &strange);
    tally.end();
}

both!(a_token_opens_the_doors_of_its_kind_only);
fn a_token_opens_the_doors_of_its_kind_only(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = administrator(owner);
    let token = owner.token_of(&key);
    let call = |name: &str, value: &str| {
        crate::harness::Request::new("GET", "/admin/projects").header(name, value).send(owner.public)
    };
    let mut tally = Tally::default();
    tally.status("the key itself", &call("X-Api-Key", &key.value), 200);
    tally.equal("its token", &owner.token_verdict(&token).as_str(), &"allowed");
    let nobody = call("Authorization", "Bearer junk").bare();
    for (name, prefix) in
        [("Authorization", "Bearer "), ("Authorization", "DPoP "), ("X-Api-Key", ""), ("Api-Key", "")]
    {
        let answer = call(name, &format!("{prefix}{token}"));
        tally.admin(format_args!("/admin {name}"), &answer, 401, "UNAUTHENTICATED");
        tally.equal(format_args!("/admin {name}"), &answer.bare(), &nobody);
    }
    let body = json!({"query": QUERY});
    let nobody = request("junk", &body).send(owner.public).bare();
    tally.that(
        request(&key.value, &body).send(owner.public).bare() != nobody,
        "the key at /graphql",
        &nobody,
    );
    tally.equal("/graphql", &request(&token, &body).send(owner.public).bare(), &nobody);
    tally.equal("/v1/verify", &owner.token_verdict(&owner.token).as_str(), &"malformed");
    tally.end();
}
