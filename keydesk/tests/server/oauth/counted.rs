//! A call with a token is a call of the key that bought it.

use crate::harness::{Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};
use std::time::Duration;

/// Counts go on record every few seconds.
fn until_total(tenant: &Tenant, key: &Key, by: &str, total: i64) -> Value {
    for _ in 0..600 {
        let found = tenant.get(&format!("{}/usage?by={by}", key.path())).json();
        if found["total"].as_i64() >= Some(total) {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("not {total} calls");
}

both!(calls_with_a_token_count_for_the_key_that_bought_it);
fn calls_with_a_token_count_for_the_key_that_bought_it(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let scopes = json!([{"action": "read", "resource_filter": "THING/#/#"}]);
    let (key, other) = (owner.key_with(json!({"scopes": scopes})), owner.key());
    let tokens = [owner.token_of(&key), owner.token_for(&key, "read:THING/a/#")];
    let mut tally = Tally::default();
    tally.equal("buying is no use", &owner.get(&key.path()).json()["last_used_at"], &Value::Null);
    let ask = |presented: &str, action: &str| {
        let client = "203.0.113.9";
        let question =
            json!({"key": presented, "action": action, "resource": "THING/a/b", "client_ip": client});
        owner.verdict(&question)
    };
    for token in &tokens {
        tally.equal("read", &ask(token, "read").as_str(), &"allowed");
        tally.equal("write", &ask(token, "write").as_str(), &"insufficient_scope");
    }
    tally.equal("the key itself", &ask(&key.value, "read").as_str(), &"allowed");

    let found = until_total(owner, &key, "outcome", 5);
    let expected = json!([{"value": "allowed", "calls": 3}, {"value": "insufficient_scope", "calls": 2}]);
    tally.equal("outcomes", &found["data"], &expected);
    let resources = until_total(owner, &key, "resource", 5);
    tally.equal("resources", &resources["data"], &json!([{"value": "THING/a/b", "calls": 5}]));
    let shown = owner.get(&key.path()).json();
    tally.that(shown["last_used_at"].is_string(), "last used", &shown);
    let unused = owner.get(&format!("{}/usage", other.path())).json();
    tally.equal("of no other key", &unused["total"], &json!(0));
    let foretold = owner.post(&format!("{}/preview", key.path()), json!({"enabled": false}).to_string());
    tally.equal("what would break", &foretold.json()["refused"]["calls"], &json!(3));
    tally.end();
}
