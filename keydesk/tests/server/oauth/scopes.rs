//! The scope of a token (security 21): echoed byte for byte, never more than the key has, never more than asked for.

use crate::harness::{Site, Stage, Tally, Tenant, bought};
use crate::oauth::refused;
use serde_json::{Value, json};

fn scope(action: &str, filter: &str) -> Value {
    json!({"action": action, "resource_filter": filter})
}

/// The code of the decision on one call with a token.
fn call(owner: &Tenant, token: &str, action: &str, resource: &str) -> String {
    owner.verdict(&json!({"key": token, "action": action, "resource": resource}))
}

both!(a_token_is_good_for_what_was_asked_and_says_so_in_the_same_bytes);
fn a_token_is_good_for_what_was_asked_and_says_so_in_the_same_bytes(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(
        json!({"scopes": [scope("read", "THING/#/#"), scope("write", "THING/a/#"), scope("*", "GRAPHQL")]}),
    );
    let mut tally = Tally::default();
    for asked in [
        "read:THING/#/#",
        "read:THING/a/b",
        "read:THING/#/b",
        "write:THING/a/#",
        "write:THING/a/b read:THING/a/b",
        "read:THING/a/b write:THING/a/b",
        "read:THING/a/b read:THING/a/b",
        "read:THING/#/# read:THING/a/b",
        "*:GRAPHQL",
        "admin:GRAPHQL",
        "read:GRAPHQL write:GRAPHQL",
    ] {
        let answer = owner.buy_with(&key, &json!({"scope": asked}));
        tally.status(asked, &answer, 200);
        tally.equal(asked, &answer.json()["scope"], &json!(asked));
        if answer.status == 200 {
            tally.equal(asked, &crate::harness::claims(&bought(&answer))["scope"], &json!(asked));
        }
    }
    let narrow = owner.token_for(&key, "read:THING/a/b");
    for (action, resource, code) in [
        ("read", "THING/a/b", "allowed"),
        ("write", "THING/a/b", "insufficient_scope"),
        ("read", "THING/a/c", "insufficient_scope"),
        ("read", "GRAPHQL", "insufficient_scope"),
    ] {
        tally.equal(
            format_args!("{action} {resource}"),
            &call(owner, &narrow, action, resource).as_str(),
            &code,
        );
    }
    let whole = owner.token_of(&key);
    for (action, resource, code) in [
        ("read", "THING/x/y", "allowed"),
        ("write", "THING/a/y", "allowed"),
        ("write", "THING/x/y", "insufficient_scope"),
        ("admin", "GRAPHQL", "allowed"),
    ] {
        tally.equal(
            format_args!("whole {action} {resource}"),
            &call(owner, &whole, action, resource).as_str(),
            &code,
        );
    }
    tally.end();
}

#[test]
fn a_scope_beyond_the_key_or_out_of_shape_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [scope("read", "THING/#/#"), scope("write", "THING/a/#")]}));
    let mut tally = Tally::default();
    for asked in [
        "write:THING/#/#",
        "write:THING/b/c",
        "admin:THING/a/b",
        "*:THING/a/b",
        "read:*",
        "*:*",
        "read:GRAPHQL",
        "read:PLACE/Site/s1",
        "read:PLACE/Site/s1/THING/a/b write:THING/b/b",
        "read:THING/a/b write:THING/b/b",
        "read",
        "read:",
        ":THING/a/b",
        ":",
        "THING/a/b",
        "Read:THING/a/b",
        "execute:THING/a/b",
        "read :THING/a/b",
        "read: THING/a/b",
        "read:thing/a/b",
        "read:NOTHING/a",
        "read:THING/a",
        "read:THING/a/b/c",
        "read:THING/a/..",
        "read:THING//b",
        "read:THING/a/b/",
        "read:/THING/a/b",
        "read:THING/a/%2e%2e",
        "read:THING/a/%zz",
        "read:THING/*/b",
        "read::THING/a/b",
        "read:THING/a/b,read:THING/a/c",
        " read:THING/a/b",
        "read:THING/a/b ",
        "read:THING/a/b  read:THING/a/c",
        "read:THING/a/b\tread:THING/a/c",
        "read:THING/a/b\n",
        "read:THING/a/\u{e9}",
        "read:THING/a/\"b\"",
        "read:THING/a/b\\c",
        "read:THING/a/b\u{0}",
        " ",
    ] {
        let answer = owner.buy_with(&key, &json!({"scope": asked}));
        refused(&mut tally, &format!("{asked:?}"), &answer, 400, "invalid_scope");
    }
    let repeated = |bytes: usize| {
        let text = "read:THING/a/b ".repeat((bytes - 20) / 15);
        format!("{text}read:THING/a/{}", "b".repeat(bytes - text.len() - 13))
    };
    tally.equal("4 KiB, as built", &repeated(4096).len(), &4096);
    let most = owner.buy_with(&key, &json!({"scope": repeated(4096)}));
    tally.status("4 KiB", &most, 200);
    tally.equal("4 KiB", &most.json()["scope"], &json!(repeated(4096)));
    let more = owner.buy_with(&key, &json!({"scope": repeated(4097)}));
    refused(&mut tally, "a byte more", &more, 400, "invalid_scope");
    let empty = owner.buy_with(&key, &json!({"scope": ""}));
    tally.status("empty is none", &empty, 200);
    tally.end();
}

both!(without_a_scope_a_token_has_all_that_the_key_has);
fn without_a_scope_a_token_has_all_that_the_key_has(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let one = |fields: Value| {
        let answer = owner.buy_with(&owner.key_with(fields), &json!({}));
        answer.json()["scope"].as_str().map(|text| {
            let mut parts: Vec<String> = text.split(' ').map(str::to_owned).collect();
            parts.sort();
            parts
        })
    };
    let several = json!({"scopes": [scope("write", "THING/a/b"), scope("read", "GRAPHQL"), scope("*", "*")]});
    let found = one(several).unwrap_or_default();
    tally.that(found.contains(&"*:*".to_owned()), "several", &found);
    let data = format!("PROJECT/{}/DATA", owner.project);
    let viewer = one(json!({"roles": ["DataPlaneViewer"]}));
    tally.equal("a role", &viewer, &Some(vec![format!("read:{data}")]));
    let many: Vec<Value> = (0..128).map(|at| scope("read", &format!("THING/a/{at:040}"))).collect();
    let key = owner.key_with(json!({"scopes": many}));
    let answer = owner.buy_with(&key, &json!({}));
    tally.that(answer.status == 200 && answer.json().get("scope").is_none(), "more than 4 KiB", &answer);
    let token = bought(&answer);
    tally.equal("in the token", &crate::harness::claims(&token).get("scope"), &None);
    let (in_it, beside) = (format!("THING/a/{:040}", 127), format!("THING/a/{:040}", 128));
    tally.equal("within", &call(owner, &token, "read", &in_it).as_str(), &"allowed");
    tally.equal("beside", &call(owner, &token, "read", &beside).as_str(), &"insufficient_scope");
    tally.end();
}
