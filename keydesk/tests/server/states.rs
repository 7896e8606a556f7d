//! The states of a key: what is shown, what is refused, and one row in the log for each change.

use crate::harness::{Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

fn shown(owner: &Tenant, id: &str, filter: &str) -> Option<Value> {
    let page = owner.get(&format!("{}?status={filter}", owner.keys())).json();
    page["data"].as_array().unwrap().iter().find(|key| key["id"] == id).cloned()
}

/// In which lists the key is.
fn lists(owner: &Tenant, id: &str) -> Vec<&'static str> {
    let all = ["active", "expired", "disabled", "revoked", "all"];
    all.into_iter().filter(|filter| shown(owner, id, filter).is_some()).collect()
}

both!(a_revoked_key_is_gone_from_everything_but_the_full_list);
fn a_revoked_key_is_gone_from_everything_but_the_full_list(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (key, kept) = (owner.key(), owner.key());
    assert_eq!(owner.delete(&key.path()).status, 202);
    let before = owner.census();
    let mut tally = Tally::default();
    for _ in 0..2 {
        tally.admin("J-29 revoke", &owner.delete(&key.path()), 404, "NOT_FOUND");
        tally.admin("show", &owner.get(&key.path()), 404, "NOT_FOUND");
        for change in [
            json!({}),
            json!({"name": "n"}),
            json!({"enabled": true}),
            json!({"expires_at": null}),
            json!({"roles": ["ProjectViewer"]}),
        ] {
            tally.admin(format_args!("J-31 {change}"), &owner.patch(&key.path(), &change), 404, "NOT_FOUND");
        }
        let stale = owner.send(&owner.call("DELETE", &key.path()).header("If-Match", "\"1\""));
        tally.admin("before its version is looked at", &stale, 404, "NOT_FOUND");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.equal("lists", &lists(owner, &key.id), &vec!["revoked", "all"]);
    let plain = owner.get(&owner.keys()).json()["data"].as_array().unwrap().len();
    tally.equal("the plain list", &plain, &1);
    tally.equal("status", &shown(owner, &key.id, "all").unwrap()["status"], &json!("revoked"));
    tally.equal("verify", &owner.verify(&key).as_str(), &"revoked");
    tally.equal("the other one", &owner.verify(&kept).as_str(), &"allowed");
    tally.end();
}

both!(a_key_shows_and_obeys_the_first_state_that_holds);
fn a_key_shows_and_obeys_the_first_state_that_holds(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"enabled": false}));
    let mut tally = Tally::default();
    let mut state = |case: &str, status: &str, code: &str| {
        let found = owner.get(&key.path()).json();
        tally.equal(format_args!("{case} shown"), &found["status"], &json!(status));
        tally.equal(format_args!("{case} lists"), &lists(owner, &key.id), &vec![status_list(status), "all"]);
        tally.equal(format_args!("{case} verify"), &owner.verify(&key).as_str(), &code);
    };
    state("made switched off", "disabled", "disabled");
    owner.patch(&key.path(), &json!({"enabled": true}));
    state("switched on", "active", "allowed");
    owner.patch(&key.path(), &json!({"enabled": false}));
    state("switched off", "disabled", "disabled");
    owner.patch(&key.path(), &json!({"name": "renamed"}));
    state("renamed while off", "disabled", "disabled");
    owner.patch(&key.path(), &json!({"enabled": true}));
    owner.run_out(&key);
    state("run out", "expired", "expired");
    owner.patch(&key.path(), &json!({"enabled": false}));
    state("run out and off", "expired", "expired");
    owner.patch(&key.path(), &json!({"expires_at": null}));
    state("off again", "disabled", "disabled");
    owner.patch(&key.path(), &json!({"enabled": true}));
    state("as before", "active", "allowed");
    tally.end();
}

fn status_list(status: &str) -> &'static str {
    ["active", "expired", "disabled"].into_iter().find(|known| *known == status).expect("a status")
}

both!(every_change_is_one_row_of_the_log_and_every_refusal_none);
fn every_change_is_one_row_of_the_log_and_every_refusal_none(site: Site) {
    let stage = Stage::on(site);
    let owner =
        stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap", "--plan", "Standard"]);
    let organization = format!("/admin/organizations/{}", owner.organization);
    let mut tally = Tally::default();
    let mut rows = owner.census().changes.len();
    let mut step = |case: &str, status: u16, action: Option<&str>, answer: crate::harness::Answer| {
        let changes = owner.census().changes;
        rows += usize::from(action.is_some());
        tally.status(case, &answer, status);
        tally.equal(format_args!("{case}: rows"), &changes.len(), &rows);
        if let Some(action) = action {
            tally.equal(format_args!("{case}: action"), &changes.last().unwrap()["action"], &json!(action));
        }
        answer
    };
    let name = json!({"name": "n"}).to_string();
    step("too early", 409, None, owner.post(&owner.keys(), &name));
    step(
        "bootstrap",
        200,
        Some("organization.bootstrapped"),
        owner.post(&format!("{organization}/bootstrap"), ""),
    );
    step("bootstrap again", 200, None, owner.post(&format!("{organization}/bootstrap"), ""));
    step("rename", 200, Some("organization.updated"), owner.patch(&organization, &json!({"name": "new"})));
    step("rename to the same", 200, None, owner.patch(&organization, &json!({"name": "new"})));
    let made = step("project", 200, Some("project.created"), owner.post("/admin/projects", &name)).json();
    let project = format!("/admin/projects/{}", made["id"].as_str().unwrap());
    step(
        "project cmek",
        200,
        Some("project.updated"),
        owner.patch(&project, &json!({"force_encryption_with_cmek": true})),
    );
    step("project cmek off", 400, None, owner.patch(&project, &json!({"force_encryption_with_cmek": false})));
    step("no change", 200, None, owner.patch(&project, &json!({})));
    let made =
        step("key", 200, Some("api_key.created"), owner.post(&format!("{project}/api-keys"), &name)).json();
    let key = format!("/admin/api-keys/{}", made["key"]["id"].as_str().unwrap());
    step("off", 200, Some("api_key.disabled"), owner.patch(&key, &json!({"enabled": false})));
    step("off again", 200, None, owner.patch(&key, &json!({"enabled": false})));
    step("on", 200, Some("api_key.enabled"), owner.patch(&key, &json!({"enabled": true})));
    step("edited", 200, Some("api_key.updated"), owner.patch(&key, &json!({"allowed_ip_cidrs": ["*"]})));
    step("refused", 400, None, owner.patch(&key, &json!({"name": ""})));
    step("stale", 412, None, owner.send(&owner.call("DELETE", &key).header("If-Match", "\"1\"")));
    step("revoked", 202, Some("api_key.revoked"), owner.delete(&key));
    step("revoked again", 404, None, owner.delete(&key));
    let to_free = ["organization", "set-plan", &owner.organization, "Free"];
    let set = || stage.site.run(&to_free).status.success().then(|| owner.get(&organization)).expect("a plan");
    step("plan", 200, Some("organization.plan_set"), set());
    step("same plan", 200, None, set());
    step("organization with projects", 412, None, owner.delete(&organization));
    step("project gone", 202, Some("project.deleted"), owner.delete(&project));
    step("project gone again", 404, None, owner.delete(&project));
    tally.equal("the other tenant", &stage.owner.census().changes.len(), &4);
    tally.end();
}
