//! Rotation of signing keys: the next one is published before it signs, and nothing that is good stops being so.

use super::claims::is_signed_by;
use crate::harness::{Site, Stage, Tally, Tenant, part};
use serde_json::{Value, json};

fn path(owner: &Tenant) -> String {
    format!("/admin/organizations/{}/signing-keys", owner.organization)
}

/// The keys on record as the Admin API lists them.
pub(super) fn listed(owner: &Tenant, path: &str) -> Vec<Value> {
    let answer = owner.get(path);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

fn states(owner: &Tenant) -> Vec<String> {
    let keys = listed(owner, &path(owner));
    let mut states: Vec<String> = keys.iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    states
}

pub(super) fn rotate(owner: &Tenant, fields: Value) -> crate::harness::Answer {
    owner.post(&path(owner), fields.to_string())
}

/// Whether some published key signed the token.
fn is_published(owner: &Tenant, token: &str) -> bool {
    let kid = part(token, 0)["kid"].clone();
    owner.jwks().iter().any(|jwk| jwk["kid"] == kid && (jwk["kty"] != "EC" || is_signed_by(token, jwk)))
}

both!(the_next_key_is_published_before_it_signs);
fn the_next_key_is_published_before_it_signs(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.token_of(&key);
    let first = part(&before, 0)["kid"].clone();
    let mut tally = Tally::default();
    tally.equal("at first", &states(owner), &vec!["active".to_owned()]);
    let made = rotate(owner, json!({}));
    tally.equal("the answer", &made.status, &200);
    tally.equal("then", &states(owner), &vec!["active".to_owned(), "next".to_owned()]);
    let next = listed(owner, &path(owner)).into_iter().find(|key| key["state"] == "next").unwrap();
    for name in ["id", "kid", "algorithm", "state", "created_at", "signs_from"] {
        tally.that(next[name].is_string(), name, &next);
    }
    tally.that(owner.kids().contains(&next["kid"].as_str().unwrap().to_owned()), "published", &owner.kids());
    let after = owner.token_of(&key);
    tally.equal("the first one signs still", &part(&after, 0)["kid"], &first);
    for token in [&before, &after] {
        tally.that(is_published(owner, token), "published", token);
        tally.equal("good", &owner.token_verdict(token).as_str(), &"allowed");
    }
    let again = rotate(owner, json!({}));
    tally.equal("again: nothing more", &(again.status, states(owner).len()), &(200, 2));
    let text = api::time::parse(next["created_at"].as_str().unwrap()).unwrap();
    let signs = api::time::parse(next["signs_from"].as_str().unwrap()).unwrap();
    tally.equal("in eleven minutes", &(signs - text), &660_000_000);
    tally.end();
}

both!(at_once_kills_what_the_former_keys_signed);
fn at_once_kills_what_the_former_keys_signed(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let (key, theirs) = (owner.key(), stranger.key());
    let mut dead = vec![owner.token_of(&key)];
    let foreign = stranger.token_of(&theirs);
    let mut tally = Tally::default();
    for algorithm in ["EdDSA", "ES256"] {
        let answer = rotate(owner, json!({"algorithm": algorithm, "at_once": true}));
        tally.equal(algorithm, &answer.status, &200);
        let token = owner.token_of(&key);
        let header = part(&token, 0);
        tally.equal("the header", &header, &json!({"alg": algorithm, "kid": header["kid"], "typ": "at+jwt"}));
        tally.that(is_published(owner, &token), "published", &owner.jwks());
        tally.equal("good", &owner.token_verdict(&token).as_str(), &"allowed");
        for token in &dead {
            tally.equal("O-34", &owner.token_verdict(token).as_str(), &"malformed");
            tally.equal("O-34", &owner.introspect(token).json(), &json!({"active": false}));
            tally.that(!is_published(owner, token), "withdrawn", &owner.kids());
        }
        tally.equal("only one", &states(owner), &vec!["active".to_owned()]);
        dead.push(token);
    }
    tally.equal("theirs", &owner.token_verdict(&foreign).as_str(), &"allowed");
    tally.equal("the key", &owner.verify(&key).as_str(), &"allowed");
    tally.status("the account", &owner.get("/admin/projects"), 200);
    tally.end();
}

both!(the_servers_key_is_rotated_by_the_operator_only);
fn the_servers_key_is_rotated_by_the_operator_only(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let (old, key) = (owner.token.clone(), owner.key());
    let bought = owner.token_of(&key);
    let mut tally = Tally::default();
    for method in ["GET", "POST"] {
        let answer = stranger.call(method, "/admin/signing-keys").json(&json!({})).send(owner.public);
        tally.that([403, 404].contains(&answer.status), format_args!("a stranger, {method}"), &answer);
        let answer = stranger.call(method, &path(owner)).json(&json!({})).send(owner.public);
        tally.that(
            [403, 404].contains(&answer.status),
            format_args!("a stranger at ours, {method}"),
            &answer,
        );
    }
    tally.equal("listed", &listed(owner, "/admin/signing-keys").len(), &1);
    let answer = owner.post("/admin/signing-keys", json!({}).to_string());
    tally.equal("in its time", &answer.status, &200);
    tally.status("the token", &owner.get("/admin/projects"), 200);
    let answer = owner.post("/admin/signing-keys", json!({"at_once": true}).to_string());
    tally.equal("at once", &answer.status, &200);
    tally.status("the token is dead", &owner.get("/admin/projects"), 401);
    let owner = stage.site.owner(&stage.server);
    tally.that(owner.token != old, "another token", &"");
    tally.status("another", &owner.get("/admin/projects"), 200);
    tally.equal("a key's token is not the server's", &owner.token_verdict(&bought).as_str(), &"allowed");
    for fields in [
        json!({"algorithm": "RS256"}),
        json!({"algorithm": "none"}),
        json!({"algorithm": 1}),
        json!({"at_once": "yes"}),
        json!({"at_onec": true}),
        json!([]),
    ] {
        for path in [path(&owner), "/admin/signing-keys".to_owned()] {
            tally.admin(
                format_args!("{path} {fields}"),
                &owner.post(&path, fields.to_string()),
                400,
                "INVALID_ARGUMENT",
            );
        }
    }
    tally.end();
}
