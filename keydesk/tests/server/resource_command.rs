//! `keydesk resource` works on the database itself, and a running server follows.

use crate::harness::{Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};
use std::process::Output;

fn everything(tenant: &Tenant) -> Key {
    tenant.key_with(json!({"scopes": [{"action": "*"}]}))
}

fn verdict(tenant: &Tenant, key: &Key) -> String {
    tenant.verdict(&json!({"key": key.value, "action": "read", "resource": "ENDPOINT/ep1"}))
}

/// The server hears of what another process did when it next looks.
fn follows(tenant: &Tenant, key: &Key, expected: &str) {
    while verdict(tenant, key) != expected {
        std::thread::yield_now();
    }
}

fn listed(site: &Site, arguments: &[&str]) -> Vec<Value> {
    let ended = site.run(&[&["resource", "list", "--output", "json"], arguments].concat());
    assert!(ended.status.success(), "{ended:?}");
    serde_json::from_slice(&ended.stdout).unwrap()
}

fn add(site: &Site, resource: &str, tenant: &Tenant, more: &[&str]) -> Output {
    site.run(&[&["resource", "add", resource, "--project", &tenant.project], more].concat())
}

both!(a_running_server_follows_what_the_command_registers_moves_and_releases);
fn a_running_server_follows_what_the_command_registers_moves_and_releases(site: Site) {
    let stage = Stage::on(site);
    let (a, b) = (stage.stranger(), stage.stranger());
    let (of_a, of_b) = (everything(&a), everything(&b));
    let site = &stage.site;
    let added = add(site, "ENDPOINT/ep1", &a, &["--name", "images", "--output", "json"]);
    assert!(added.status.success(), "{added:?}");
    let printed: Value = serde_json::from_slice(&added.stdout).unwrap();
    assert_eq!(printed[0]["name"], "images");
    assert_eq!(printed[0]["organization_id"], a.organization.as_str());
    follows(&a, &of_a, "allowed");
    assert_eq!(verdict(&b, &of_b), "insufficient_scope");

    let refused = add(site, "ENDPOINT/ep1", &b, &[]);
    assert_eq!(refused.status.code(), Some(65), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!said.contains(&a.organization) && !said.contains(&a.project), "{said}");
    assert_eq!(verdict(&a, &of_a), "allowed");

    assert!(add(site, "ENDPOINT/ep1", &b, &["--transfer"]).status.success());
    follows(&b, &of_b, "allowed");
    assert_eq!(verdict(&a, &of_a), "insufficient_scope");
    let actions = |tenant: &Tenant| -> Vec<Value> {
        tenant.census().changes.iter().map(|change| change["action"].clone()).collect()
    };
    assert_eq!(actions(&a).last().unwrap(), "resource.released");
    assert_eq!(actions(&b).last().unwrap(), "resource.registered");
    let again = add(site, "ENDPOINT/ep1", &b, &["--transfer"]);
    assert_eq!(again.status.code(), Some(65), "it is there already: {again:?}");

    assert!(site.run(&["resource", "remove", "ENDPOINT/ep1"]).status.success());
    follows(&b, &of_b, "insufficient_scope");
    // A tombstone goes back to its organization, or to another by the operator's word only.
    assert_eq!(add(site, "ENDPOINT/ep1", &a, &[]).status.code(), Some(65));
    assert!(add(site, "ENDPOINT/ep1", &a, &["--transfer"]).status.success());
    follows(&a, &of_a, "allowed");
    assert_eq!(verdict(&b, &of_b), "insufficient_scope");
    assert!(site.run(&["audit", "verify"]).status.success());
}

both!(a_list_shows_what_is_registered_and_where);
fn a_list_shows_what_is_registered_and_where(site: Site) {
    let stage = Stage::on(site);
    let (a, b) = (&stage.owner, stage.stranger());
    let site = &stage.site;
    for (resource, tenant) in [("ENDPOINT/a1", a), ("ENDPOINT/a2", a), ("ENDPOINT/b1", &b)] {
        assert!(add(site, resource, tenant, &[]).status.success());
    }
    assert!(site.run(&["resource", "remove", "ENDPOINT/a2"]).status.success());
    let names = |rows: Vec<Value>| -> Vec<String> {
        rows.iter().map(|row| row["resource"].as_str().unwrap().to_owned()).collect()
    };
    let mut tally = Tally::default();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names.join(" ")
    };
    tally.equal("all", &sorted(names(listed(site, &[]))).as_str(), &"ENDPOINT/a1 ENDPOINT/b1");
    let released = sorted(names(listed(site, &["--released"])));
    tally.equal("released", &released.as_str(), &"ENDPOINT/a1 ENDPOINT/a2 ENDPOINT/b1");
    tally.equal(
        "one project",
        &names(listed(site, &["--project", &b.project])).join(" ").as_str(),
        &"ENDPOINT/b1",
    );
    tally.equal("no project", &listed(site, &["--project", "x"]).len(), &0);
    let table = String::from_utf8(site.run(&["resource", "list"]).stdout).unwrap();
    tally.that(table.starts_with("ID") && table.lines().count() == 3, "table", &table);
    let by_id = listed(site, &["--project", &b.project])[0]["id"].as_str().unwrap().to_owned();
    tally.that(site.run(&["resource", "remove", &by_id]).status.success(), "by id", &by_id);
    tally.equal("afterwards", &names(listed(site, &[])).join(" ").as_str(), &"ENDPOINT/a1");
    tally.end();
}

#[test]
fn a_resource_command_that_is_wrong_changes_nothing_and_says_why() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let site = &stage.site;
    assert!(add(site, "ENDPOINT/ep1", owner, &[]).status.success());
    let before = owner.census();
    let project = owner.project.as_str();
    let absent = "01a1fd74-d772-79df-9763-35a5869daa68";
    let mut tally = Tally::default();
    for (arguments, code) in [
        (vec!["resource"], 64),
        (vec!["resource", "add"], 64),
        (vec!["resource", "add", "ENDPOINT/ep2"], 64),
        (vec!["resource", "add", "ENDPOINT/ep2", "--project"], 64),
        (vec!["resource", "add", "ENDPOINT/ep2", "--project", project, "--name", ""], 64),
        (vec!["resource", "add", "ENDPOINT/ep2", "--project", project, "--output", "xml"], 64),
        (vec!["resource", "remove"], 64),
        (vec!["resource", "list", "ENDPOINT/ep1"], 64),
        (vec!["resource", "add", "ENDPOINT/#", "--project", project], 65),
        (vec!["resource", "add", "*", "--project", project, "--transfer"], 65),
        (vec!["resource", "add", "GRAPHQL", "--project", project], 65),
        (vec!["resource", "add", "ENDPOINT/ep1", "--project", project], 65),
        (vec!["resource", "add", "ENDPOINT/ep2", "--project", absent], 66),
        (vec!["resource", "add", "ENDPOINT/ep2", "--project", "../x"], 66),
        (vec!["resource", "remove", "ENDPOINT/ep2"], 66),
        (vec!["resource", "remove", absent], 66),
        (vec!["resource", "remove", "ENDPOINT/#"], 66),
        (vec!["resource", "remove", ""], 66),
    ] {
        let ended = site.run(&arguments);
        tally.equal(format_args!("{arguments:?}"), &ended.status.code(), &Some(code));
        let quiet = ended.stdout.is_empty() && !ended.stderr.is_empty();
        tally.that(quiet, format_args!("{arguments:?} says why"), &ended);
    }
    tally.equal("afterwards", &owner.census(), &before);
    let elsewhere = Site::sqlite();
    let missing = elsewhere.run(&["resource", "list"]);
    tally.equal("no database", &missing.status.code(), &Some(66));
    tally.that(!elsewhere.data().join("keydesk.db").exists(), "nothing was made", &"");
    tally.end();
}
