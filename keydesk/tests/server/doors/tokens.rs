//! Access tokens at the doors: good for what they were bought for, and no longer than their key.

use super::{forward, passes, refuses, stage, writer};
use crate::harness::{Key, Request, Stage, Tally};
use serde_json::json;

fn bought(stage: &Stage, key: &Key, scope: Option<&str>) -> String {
    let mut body = json!({"grant_type": "client_credentials", "client_secret": key.value});
    if let Some(scope) = scope {
        body["scope"] = scope.into();
    }
    let answer = Request::new("POST", "/oauth/token").json(&body).send(stage.owner.public);
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[test]
fn a_token_passes_for_what_it_was_bought_for() {
    let stage = stage();
    let key = writer(&stage);
    let (whole, narrow) = (bought(&stage, &key, None), bought(&stage, &key, Some("read:ENDPOINT/#")));
    let ask = |token: &str, method: &str, uri: &str| {
        let bearer = format!("Bearer {token}");
        forward(method, uri).header("Authorization", bearer).send(stage.owner.data)
    };
    let mut tally = Tally::default();
    let answer = ask(&narrow, "GET", "/v2/ep1/health");
    passes(&mut tally, "narrow", &answer);
    tally.equal("the key's id", &answer.header("x-auth-key-id"), &Some(key.id.as_str()));
    // The key may do all; this token may not, and the upstream must not be told otherwise.
    tally.equal("scopes", &answer.header("x-auth-scopes"), &Some("read:ENDPOINT/ep1"));
    refuses(&mut tally, "beyond", &ask(&narrow, "POST", "/v2/ep1/run"), 403, "insufficient_scope");
    let answer = ask(&whole, "POST", "/v2/ep1/run");
    passes(&mut tally, "whole", &answer);
    tally.equal("scopes", &answer.header("x-auth-scopes"), &Some("write:ENDPOINT/ep1"));
    assert_eq!(stage.owner.delete(&key.path()).status, 202);
    refuses(&mut tally, "of a revoked key", &ask(&whole, "POST", "/v2/ep1/run"), 401, "revoked");
    tally.end();
}
