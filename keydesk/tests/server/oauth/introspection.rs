//! `/oauth/introspect` (RFC 7662): who may ask, what is told, and that everything else is only inactive (O-35).

use crate::harness::{Answer, Request, Site, Stage, Tally, Tenant, claims};
use crate::oauth::{refused, uncached};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

fn ask(owner: &Tenant, headers: &[(&str, String)], fields: &Value) -> Answer {
    let request = Request::new("POST", "/oauth/introspect").json(fields);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send(owner.public)
}

fn basic(name: &str, secret: &str) -> (&'static str, String) {
    ("Authorization", format!("Basic {}", STANDARD.encode(format!("{name}:{secret}"))))
}

both!(what_is_active_is_told_in_full);
fn what_is_active_is_told_in_full(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let token = owner.token_for(&key, "read:THING/a/b");
    let (said, issuer) = (claims(&token), owner.issuer());
    let expected = json!({
        "active": true, "scope": "read:THING/a/b", "client_id": key.id, "token_type": "Bearer",
        "exp": said["exp"], "iat": said["iat"], "sub": format!("key:{}", key.id), "aud": format!("{issuer}/api"),
        "iss": issuer, "jti": said["jti"], "organization_id": owner.organization, "project_id": owner.project,
        "key_id": key.id,
    });
    let fields_of = [("client_id", &owner.client_id), ("client_secret", &owner.client_secret)];
    let fields = |token: &str, more: &[(&str, &String)]| {
        let mut fields = json!({"token": token});
        more.iter().for_each(|(name, value)| fields[*name] = json!(value));
        fields
    };
    let bearer = ("Authorization", format!("Bearer {}", owner.token));
    let mut tally = Tally::default();
    for (case, answer) in [
        ("an account's token", ask(owner, std::slice::from_ref(&bearer), &fields(&token, &[]))),
        (
            "an account, Basic",
            ask(owner, &[basic(&owner.client_id, &owner.client_secret)], &fields(&token, &[])),
        ),
        ("an account, fields", ask(owner, &[], &fields(&token, &fields_of))),
        ("the key, Basic", ask(owner, &[basic(&key.id, &key.value)], &fields(&token, &[]))),
        ("the key, a header", ask(owner, &[("X-Api-Key", key.value.clone())], &fields(&token, &[]))),
        ("the key, fields", ask(owner, &[], &fields(&token, &[("client_secret", &key.value)]))),
        (
            "a hint",
            ask(
                owner,
                &[basic("", &key.value)],
                &fields(&token, &[("token_type_hint", &"refresh_token".into())]),
            ),
        ),
    ] {
        tally.equal(case, &(answer.status, answer.json()), &(200, expected.clone()));
        tally.that(uncached(&answer), case, &answer);
    }
    let shown = owner.introspect(&owner.token).json();
    let account = claims(&owner.token);
    for name in ["iss", "sub", "aud", "iat", "exp", "jti", "client_id"] {
        tally.equal(format_args!("an account's: {name}"), &shown[name], &account[name]);
    }
    tally.equal("an account's", &shown["active"], &json!(true));
    let shown = owner.introspect(&key.value).json();
    for (name, value) in [
        ("active", json!(true)),
        ("scope", json!("read:THING/#/#")),
        ("client_id", json!(key.id)),
        ("key_id", json!(key.id)),
        ("sub", json!(format!("key:{}", key.id))),
        ("iss", json!(issuer)),
        ("organization_id", json!(owner.organization)),
        ("project_id", json!(owner.project)),
    ] {
        tally.equal(format_args!("a key: {name}"), &shown[name], &value);
    }
    for absent in ["exp", "jti", "aud", "cnf"] {
        tally.equal(format_args!("a key: {absent}"), &shown.get(absent), &None);
    }
    let ends = owner.key_with(json!({"expires_at": "2100-01-01T00:00:00Z"}));
    tally.equal("a key that ends", &owner.introspect(&ends.value).json()["exp"], &json!(4_102_444_800_i64));
    tally.end();
}

both!(whatever_is_not_for_the_client_is_only_inactive);
fn whatever_is_not_for_the_client_is_only_inactive(site: Site) {
    let stage = Stage::on(site);
    // The first organization's account is the operator's as well, and sees more.
    let (owner, stranger) = (&stage.stranger(), stage.stranger());
    let (key, other, theirs) = (owner.key(), owner.key(), stranger.key());
    let limited = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let by_key = [("X-Api-Key", key.value.clone())];
    let by_account = [("Authorization", format!("Bearer {}", owner.token))];
    let mut tally = Tally::default();
    for (case, client, token) in [
        ("O-35 garbage", &by_account, "x".to_owned()),
        ("O-35 garbage", &by_account, "..".to_owned()),
        ("long garbage", &by_account, "x".repeat(60 << 10)),
        ("O-35 another tenant's token", &by_account, stranger.token_of(&theirs)),
        ("another tenant's key", &by_account, theirs.value.clone()),
        ("another tenant's account", &by_account, stranger.token.clone()),
        ("a key's id", &by_account, key.id.clone()),
        ("a client secret", &by_account, owner.client_secret.clone()),
        ("networks, no address", &by_account, limited.value.clone()),
        ("another key's token", &by_key, owner.token_of(&other)),
        ("another key", &by_key, other.value.clone()),
        ("an account's token, for a key", &by_key, owner.token.clone()),
    ] {
        let answer = ask(owner, client, &json!({"token": token}));
        tally.equal(case, &(answer.status, answer.json()), &(200, json!({"active": false})));
    }
    let at =
        |client: &str| owner.introspect_with(&json!({"token": limited.value, "client_ip": client})).json();
    tally.equal("networks, within", &at("203.0.113.9")["active"], &json!(true));
    tally.equal("networks, elsewhere", &at("198.51.100.9"), &json!({"active": false}));
    // Gateways are the operator's, and their callers everybody's.
    let shown = stage.owner.introspect(&theirs.value).json();
    tally.equal("the operator", &shown["key_id"], &json!(theirs.id));
    tally.end();
}

#[test]
fn whoever_is_nobody_is_told_nothing() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (key, revoked) = (owner.key(), owner.key());
    let dead = owner.token_of(&revoked);
    owner.delete(&revoked.path());
    let (token, fields) = (owner.token_of(&key), json!({"token": owner.token_of(&key)}));
    let bearer = |text: &str| vec![("Authorization", format!("Bearer {text}"))];
    let mut tally = Tally::default();
    for (case, headers) in [
        ("O-35 nobody", vec![]),
        ("a wrong secret", vec![basic(&owner.client_id, "x")]),
        ("an unknown account", vec![basic("x", &owner.client_secret)]),
        ("a revoked key", vec![("X-Api-Key", revoked.value.clone())]),
        ("another key's id", vec![basic(&revoked.id, &key.value)]),
        ("junk", bearer("x")),
        ("a key's token", bearer(&token)),
        ("a dead token", bearer(&dead)),
        ("a key's token as the secret", vec![basic("", &token)]),
        ("an account's token as the secret", vec![basic("", &owner.token)]),
    ] {
        let answer = ask(owner, &headers, &fields);
        refused(&mut tally, case, &answer, 401, "invalid_client");
        tally.that(answer.header("www-authenticate").is_some(), case, &answer);
    }
    let own = bearer(&owner.token);
    for (case, fields) in [
        ("no token", json!({})),
        ("empty", json!({"token": ""})),
        ("a number", json!({"token": 1})),
        ("a bad address", json!({"token": token, "client_ip": "x"})),
    ] {
        refused(&mut tally, case, &ask(owner, &own, &fields), 400, "invalid_request");
    }
    let two = ask(owner, &own, &json!({"token": token, "client_secret": key.value}));
    refused(&mut tally, "two credentials", &two, 400, "invalid_request");
    let two = ask(owner, &[own[0].clone(), ("X-Api-Key", key.value.clone())], &fields);
    refused(&mut tally, "two headers", &two, 400, "invalid_request");
    tally.end();
}
