//! Keys of another system come in by an import: all of them or none, and unchanged for whoever uses them.

mod inputs;
mod many;
mod theirs;
mod typed;

use crate::harness::{Answer, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

/// Long enough that nobody can guess it.
const STRONG: &str = "8KQ2V0XJ4M1TFZ7R9WPB3CDA";

fn path(tenant: &Tenant) -> String {
    format!("{}/import", tenant.keys())
}

fn import(tenant: &Tenant, entries: &Value) -> Answer {
    tenant.post(&path(tenant), entries.to_string())
}

fn import_weak(tenant: &Tenant, entries: &Value) -> Answer {
    tenant.post(&format!("{}?allow_weak=true", path(tenant)), entries.to_string())
}

fn entry(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value, "graphql": "read_write"})
}

fn keys(tenant: &Tenant, filter: &str) -> Vec<Value> {
    tenant.get(&format!("{}?status={filter}", tenant.keys())).json()["data"].as_array().unwrap().clone()
}

fn code(tenant: &Tenant, value: &str) -> String {
    tenant.verdict(&json!({"key": value}))
}

both!(an_imported_key_verifies_unchanged_and_reads_back_as_what_it_was);
fn an_imported_key_verifies_unchanged_and_reads_back_as_what_it_was(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let long = "sk-live-0123456789abcdefghijklmnopqrstuvwxyz";
    let mut tally = Tally::default();
    tally.equal("before", &code(owner, STRONG), &"malformed".to_owned());
    let made = import(
        owner,
        &json!([
            {"name": "one", "value": STRONG, "graphql": "read_only", "created_at": "2023-05-01T10:00:00Z"},
            {"name": "two", "value": long, "graphql": "read_write", "enabled": false,
             "allowed_ip_cidrs": ["203.0.113.0/24"]},
        ]),
    );
    tally.that(made.status == 200 && made.json()["imported"] == 2, "imported", &made);
    tally.equal("one", &code(owner, STRONG), &"allowed".to_owned());
    tally.equal("two", &code(owner, long), &"disabled".to_owned());
    tally.equal("somebody's", &code(owner, "8KQ2V0XJ4M1TFZ7R9WPB3CDB"), &"malformed".to_owned());
    let listed = keys(owner, "all");
    let (one, two) = (&listed[0], &listed[1]);
    for (case, found, expected) in [
        ("name", &one["name"], json!("one")),
        ("legacy", &one["legacy"], json!(true)),
        ("created", &one["created_at"], json!("2023-05-01T10:00:00Z")),
        ("hint of a short one", &one["hint"], json!("")),
        ("hint", &two["hint"], json!("sk-l…wxyz")),
        ("status", &two["status"], json!("disabled")),
        ("networks", &two["allowed_ip_cidrs"], json!(["203.0.113.0/24"])),
        ("roles", &one["roles"], json!([])),
        (
            "access",
            &one["access"],
            json!({"preset": "restricted", "levels": {"ai": "read_write", "graphql": "read_only"}, "endpoints": {}}),
        ),
        ("access of the other", &two["access"]["levels"]["graphql"], json!("read_write")),
    ] {
        tally.equal(case, found, &expected);
    }
    let asked = |action: &str, resource: &str| {
        owner.verdict(&json!({"key": STRONG, "action": action, "resource": resource}))
    };
    tally.equal("GraphQL read", &asked("read", "GRAPHQL").as_str(), &"allowed");
    tally.equal("GraphQL write", &asked("write", "GRAPHQL").as_str(), &"insufficient_scope");
    tally.equal("all else", &asked("read", "THING/Battery/b1").as_str(), &"insufficient_scope");
    tally.that(!stage.server.log().contains(STRONG), "nothing of it is logged", &"");
    let changes = owner.get("/admin/changes").json()["data"].as_array().unwrap().clone();
    let last = changes.last().unwrap();
    tally.equal("one change", &last["action"], &json!("import.completed"));
    tally.equal(
        "of one import",
        &last["targets"],
        &json!([format!("import {}", made.json()["id"].as_str().unwrap())]),
    );
    tally.end();
}

both!(a_legacy_key_can_be_switched_and_revoked_and_stays_what_it_is);
fn a_legacy_key_can_be_switched_and_revoked_and_stays_what_it_is(site: Site) {
    let stage = Stage::on(site);
    let tenant = stage.site.organization(&stage.server, &["--name", "starter", "--plan", "Free"]);
    let mut tally = Tally::default();
    tally.status("also on the least plan", &import(&tenant, &json!([entry("old", STRONG)])), 200);
    let id = keys(&tenant, "all")[0]["id"].as_str().unwrap().to_owned();
    let key = format!("/admin/api-keys/{id}");
    for (enabled, expected) in
        [(false, "disabled"), (true, "allowed"), (false, "disabled"), (true, "allowed")]
    {
        tally.status("switch", &tenant.patch(&key, &json!({"enabled": enabled})), 200);
        tally.equal("verify", &code(&tenant, STRONG).as_str(), &expected);
    }
    tally.status("rename", &tenant.patch(&key, &json!({"name": "renamed"})), 200);
    let before = tenant.census();
    for change in [
        json!({"expires_at": "2999-01-01T00:00:00Z"}),
        json!({"allowed_ip_cidrs": ["10.0.0.0/8"]}),
        json!({"name": "n", "allowed_ip_cidrs": ["10.0.0.0/8"]}),
    ] {
        let refused = tenant.patch(&key, &change);
        tally.admin(&change, &refused, 409, "FAILED_PRECONDITION");
        tally.that(refused.text().contains("make a new key"), &change, &refused);
    }
    let same = json!({"expires_at": null, "allowed_ip_cidrs": []});
    tally.status("what it is already", &tenant.patch(&key, &same), 200);
    tally.equal("afterwards", &tenant.census(), &before);
    tally.status("revoke", &tenant.delete(&key), 202);
    tally.equal("revoked", &code(&tenant, STRONG).as_str(), &"revoked");
    tally.admin("gone", &tenant.get(&key), 404, "NOT_FOUND");
    tally.end();
}

#[test]
fn what_a_legacy_key_may_do_cannot_be_edited() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    assert_eq!(import(owner, &json!([entry("old", STRONG)])).status, 200);
    let key = format!("/admin/api-keys/{}", keys(owner, "all")[0]["id"].as_str().unwrap());
    let before = owner.census();
    let mut tally = Tally::default();
    for change in [
        json!({"roles": ["ProjectEditor"]}),
        json!({"scopes": [{"action": "read", "resource_filter": "GRAPHQL"}]}),
        json!({"access": {"preset": "all"}}),
        json!({"access": {"preset": "restricted", "levels": {"graphql": "read_only", "ai": "read_write"}}}),
    ] {
        tally.admin(&change, &owner.patch(&key, &change), 409, "FAILED_PRECONDITION");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(a_value_that_looks_like_one_of_ours_verifies);
fn a_value_that_looks_like_one_of_ours_verifies(site: Site) {
    let stage = Stage::on(site);
    let other = Stage::sqlite();
    // A key of another Keydesk has our form, and none of our keys is it.
    let theirs = other.owner.key().value;
    assert_eq!(code(&stage.owner, &theirs), "unknown");
    assert_eq!(import(&stage.owner, &json!([entry("moved", &theirs)])).status, 200);
    assert_eq!(code(&stage.owner, &theirs), "allowed");
    assert_eq!(code(&stage.owner, &other.owner.key().value), "unknown");
}

both!(what_may_be_guessed_is_let_in_on_purpose_and_with_networks_only);
fn what_may_be_guessed_is_let_in_on_purpose_and_with_networks_only(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let sha256 = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"; // of `abc`
    let weak = [
        json!({"name": "short", "value": "ABC123", "graphql": "read_only"}),
        json!({"name": "19", "value": "0123456789012345678", "graphql": "read_only"}),
        json!({"name": "digest", "sha256": sha256, "graphql": "read_only"}),
    ];
    let before = owner.census();
    let mut tally = Tally::default();
    for bare in &weak {
        let mut entry = bare.clone();
        tally.admin("not asked for", &import(owner, &json!([entry])), 400, "INVALID_ARGUMENT");
        tally.admin("no networks", &import_weak(owner, &json!([entry])), 400, "INVALID_ARGUMENT");
        entry["allowed_ip_cidrs"] = json!([]);
        tally.admin("empty networks", &import_weak(owner, &json!([entry])), 400, "INVALID_ARGUMENT");
        entry["allowed_ip_cidrs"] = json!(["0.0.0.0/0", "::/0"]);
        tally.admin("networks alone", &import(owner, &json!([entry])), 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    let fit: Vec<Value> = weak
        .into_iter()
        .map(|mut entry| {
            entry["allowed_ip_cidrs"] = json!(["0.0.0.0/0", "::/0"]);
            entry
        })
        .collect();
    tally.status("on purpose", &import_weak(owner, &json!(fit)), 200);
    for value in ["ABC123", "0123456789012345678", "abc"] {
        tally.equal(value, &code(owner, value).as_str(), &"allowed");
    }
    tally.end();
}

both!(an_import_needs_a_bootstrapped_organization_a_right_to_write_keys_and_room_on_the_plan);
fn an_import_needs_a_bootstrapped_organization_a_right_to_write_keys_and_room_on_the_plan(site: Site) {
    let stage = Stage::on(site);
    let late = stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap"]);
    let stranger = stage.stranger();
    let entries = json!([entry("old", STRONG)]).to_string();
    let mut tally = Tally::default();
    let foreign = stage.owner.post(&path(&stranger), &entries);
    let absent = "/admin/projects/01a1fd74-d772-79df-9763-35a5869daa68/api-keys/import";
    tally.admin("foreign", &foreign, 404, "NOT_FOUND");
    tally.admin("absent", &stage.owner.post(absent, &entries), 404, "NOT_FOUND");
    tally.admin("too early", &late.post(&path(&late), &entries), 409, "FAILED_PRECONDITION");
    tally.admin("method", &stage.owner.get(&path(&stage.owner)), 405, "UNIMPLEMENTED");
    let nobody = Tenant { token: "x".into(), ..stage.owner.clone() };
    tally.admin("nobody", &nobody.post(&path(&nobody), &entries), 401, "UNAUTHENTICATED");
    let odd = |query: &str| stage.owner.post(&format!("{}?{query}", path(&stage.owner)), &entries);
    tally.admin("query", &odd("weak=true"), 400, "INVALID_ARGUMENT");
    tally.admin("value", &odd("allow_weak=yes"), 400, "INVALID_ARGUMENT");
    tally.equal("nothing was imported", &keys(&stage.owner, "all").len(), &0);

    let free = stage.site.organization(&stage.server, &["--name", "free", "--plan", "Free"]);
    let many: Vec<Value> =
        (0..20_000).map(|n| entry("old", &format!("a legacy value of many {n}"))).collect();
    let full = import(&free, &json!(many));
    tally.admin("no room", &full, 403, "QUOTA_EXCEEDED");
    tally.equal("nothing", &keys(&free, "all").len(), &0);
    tally.end();
}

#[test]
fn who_could_not_give_it_does_not_import_it() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let with = |role: Value| owner.account(&json!([role]));
    let of_project =
        |role: &str| json!({"resource_type": "project", "resource_id": owner.project, "role": role});
    let before = keys(owner, "all");
    let mut tally = Tally::default();
    for role in ["ProjectOwner", "ProjectManager"] {
        let refused = import(&with(of_project(role)), &json!([entry("old", STRONG)]));
        tally.admin(role, &refused, 403, "FORBIDDEN");
        tally.that(
            refused.text().contains("more than you may grant"),
            format_args!("{role} is told why"),
            &refused,
        );
    }
    let member = with(of_project("ProjectMember"));
    tally.admin("ProjectMember", &import(&member, &json!([entry("old", STRONG)])), 403, "FORBIDDEN");
    tally.equal("nothing", &keys(owner, "all"), &before);
    let manager = with(json!({"resource_type": "organization", "role": "OrgManager"}));
    tally.status("OrgManager", &import(&manager, &json!([entry("old", STRONG)])), 200);
    tally.end();
}

both!(the_same_import_under_one_idempotency_key_is_made_once);
fn the_same_import_under_one_idempotency_key_is_made_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let send = |entries: &Value| {
        owner.send(&owner.call("POST", &path(owner)).header("Idempotency-Key", "once").json(entries))
    };
    let entries = json!([entry("old", STRONG)]);
    let (first, again) = (send(&entries), send(&entries));
    let mut tally = Tally::default();
    tally.status("first", &first, 200);
    tally.equal("again", &again.json(), &first.json());
    tally.admin(
        "another",
        &send(&json!([entry("old", "another value of some length")])),
        409,
        "ALREADY_EXISTS",
    );
    tally.equal("keys", &keys(owner, "all").len(), &1);
    tally.admin("the same without it", &import(owner, &entries), 400, "INVALID_ARGUMENT");
    tally.end();
}
