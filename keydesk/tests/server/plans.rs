//! What an organization may have is said by its plan (`compat.md` 1.6), whichever way it is asked for.

use crate::harness::{Answer, Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};
use std::fs;

fn on_plan(stage: &Stage, plan: &str) -> Tenant {
    stage.site.organization(&stage.server, &["--name", "tenant", "--plan", plan])
}

fn set_plan(stage: &Stage, tenant: &Tenant, plan: &str) {
    let set = stage.site.run(&["organization", "set-plan", &tenant.organization, plan]);
    assert!(set.status.success(), "{set:?}");
}

fn create(tenant: &Tenant, fields: &Value) -> Answer {
    let mut body = fields.clone();
    body["name"] = "k".into();
    tenant.post(&tenant.keys(), body.to_string())
}

/// Every way to write a permission that is less, or other, than "All", and the word a refusal must name.
fn beyond_all() -> Vec<(Value, &'static str)> {
    let restricted = json!({"preset": "restricted", "levels": {"graphql": "read_write", "ai": "read_write"}});
    vec![
        (json!({"roles": ["ProjectViewer"]}), "ProjectViewer"),
        (json!({"roles": ["ControlPlaneEditor"]}), "ControlPlaneEditor"),
        (json!({"roles": ["DataPlaneViewer"]}), "DataPlaneViewer"),
        (json!({"roles": ["ProjectEditor", "DataPlaneEditor"]}), "DataPlaneEditor"),
        (json!({"access": {"preset": "read_only"}}), "read_only"),
        (json!({"access": restricted}), "restricted"),
        (json!({"scopes": [{"action": "*"}]}), "scopes"),
        (json!({"scopes": [{"action": "read", "resource_filter": "GRAPHQL"}]}), "scopes"),
    ]
}

fn names(answer: &Answer, words: &[&str]) -> bool {
    words.iter().all(|word| answer.text().contains(word))
}

both!(on_the_plan_free_a_key_has_the_permission_all_and_keeps_it);
fn on_the_plan_free_a_key_has_the_permission_all_and_keeps_it(site: Site) {
    let stage = Stage::on(site);
    let tenant = on_plan(&stage, "Free");
    let mut tally = Tally::default();
    for fields in [json!({}), json!({"roles": ["ProjectEditor"]}), json!({"access": {"preset": "all"}})] {
        tally.status(&fields, &create(&tenant, &fields), 200);
    }
    let key = tenant.key();
    let before = tenant.census();
    for (fields, word) in beyond_all() {
        let made = create(&tenant, &fields);
        tally.admin(format_args!("create {fields}"), &made, 403, "FORBIDDEN");
        tally.that(names(&made, &[word, "Free", "Starter"]), format_args!("{fields} is named"), &made);
    }
    let all = json!({"roles": ["ProjectEditor"]});
    for fields in beyond_all().into_iter().map(|(fields, _)| fields).chain([all]) {
        let changed = tenant.patch(&key.path(), &fields);
        tally.admin(format_args!("change {fields}"), &changed, 403, "FORBIDDEN");
        tally.that(names(&changed, &["Free", "once it is set"]), format_args!("{fields}"), &changed);
    }
    tally.equal("afterwards", &tenant.census(), &before);
    for fields in [
        json!({}),
        json!({"name": "other"}),
        json!({"enabled": false}),
        json!({"enabled": true}),
        json!({"expires_at": "2099-01-01T00:00:00Z"}),
        json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}),
    ] {
        tally.status(format_args!("change {fields}"), &tenant.patch(&key.path(), &fields), 200);
    }
    tally.end();
}

both!(a_plan_that_is_set_counts_at_once_and_takes_nothing_away);
fn a_plan_that_is_set_counts_at_once_and_takes_nothing_away(site: Site) {
    let stage = Stage::on(site);
    let tenant = on_plan(&stage, "Standard");
    let mut tally = Tally::default();
    let keys: Vec<Key> = beyond_all().into_iter().map(|(fields, _)| tenant.key_with(fields)).collect();
    assert_eq!(tenant.post("/admin/projects", r#"{"name":"second"}"#).status, 200);
    let changes = tenant.census().changes.len();
    set_plan(&stage, &tenant, "Free");
    tally.equal("one change", &tenant.census().changes.len(), &(changes + 1));
    for (key, (fields, _)) in keys.iter().zip(beyond_all()) {
        tally.equal(format_args!("{fields}"), &tenant.verify(key).as_str(), &"allowed");
        tally.admin(format_args!("again {fields}"), &create(&tenant, &fields), 403, "FORBIDDEN");
        tally.admin(format_args!("{fields}"), &tenant.patch(&key.path(), &fields), 403, "FORBIDDEN");
        tally.status("renamed", &tenant.patch(&key.path(), &json!({"name": "other"})), 200);
    }
    tally.equal("projects", &tenant.census().projects.len(), &2);
    tally.admin("a third", &tenant.post("/admin/projects", r#"{"name":"3"}"#), 403, "QUOTA_EXCEEDED");
    set_plan(&stage, &tenant, "Standard");
    for (fields, _) in beyond_all() {
        tally.status(format_args!("{fields}"), &create(&tenant, &fields), 200);
        tally.status(format_args!("{fields}"), &tenant.patch(&keys[0].path(), &fields), 200);
    }
    tally.end();
}

both!(a_full_quota_of_projects_has_room_again_when_one_goes);
fn a_full_quota_of_projects_has_room_again_when_one_goes(site: Site) {
    let stage = Stage::on(site);
    let tenant = on_plan(&stage, "Free");
    let make = || tenant.post("/admin/projects", r#"{"name":"p"}"#);
    let full = make();
    assert_eq!((full.status, full.admin_code().as_deref()), (403, Some("QUOTA_EXCEEDED")), "{full:?}");
    assert!(names(&full, &["1 project", "Free"]), "{full:?}");
    assert_eq!(tenant.delete(&format!("/admin/projects/{}", tenant.project)).status, 202);
    assert_eq!(make().status, 200);
    assert_eq!(make().status, 403);
}

/// The built-in catalog, with other numbers for the plan Standard.
fn small_plans(site: &Site) -> String {
    fs::create_dir_all(site.data()).unwrap();
    let printed = crate::harness::keydesk(&["catalog", "print"]).output().unwrap();
    let text = String::from_utf8(printed.stdout).unwrap();
    let small = text
        .replace("projects_max = 20", "projects_max = 4")
        .replace("keys_per_project_max = 10000", "keys_per_project_max = 5");
    assert_ne!(small, text);
    let path = site.data().join("small-plans.toml");
    fs::write(&path, small).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The answers to as many creates at once, each in its own thread.
fn at_once(count: usize, make: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..count).map(|_| scope.spawn(&make)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

both!(creates_at_the_same_time_do_not_exceed_a_quota);
fn creates_at_the_same_time_do_not_exceed_a_quota(site: Site) {
    let catalog = small_plans(&site);
    let stage = Stage::on(site.flag("--catalog", &catalog));
    let tenant = on_plan(&stage, "Standard");
    let made = |answers: &[Answer]| answers.iter().filter(|answer| answer.status == 200).count();
    let refused = |answers: &[Answer]| {
        let full = |answer: &&Answer| answer.admin_code().as_deref() == Some("QUOTA_EXCEEDED");
        answers.iter().filter(full).count()
    };
    let keys = at_once(24, || tenant.post(&tenant.keys(), r#"{"name":"k"}"#));
    assert_eq!((made(&keys), refused(&keys)), (5, 19), "{keys:?}");
    let full = keys.iter().find(|answer| answer.status == 403).unwrap();
    assert!(names(full, &["5 keys", "Standard"]), "{full:?}");
    let projects = at_once(16, || tenant.post("/admin/projects", r#"{"name":"p"}"#));
    assert_eq!((made(&projects), refused(&projects)), (3, 13), "{projects:?}");
    assert_eq!(tenant.census().keys.len(), 5);

    // Switched off it still counts, revoked it does not; each project counts for itself.
    let id = tenant.census().keys[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/api-keys/{id}");
    assert_eq!(tenant.patch(&path, &json!({"enabled": false})).status, 200);
    assert_eq!(tenant.post(&tenant.keys(), r#"{"name":"k"}"#).status, 403);
    assert_eq!(tenant.delete(&path).status, 202);
    let keys = at_once(8, || tenant.post(&tenant.keys(), r#"{"name":"k"}"#));
    assert_eq!((made(&keys), refused(&keys)), (1, 7), "{keys:?}");
    let second = projects.iter().find(|answer| answer.status == 200).unwrap().json();
    let second = format!("/admin/projects/{}/api-keys", second["id"].as_str().unwrap());
    assert_eq!(tenant.post(&second, r#"{"name":"k"}"#).status, 200);

    // The same request again is answered with what it made, however full the project is by now.
    let once =
        |body: &str| tenant.send(&tenant.call("POST", &second).header("Idempotency-Key", "1").body(body));
    let first = once(r#"{"name":"once"}"#);
    let _ = at_once(5, || tenant.post(&second, r#"{"name":"k"}"#));
    assert_eq!(tenant.post(&second, r#"{"name":"k"}"#).status, 403);
    assert_eq!(once(r#"{"name":"once"}"#).json()["key"]["id"], first.json()["key"]["id"]);
}

both!(an_organization_is_deleted_on_the_plan_free_and_without_projects);
fn an_organization_is_deleted_on_the_plan_free_and_without_projects(site: Site) {
    let stage = Stage::on(site);
    let tenant = on_plan(&stage, "Standard");
    let path = format!("/admin/organizations/{}", tenant.organization);
    let mut tally = Tally::default();
    tally.admin("Standard", &tenant.delete(&path), 412, "FAILED_PRECONDITION");
    set_plan(&stage, &tenant, "Free");
    let held = tenant.delete(&path);
    tally.admin("a project", &held, 412, "FAILED_PRECONDITION");
    tally.that(names(&held, &["1 project;"]), "counts", &held);
    tally.status("its project", &tenant.delete(&format!("/admin/projects/{}", tenant.project)), 202);
    tally.status("on Free and empty", &tenant.delete(&path), 200);
    tally.status("its credential", &tenant.get(&path), 401);
    let listed = stage.site.run(&["organization", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    tally.that(!listed.contains(&tenant.organization), "still listed", &listed);
    tally.that(listed.contains("PLAN") && listed.contains("Enterprise"), "plans are listed", &listed);
    tally.end();
}
