//! `/oauth/revoke` (RFC 7009): whose token it is may take it back, and nobody can tell what there was.

use crate::harness::{Answer, Request, Site, Stage, Tally, Tenant};
use crate::oauth::{refused, uncached};
use serde_json::{Value, json};

fn revoke(owner: &Tenant, header: (&str, &str), fields: &Value) -> Answer {
    Request::new("POST", "/oauth/revoke").header(header.0, header.1).json(fields).send(owner.public)
}

both!(a_token_taken_back_is_dead_at_once_and_its_key_is_not);
fn a_token_taken_back_is_dead_at_once_and_its_key_is_not(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    let account = format!("Bearer {}", owner.token);
    let by_key: (&str, &str) = ("X-Api-Key", &key.value);
    let mut tally = Tally::default();
    let survivor = owner.token_of(&key);
    for (case, client) in [("its key", by_key), ("an account", ("Authorization", account.as_str()))] {
        let token = owner.token_of(&key);
        tally.equal(case, &owner.token_verdict(&token).as_str(), &"allowed");
        for round in ["once", "again"] {
            let answer = revoke(owner, client, &json!({"token": token}));
            tally.status(format_args!("{case} {round}"), &answer, 200);
            tally.that(answer.body.is_empty() && uncached(&answer), format_args!("{case} {round}"), &answer);
            tally.equal(format_args!("{case} {round}"), &owner.token_verdict(&token).as_str(), &"revoked");
        }
        tally.equal(case, &owner.introspect(&token).json(), &json!({"active": false}));
    }
    tally.equal("another token", &owner.token_verdict(&survivor).as_str(), &"allowed");
    tally.equal("the key", &owner.verify(&key).as_str(), &"allowed");
    let Stage { server, site, owner } = stage;
    let dead = owner.token_of(&key);
    revoke(&owner, by_key, &json!({"token": dead, "token_type_hint": "access_token"}));
    server.kill();
    // The issuer is the address, unless it is named; so the token is of the former issuer when it comes back.
    let server = site.start();
    let owner = site.owner(&server);
    tally.that(owner.token_verdict(&dead) != "allowed", "after a power cut", &"allowed");
    tally.end();
}

both!(a_token_stays_revoked_when_the_server_starts_again);
fn a_token_stays_revoked_when_the_server_starts_again(site: Site) {
    let stage = Stage::on(site.flag("--public-url", "https://keys.example"));
    let key = stage.owner.key();
    let (dead, live) = (stage.owner.token_of(&key), stage.owner.token_of(&key));
    assert_eq!(revoke(&stage.owner, ("X-Api-Key", &key.value), &json!({"token": dead})).status, 200);
    let Stage { server, site, .. } = stage;
    server.kill();
    let server = site.start();
    let owner = site.owner(&server);
    assert_eq!(owner.token_verdict(&dead), "revoked");
    assert_eq!(owner.token_verdict(&live), "allowed");
}

both!(what_is_not_the_clients_stays_and_looks_as_if_it_were_gone);
fn what_is_not_the_clients_stays_and_looks_as_if_it_were_gone(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let (key, other) = (owner.key(), owner.key());
    let token = owner.token_of(&key);
    let reader = owner.member("OrgMember");
    let (theirs, powerless) = (format!("Bearer {}", stranger.token), format!("Bearer {}", reader.token));
    let mut tally = Tally::default();
    for (case, client) in [
        ("another key", ("X-Api-Key", other.value.as_str())),
        ("another organization", ("Authorization", theirs.as_str())),
        ("an account without rights", ("Authorization", powerless.as_str())),
    ] {
        let answer = revoke(owner, client, &json!({"token": token}));
        tally.that(answer.status == 200 && answer.body.is_empty(), case, &answer);
        tally.equal(case, &owner.token_verdict(&token).as_str(), &"allowed");
    }
    let account = format!("Bearer {}", owner.token);
    let foreign = stranger.token_of(&stranger.key());
    let answer = revoke(owner, ("Authorization", &account), &json!({"token": foreign}));
    tally.that(answer.status == 200 && answer.body.is_empty(), "the operator's account", &answer);
    tally.equal("the operator's account", &owner.token_verdict(&foreign).as_str(), &"allowed");
    let own: (&str, &str) = ("X-Api-Key", &key.value);
    for junk in ["x", "..", "rpa_x", &owner.token, &format!("{token}x"), &"x".repeat(60 << 10)] {
        let answer = revoke(owner, own, &json!({"token": junk}));
        let shown: String = junk.chars().take(20).collect();
        tally.that(answer.status == 200 && answer.body.is_empty(), shown, &answer);
    }
    for fields in [json!({}), json!({"token": ""}), json!({"token": null}), json!({"token": [token]})] {
        refused(&mut tally, &fields.to_string(), &revoke(owner, own, &fields), 400, "invalid_request");
    }
    for (case, client) in [("itself", own), ("an account", ("Authorization", account.as_str()))] {
        let answer = revoke(owner, client, &json!({"token": key.value}));
        refused(&mut tally, case, &answer, 400, "unsupported_token_type");
        tally.equal(case, &owner.verify(&key).as_str(), &"allowed");
    }
    for (case, client) in [
        ("nobody", ("X-Nothing", "x")),
        ("junk", ("X-Api-Key", "x")),
        ("a token", ("Authorization", &*format!("Bearer {token}"))),
    ] {
        let answer = revoke(owner, client, &json!({"token": token}));
        refused(&mut tally, case, &answer, 401, "invalid_client");
    }
    tally.equal("afterwards", &owner.token_verdict(&token).as_str(), &"allowed");
    tally.end();
}
