//! What a change would break, and what a key does not need: by calls that were made and counted.

use crate::harness::{Answer, Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const NEAR: &str = "203.0.113.9";
const FAR: &str = "198.51.100.9";

pub(crate) fn allowed(tenant: &Tenant, key: &Key, action: &str, resource: &str, client: &str, times: i64) {
    for _ in 0..times {
        let question = json!({"key": key.value, "action": action, "resource": resource, "client_ip": client});
        assert_eq!(tenant.verdict(&question), "allowed", "{question}");
    }
}

/// Counts go on record every few seconds.
pub(crate) fn until_total(tenant: &Tenant, key: &Key, total: i64) {
    for _ in 0..600 {
        let found = tenant.get(&format!("{}/usage", key.path())).json();
        if found["total"].as_i64() >= Some(total) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("not {total} calls");
}

pub(crate) fn preview(tenant: &Tenant, key: &Key, patch: &Value) -> Value {
    let answer = tenant.post(&format!("{}/preview", key.path()), patch.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

pub(crate) fn patched(tenant: &Tenant, key: &Key, body: &str) -> Answer {
    tenant.send(&tenant.call("PATCH", &key.path()).body(body))
}

pub(crate) fn scope(action: &str, filter: &str) -> Value {
    json!({"action": action, "resource_filter": filter})
}

/// What a group says, without its times.
fn groups(found: &Value) -> Vec<Value> {
    let of = |group: &Value| {
        json!([group["action"], group["resource"], group["network"], group["reason"], group["calls"]])
    };
    found["refused"]["by"].as_array().unwrap().iter().map(of).collect()
}

both!(a_preview_says_which_calls_a_change_would_refuse_and_changes_nothing);
fn a_preview_says_which_calls_a_change_would_refuse_and_changes_nothing(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [scope("*", "THING/#/#"), scope("read", "COMMERCE")]}));
    allowed(owner, &key, "read", "THING/a/b", NEAR, 3);
    allowed(owner, &key, "write", "THING/a/b", FAR, 2);
    allowed(owner, &key, "read", "COMMERCE", FAR, 1);
    until_total(owner, &key, 6);
    let before = (owner.census(), owner.get(&key.path()).text());
    let mut tally = Tally::default();

    let found = preview(owner, &key, &json!({"scopes": [scope("read", "THING/#/#")]}));
    tally.equal("calls", &found["calls"], &json!(6));
    tally.equal("refused", &found["refused"]["calls"], &json!(3));
    tally.equal("unsure", &(&found["unsure"], &found["incomplete"]), &(&json!({"calls": 0}), &json!(false)));
    let far = "198.51.100.0/24";
    let refused = [
        json!(["write", "THING/a/b", far, "insufficient_scope", 2]),
        json!(["read", "COMMERCE", far, "insufficient_scope", 1]),
    ];
    tally.equal("by scope", &groups(&found).as_slice(), &refused.as_slice());
    let seen = &found["refused"]["by"][0];
    tally.that(
        seen["first_seen"].as_str() <= seen["last_seen"].as_str() && seen["first_seen"].is_string(),
        "times",
        seen,
    );

    let found = preview(owner, &key, &json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let reasons: Vec<Value> = groups(&found).iter().map(|group| group[3].clone()).collect();
    tally.equal("by network", &reasons, &vec![json!("ip_not_allowed"); 2]);
    let found = preview(owner, &key, &json!({"allowed_ip_cidrs": ["203.0.113.9", "198.51.100.0/24"]}));
    tally.equal("a part of a network", &found["unsure"]["calls"], &json!(3));
    tally.equal("the rest of it", &found["refused"]["calls"], &json!(0));
    let found = preview(owner, &key, &json!({"enabled": false}));
    tally.equal("switched off", &found["refused"]["calls"], &json!(6));
    let found = preview(owner, &key, &json!({"expires_at": "2100-01-01T00:00:00Z"}));
    tally.equal("later", &found["refused"]["calls"], &json!(0));
    tally.equal("when", &found["expires_at"], &json!("2100-01-01T00:00:00Z"));
    let found = preview(owner, &key, &json!({}));
    tally.equal(
        "no change",
        &(&found["refused"]["calls"], &found["unsure"]["calls"]),
        &(&json!(0), &json!(0)),
    );

    tally.equal("nothing was changed", &(owner.census(), owner.get(&key.path()).text()), &before);
    allowed(owner, &key, "write", "THING/a/b", FAR, 1);
    // And then as foretold.
    owner.patch(&key.path(), &json!({"scopes": [scope("read", "THING/#/#")]}));
    let question = json!({"key": key.value, "action": "write", "resource": "THING/a/b", "client_ip": FAR});
    tally.equal("as foretold", &owner.verdict(&question).as_str(), &"insufficient_scope");
    tally.end();
}

both!(a_preview_is_refused_as_the_change_would_be);
fn a_preview_is_refused_as_the_change_would_be(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    let reader = owner.member_of(&owner.project, "ProjectMember");
    let manager = owner.member_of(&owner.project, "ProjectManager");
    let mut tally = Tally::default();
    for (who, caller) in [("owner", owner), ("reader", &reader), ("manager", &manager)] {
        for patch in [
            r#"{"scopes":[]}"#,
            r#"{"scopes":[{"action":"look","resource_filter":"*"}]}"#,
            r#"{"scopes":[{"action":"read","resource_filter":"NOTHING/#"}]}"#,
            r#"{"roles":["Nobody"]}"#,
            r#"{"roles":["ProjectEditor"],"access":{"preset":"all"}}"#,
            r#"{"access":{"preset":"some"}}"#,
            r#"{"expires_at":"2001-01-01T00:00:00Z"}"#,
            r#"{"expires_at":"tomorrow"}"#,
            r#"{"allowed_ip_cidrs":["10.0.0.1/8"]}"#,
            r#"{"nmae":"typo"}"#,
            r#"{"name":""}"#,
            "[]",
            "",
        ] {
            let foretold = caller.post(&format!("{}/preview", key.path()), patch);
            let made = patched(caller, &key, patch);
            let said = format!("{who} {patch}");
            tally.that(made.status >= 400, &said, &made);
            tally.equal(said, &(foretold.status, foretold.text()), &(made.status, made.text()));
        }
    }
    // More than a manager of one project can give.
    let all = r#"{"scopes":[{"action":"*","resource_filter":"*"}]}"#;
    let foretold = manager.post(&format!("{}/preview", key.path()), all);
    let made = patched(&manager, &key, all);
    tally.admin("beyond", &made, 403, "FORBIDDEN");
    tally.equal("as the change", &(foretold.status, foretold.text()), &(made.status, made.text()));
    tally.admin("reader", &reader.get(&format!("{}/advice", key.path())), 403, "FORBIDDEN");
    let stranger = stage.stranger();
    for path in ["preview", "advice"] {
        let path = format!("{}/{path}", key.path());
        let answer = if path.ends_with("preview") { stranger.post(&path, "{}") } else { stranger.get(&path) };
        tally.admin("a stranger", &answer, 404, "NOT_FOUND");
    }
    tally.end();
}

both!(advice_names_what_was_not_needed_and_can_be_taken_as_it_is);
fn advice_names_what_was_not_needed_and_can_be_taken_as_it_is(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [scope("*", "THING/#/#"), scope("read", "COMMERCE")]}));
    let mut tally = Tally::default();
    let fresh = owner.get(&format!("{}/advice", key.path())).json();
    tally.equal("never used", &fresh["suggestion"], &Value::Null);
    tally.equal("all of it", &fresh["unused_scopes"].as_array().map(Vec::len), &Some(2));
    allowed(owner, &key, "read", "THING/a/b", NEAR, 3);
    for id in 0..12 {
        allowed(owner, &key, "write", &format!("THING/a/t{id}"), NEAR, 1);
    }
    until_total(owner, &key, 15);
    let advice = owner.get(&format!("{}/advice?days=90", key.path())).json();
    tally.equal("calls", &(&advice["calls"], &advice["incomplete"]), &(&json!(15), &json!(false)));
    tally.equal("unused", &advice["unused_scopes"], &json!([scope("read", "COMMERCE")]));
    let enough = json!({"scopes": [scope("write", "THING/a/#"), scope("read", "THING/a/b")]});
    tally.equal("enough", &advice["suggestion"], &enough);
    let tag = advice["etag"].as_str().unwrap();
    tally.equal("of this state", &owner.get(&key.path()).header("etag"), &Some(tag));
    let body = advice["suggestion"].to_string();
    tally.equal(
        "it breaks nothing",
        &preview(owner, &key, &advice["suggestion"])["refused"]["calls"],
        &json!(0),
    );
    let manager = owner.member_of(&owner.project, "ProjectManager");
    let patch = |caller: &Tenant| caller.call("PATCH", &key.path()).header("If-Match", tag).body(&body);
    tally.admin("beyond the ceiling", &manager.send(&patch(&manager)), 403, "FORBIDDEN");
    tally.status("taken", &owner.send(&patch(owner)), 200);
    tally.admin("changed meanwhile", &owner.send(&patch(owner)), 412, "FAILED_PRECONDITION");
    let after = owner.get(&format!("{}/advice", key.path())).json();
    tally.equal(
        "nothing more",
        &(&after["suggestion"], &after["unused_scopes"]),
        &(&Value::Null, &json!([])),
    );
    for days in ["0", "91", "+5", "x", ""] {
        let answer = owner.get(&format!("{}/advice?days={days}", key.path()));
        tally.that(answer.status == 400, days, &answer);
    }
    tally.end();
}

both!(advice_on_an_organization_lists_the_worst_first_and_only_what_the_caller_may_change);
fn advice_on_an_organization_lists_the_worst_first_and_only_what_the_caller_may_change(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let tidy = owner.key_with(json!({"scopes": [scope("read", "THING/#/#")],
        "allowed_ip_cidrs": ["203.0.113.0/24"], "expires_at": "2100-01-01T00:00:00Z"}));
    let wide = owner.key_with(json!({"access": {"preset": "all"}}));
    let idle = owner.key_with(json!({"scopes": [scope("read", "THING/#/#")]}));
    allowed(owner, &tidy, "read", "THING/a/b", NEAR, 1);
    allowed(owner, &wide, "read", "THING/a/b", NEAR, 1);
    until_total(owner, &tidy, 1);
    until_total(owner, &wide, 1);
    let path = format!("/admin/organizations/{}/advice", owner.organization);
    let mut tally = Tally::default();
    let found = owner.get(&path).json();
    let mine = |key: &Key| found["data"].as_array().unwrap().iter().position(|row| row["id"] == key.id);
    tally.equal("tidy", &mine(&tidy), &None);
    let places = (mine(&idle), mine(&wide));
    tally.that(places.0 < places.1 && places.0.is_some(), "never used is worse", &found);
    let findings = |key: &Key| mine(key).map(|at| found["data"][at]["findings"].clone());
    let wide_ones = json!(["full_access", "any_address", "no_expiry"]);
    tally.equal("wide", &findings(&wide), &Some(wide_ones));
    tally.equal("idle", &findings(&idle), &Some(json!(["never_used", "any_address", "no_expiry"])));
    let one = owner.get(&format!("{path}?limit=1")).json();
    tally.equal("bounded", &(&one["data"].as_array().unwrap().len(), &one["total"]), &(&1, &found["total"]));
    let mut pages = Vec::new();
    let mut page = one;
    while let Some(next) = page["pagination"]["next"].as_str().map(str::to_owned) {
        pages.extend(page["data"].as_array().unwrap().clone());
        page = owner.get(&format!("{path}?limit=1&paginationToken={next}")).json();
    }
    pages.extend(page["data"].as_array().unwrap().clone());
    tally.equal("page after page", &json!(pages), &found["data"]);
    for token in ["", "x", "1.2.3.4", "never_used.1.5", "never_used.-1.5.x", "no_expiry.1.x.y.z"] {
        let answer = owner.get(&format!("{path}?paginationToken={token}"));
        tally.admin(token, &answer, 400, "INVALID_ARGUMENT");
    }
    let elsewhere = owner.member_of(&owner.other_project(), "ProjectManager");
    tally.equal("elsewhere", &elsewhere.get(&path).json()["data"], &json!([]));
    let reader = owner.member_of(&owner.project, "ProjectMember");
    tally.equal("a reader", &reader.get(&path).json()["data"], &json!([]));
    tally.admin("a stranger", &stage.stranger().get(&path), 404, "NOT_FOUND");
    tally.end();
}
