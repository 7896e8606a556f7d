//! Usage: what was called is counted, once, and shown to whoever may see it.

use crate::harness::{Key, Request, Site, Stage, Tally, Tenant, keydesk};
use serde_json::{Value, json};
use std::time::Duration;

fn usage(tenant: &Tenant, key: &Key, query: &str) -> Value {
    let answer = tenant.get(&format!("{}/usage?{query}", key.path()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Counts go on record every few seconds.
fn until_total(tenant: &Tenant, key: &Key, total: i64) -> Value {
    for _ in 0..600 {
        let found = usage(tenant, key, "");
        if found["total"].as_i64() >= Some(total) {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("not {total} calls: {}", usage(tenant, key, ""));
}

fn counts(found: &Value) -> Vec<(String, i64)> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (text(&c["value"]), c["calls"].as_i64().unwrap()))
        .collect()
}

fn owned(found: &[(&str, i64)]) -> Vec<(String, i64)> {
    found.iter().map(|(value, calls)| ((*value).to_owned(), *calls)).collect()
}

both!(calls_are_counted_and_shown);
fn calls_are_counted_and_shown(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let mut tally = Tally::default();
    let shown = owner.get(&key.path()).json();
    tally.equal(
        "never used",
        &(&shown["last_used_at"], &shown["last_used_ip"]),
        &(&Value::Null, &Value::Null),
    );
    for _ in 0..3 {
        let question =
            json!({"key": key.value, "action": "read", "resource": "THING/a/b", "client_ip": "203.0.113.9"});
        tally.equal("allowed", &owner.verdict(&question).as_str(), &"allowed");
    }
    // The same resource, asked for in other words.
    for resource in [json!("THING/%61/b"), json!(["THING", "a", "b"])] {
        let question =
            json!({"key": key.value, "action": "read", "resource": resource, "client_ip": "2001:db8::9"});
        tally.equal("allowed", &owner.verdict(&question).as_str(), &"allowed");
    }
    let question = json!({"key": key.value, "action": "write", "resource": "THING/a/b"});
    tally.equal("refused", &owner.verdict(&question).as_str(), &"insufficient_scope");
    tally.equal("authenticated", &owner.verify(&key).as_str(), &"allowed");

    let found = until_total(owner, &key, 7);
    tally.equal("outcomes", &counts(&found), &owned(&[("allowed", 6), ("insufficient_scope", 1)]));
    tally.equal("whole", &found.get("incomplete"), &None);
    let by = |by: &str| counts(&usage(owner, &key, &format!("by={by}")));
    tally.equal("actions", &by("action"), &owned(&[("read", 5), ("", 1), ("write", 1)]));
    tally.equal("resources", &by("resource"), &owned(&[("THING/a/b", 6), ("", 1)]));
    tally.equal("keys", &by("key"), &owned(&[(&key.id, 7)]));
    let networks = owned(&[("203.0.113.0/24", 3), ("", 2), ("2001:db8::/48", 2)]);
    tally.equal("networks", &by("network"), &networks);
    let hourly = usage(owner, &key, "interval=hour");
    let start = hourly["data"][0]["start"].as_str().unwrap_or_default();
    tally.that(start.ends_with(":00:00Z"), "start of an hour", &hourly);
    let day = usage(owner, &key, "interval=day");
    tally.that(day["data"][0]["start"].as_str().unwrap_or_default().ends_with("T00:00:00Z"), "a day", &day);
    let all = owner.get(&format!("/admin/organizations/{}/usage", owner.organization)).json();
    tally.equal("organization", &all["total"], &json!(7));
    let shown = owner.get(&key.path()).json();
    tally.that(shown["last_used_at"].is_string(), "used", &shown);
    tally.equal("from", &shown["last_used_ip"], &Value::Null);
    let reader = owner.key_with(json!({"access": {"preset": "read_only"}}));
    let query = format!(
        "{{myself{{apiKeyUsage(id:\"{}\",by:ACTION){{total incomplete data{{value start calls}}}}}}}}",
        key.id
    );
    let asked = Request::new("POST", "/graphql").header("Authorization", format!("Bearer {}", reader.value));
    let answer = asked.json(&json!({"query": query})).send(owner.public).json();
    let told = &answer["data"]["myself"]["apiKeyUsage"];
    tally.equal("by GraphQL", &(&told["total"], &told["incomplete"]), &(&json!(7), &json!(false)));
    tally.equal("its first", &told["data"][0], &json!({"value": "read", "start": null, "calls": 5}));
    let log = owner.get("/admin/changes").text();
    tally.that(!log.contains("usage"), "no count is a change", &log);
    tally.end();
}

#[test]
fn a_question_out_of_bounds_is_refused_in_a_sentence() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let mut tally = Tally::default();
    for query in [
        "by=colour",
        "by=Outcome",
        "interval=minute",
        "from=yesterday",
        "to=2026-11-21",
        "from=2026-11-21T00:00:00Z&to=2026-11-21T00:00:00Z",
        "from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z",
        "from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "interval=hour&from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z",
        "limit=5",
    ] {
        for path in [key.path(), format!("/admin/organizations/{}", owner.organization)] {
            tally.admin(query, &owner.get(&format!("{path}/usage?{query}")), 400, "INVALID_ARGUMENT");
        }
    }
    let far = "from=1970-01-01T00:00:00Z&to=1971-01-01T00:00:00Z";
    tally.equal("long ago", &usage(owner, &key, far)["total"], &json!(0));
    tally.end();
}

#[test]
fn usage_is_seen_by_whoever_sees_whose_it_is() {
    let stage = Stage::sqlite();
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let key = owner.key();
    owner.verify(&key);
    let organization = format!("/admin/organizations/{}/usage", owner.organization);
    let (member, editor) = (owner.member("OrgMember"), owner.member_of(&owner.project, "ProjectMember"));
    let mut tally = Tally::default();
    for path in [format!("{}/usage", key.path()), organization.clone()] {
        tally.admin("stranger", &stranger.get(&path), 404, "NOT_FOUND");
    }
    tally.admin(
        "member without the project",
        &member.get(&format!("{}/usage", key.path())),
        404,
        "NOT_FOUND",
    );
    tally.status("member of the project", &editor.get(&format!("{}/usage", key.path())), 200);
    for by in ["outcome", "action"] {
        tally.status(by, &member.get(&format!("{organization}?by={by}")), 200);
    }
    for by in ["resource", "key", "network"] {
        tally.status(by, &owner.get(&format!("{organization}?by={by}")), 200);
        tally.admin(by, &member.get(&format!("{organization}?by={by}")), 403, "FORBIDDEN");
        tally.admin(by, &editor.get(&format!("{organization}?by={by}")), 403, "FORBIDDEN");
    }
    owner.delete(&key.path());
    tally.admin("revoked", &owner.get(&format!("{}/usage", key.path())), 404, "NOT_FOUND");
    tally.equal(
        "theirs",
        &stranger.get(&organization.replace(&owner.organization, &stranger.organization)).json()["total"],
        &json!(0),
    );
    tally.end();
}

both!(what_a_server_counted_is_on_record_when_it_has_ended_and_a_killed_one_adds_nothing_twice);
fn what_a_server_counted_is_on_record_when_it_has_ended_and_a_killed_one_adds_nothing_twice(site: Site) {
    let Stage { owner, server, site } = Stage::on(site);
    let key = owner.key();
    let verified = |times: i64, tenant: &Tenant| (0..times).for_each(|_| drop(tenant.verify(&key)));
    verified(20, &owner);
    assert!(server.stop().success());

    let server = site.start();
    let again = site.owner(&server);
    assert_eq!(usage(&again, &key, "")["total"], json!(20), "at once: it was written before the end");
    verified(5, &again);
    until_total(&again, &key, 25);
    verified(3, &again);
    server.kill();

    let server = site.start();
    let again = site.owner(&server);
    let total = usage(&again, &key, "")["total"].as_i64().unwrap();
    assert!((25..=28).contains(&total), "what was on record stays, the last seconds may be lost: {total}");
    verified(2, &again);
    until_total(&again, &key, total + 2);
}

#[test]
fn servers_on_one_database_add_up_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let stage = Stage::on(site);
    let second = stage.site.start();
    let there = Tenant { data: second.data, ..stage.owner.clone() };
    let key = stage.owner.key();
    while there.verify(&key) != "allowed" {}
    let first = until_total(&stage.owner, &key, 1)["total"].as_i64().unwrap();
    for _ in 0..50 {
        stage.owner.verify(&key);
        there.verify(&key);
    }
    assert_eq!(until_total(&stage.owner, &key, first + 100)["total"], json!(first + 100));
}

#[test]
fn the_command_draws_a_chart_and_prints_the_answer_as_it_is() {
    let stage = Stage::sqlite();
    let key = stage.owner.key();
    (0..4).for_each(|_| drop(stage.owner.verify(&key)));
    until_total(&stage.owner, &key, 4);
    let run = |arguments: &[&str]| {
        let mut command = keydesk(arguments);
        command.env("KEYDESK_URL", format!("http://{}", stage.server.public));
        command.env("KEYDESK_CLIENT_ID", &stage.owner.client_id);
        command.env("KEYDESK_CLIENT_SECRET", &stage.owner.client_secret);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = run(&["usage", "--key", &key.id]);
    let line = table.lines().find(|line| line.starts_with("allowed")).unwrap_or_default();
    assert!(line.contains(" 4 ") && line.ends_with(&"█".repeat(32)), "{table}");
    let json: Value = serde_json::from_str(&run(&["usage", "--by", "key", "--output", "json"])).unwrap();
    assert_eq!(json, json!({"by": "key", "data": [{"value": key.id, "calls": 4}], "total": 4}));
}
