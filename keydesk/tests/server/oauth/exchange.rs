//! An API key exchanged for an access token (RFC 8693; bad-input O-11).

use crate::harness::{Answer, Bearer, Key, Request, Site, Stage, Tally, Tenant, bought};
use crate::oauth::{refused, uncached};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const KEY: &str = "urn:keydesk:params:oauth:token-type:api-key";
const TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The fields that exchange this value; a field of `null` is left out.
fn fields(value: &str, more: &Value) -> Value {
    let mut fields = json!({"grant_type": GRANT, "subject_token": value, "subject_token_type": KEY});
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    fields.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    fields
}

fn request(value: &str, more: &Value) -> Request {
    Request::new("POST", "/oauth/token").json(&fields(value, more))
}

fn exchange(owner: &Tenant, key: &Key, more: Value) -> Answer {
    request(&key.value, &more).send(owner.public)
}

both!(a_key_is_exchanged_for_a_token);
fn a_key_is_exchanged_for_a_token(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let issuer = owner.issuer();
    let mut tally = Tally::default();
    for (more, scope) in [
        (json!({}), "read:THING/#/#"),
        (json!({"requested_token_type": TOKEN}), "read:THING/#/#"),
        (json!({"requested_token_type": JWT}), "read:THING/#/#"),
        (json!({"scope": "read:THING/a/b"}), "read:THING/a/b"),
        (json!({"audience": issuer}), "read:THING/#/#"),
        (json!({"resource": "https://api.pinecone.io/"}), "read:THING/#/#"),
    ] {
        let answer = exchange(owner, &key, more.clone());
        tally.status(&more, &answer, 200);
        let body = answer.json();
        let said = json!({"access_token": body["access_token"], "issued_token_type": TOKEN, "token_type": "Bearer",
            "expires_in": 600, "scope": scope});
        tally.equal(&more, &body, &said);
        tally.that(uncached(&answer), &more, &answer);
        tally.equal(&more, &owner.token_verdict(&bought(&answer)).as_str(), &"allowed");
    }
    let form = format!("grant_type={GRANT}&subject_token={}&subject_token_type={KEY}", key.value);
    let sent =
        Request::new("POST", "/oauth/token").header("Content-Type", "application/x-www-form-urlencoded");
    tally.status("as a form", &sent.body(form.replace(':', "%3A")).send(owner.public), 200);
    let bearer = Bearer::es256();
    let proof = bearer.proof("POST", &format!("{issuer}/oauth/token"));
    let bound = request(&key.value, &json!({})).header("DPoP", proof).send(owner.public);
    tally.equal("bound", &bound.json()["token_type"], &json!("DPoP"));
    tally.end();
}

#[test]
fn an_exchange_that_makes_no_sense_is_told_which_way() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let mut tally = Tally::default();
    let types = [TOKEN, JWT, "urn:ietf:params:oauth:token-type:id_token", "api-key", "x"];
    let mut cases: Vec<(Value, &str)> = vec![
        (json!({"subject_token": null}), "invalid_request"),
        (json!({"subject_token": ""}), "invalid_request"),
        (json!({"subject_token_type": null}), "invalid_request"),
        (json!({"subject_token_type": ""}), "invalid_request"),
        (json!({"subject_token_type": KEY.to_uppercase()}), "invalid_request"),
        (json!({"actor_token": key.value, "actor_token_type": KEY}), "invalid_request"),
        (json!({"actor_token": "x"}), "invalid_request"),
        (json!({"actor_token": owner.token, "actor_token_type": TOKEN}), "invalid_request"),
        (
            json!({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}),
            "invalid_request",
        ),
        (json!({"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"}), "invalid_request"),
        (json!({"requested_token_type": KEY}), "invalid_request"),
        (json!({"requested_token_type": "x"}), "invalid_request"),
        (json!({"scope": "write:THING/a/b"}), "invalid_scope"),
        (json!({"scope": "read"}), "invalid_scope"),
        (json!({"audience": "https://other.example/"}), "invalid_target"),
        (json!({"resource": "/api"}), "invalid_target"),
        (json!({"client_secret": key.value}), "invalid_request"),
        (json!({"client_id": key.id, "client_secret": key.value}), "invalid_request"),
        (json!({"client_id": owner.client_id, "client_secret": owner.client_secret}), "invalid_request"),
        (json!({"api_key": key.value}), "invalid_request"),
    ];
    cases.extend(types.map(|wrong| (json!({"subject_token_type": wrong}), "invalid_request")));
    for (more, code) in cases {
        refused(&mut tally, &more.to_string(), &exchange(owner, &key, more.clone()), 400, code);
    }
    let basic = format!("Basic {}", STANDARD.encode(format!(":{}", key.value)));
    for (name, value) in [
        ("X-Api-Key", key.value.clone()),
        ("Api-Key", key.value.clone()),
        ("Authorization", format!("Bearer {}", key.value)),
        ("Authorization", basic),
    ] {
        let answer = request(&key.value, &json!({})).header(name, &value).send(owner.public);
        refused(&mut tally, &format!("{name} {value}"), &answer, 400, "invalid_request");
    }
    tally.end();
}

both!(what_may_not_buy_may_not_be_exchanged);
fn what_may_not_buy_may_not_be_exchanged(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let make = || owner.key();
    let (live, revoked, disabled, expired) = (make(), make(), make(), make());
    owner.delete(&revoked.path());
    owner.patch(&disabled.path(), &json!({"enabled": false}));
    owner.run_out(&expired);
    let elsewhere = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let mut tally = Tally::default();
    let first = request("junk", &json!({})).send(owner.public);
    refused(&mut tally, "junk", &first, 400, "invalid_request");
    let first = first.bare();
    for (case, value) in [
        ("revoked", revoked.value),
        ("disabled", disabled.value),
        ("O-11 expired", expired.value),
        ("from elsewhere", elsewhere.value),
        ("its id", live.id.clone()),
        ("unknown", "rpa_0123456789012345678901234567890123456789AAAAAA".into()),
        ("a token of its own", owner.token_of(&live)),
        ("a service account's token", owner.token.clone()),
        ("a service account's secret", owner.client_secret.clone()),
    ] {
        tally.equal(case, &request(&value, &json!({})).send(owner.public).bare(), &first);
    }
    // A token buys no token, whatever it is called.
    for kind in [TOKEN, JWT] {
        let answer = request(&owner.token_of(&live), &json!({"subject_token_type": kind})).send(owner.public);
        refused(&mut tally, kind, &answer, 400, "invalid_request");
    }
    tally.end();
}
