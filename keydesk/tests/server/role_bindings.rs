//! Role bindings: a key's roles and its bindings are one thing, and nobody gives beyond their own rights.

use crate::harness::{Answer, Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

const BINDINGS: &str = "/admin/role-bindings";

fn bind(caller: &Tenant, kind: &str, id: &str, project: Option<&str>, role: &str) -> Answer {
    let mut body = json!({"principal_type": kind, "principal_id": id, "role": role});
    body["resource_type"] = if project.is_some() { "project" } else { "organization" }.into();
    if let Some(project) = project {
        body["resource_id"] = project.into();
    }
    caller.post(BINDINGS, body.to_string())
}

fn listed(caller: &Tenant, query: &str) -> Vec<Value> {
    let answer = caller.get(&format!("{BINDINGS}?{query}"));
    assert_eq!(answer.status, 200, "{query} {answer:?}");
    answer.json()["data"].as_array().unwrap().clone()
}

fn path(binding: &Value) -> String {
    format!("{BINDINGS}/{}", binding["id"].as_str().unwrap())
}

fn of_key(key: &Key) -> String {
    format!("principal_type=api_key&principal_id={}", key.id)
}

fn id_of(account: &Tenant, owner: &Tenant) -> String {
    account.own_path(owner).rsplit('/').next().unwrap().to_owned()
}

both!(the_roles_of_a_key_are_its_bindings);
fn the_roles_of_a_key_are_its_bindings(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"roles": ["DataPlaneViewer"]}));
    let may = |action: &str, plane: &str| {
        let resource = format!("PROJECT/{}/{plane}", owner.project);
        owner.verdict(&json!({"key": key.value, "action": action, "resource": resource})) == "allowed"
    };
    let mut tally = Tally::default();
    let before = owner.get(&key.path());
    tally.equal("before", &(may("read", "DATA"), may("read", "CONTROL")), &(true, false));

    let made = bind(owner, "api_key", &key.id, Some(&owner.project), "ControlPlaneViewer");
    tally.status("bind", &made, 200);
    let binding = made.json();
    tally.equal("whose", &binding["principal_id"], &json!(key.id));
    tally.equal("where", &binding["resource_id"], &json!(owner.project));
    tally.equal("shown", &owner.get(&path(&binding)).json(), &binding);
    // The next verification acts on it.
    tally.equal("at once", &(may("read", "CONTROL"), may("write", "CONTROL")), &(true, false));
    let after = owner.get(&key.path());
    tally.equal("roles", &after.json()["roles"], &json!(["ControlPlaneViewer", "DataPlaneViewer"]));
    tally.that(after.header("etag") != before.header("etag"), "the key has another version", &after);

    let again = bind(owner, "api_key", &key.id, Some(&owner.project), "ControlPlaneViewer");
    tally.admin("twice", &again, 409, "ALREADY_EXISTS");

    // PATCH replaces the set, and leaves what stays in it as it is.
    owner.patch(&key.path(), &json!({"roles": ["ControlPlaneViewer", "DataPlaneEditor"]}));
    let now = listed(owner, &of_key(&key));
    tally.equal("two", &now.len(), &2);
    tally.that(now.contains(&binding), "the one that stayed", &now);

    let other = now.iter().find(|one| one["role"] == "DataPlaneEditor").unwrap();
    tally.status("take", &owner.delete(&path(other)), 202);
    tally.equal("at once", &(may("read", "DATA"), may("read", "CONTROL")), &(false, true));
    tally.equal("roles", &owner.get(&key.path()).json()["roles"], &json!(["ControlPlaneViewer"]));
    tally.admin("take again", &owner.delete(&path(other)), 404, "NOT_FOUND");
    let last = owner.delete(&path(&binding));
    tally.admin("the last one", &last, 409, "FAILED_PRECONDITION");
    tally.that(may("read", "CONTROL"), "the last one stays", &"");

    let changes = owner.get("/admin/changes").json();
    let actions: Vec<&str> =
        changes["data"].as_array().unwrap().iter().filter_map(|c| c["action"].as_str()).collect();
    tally.that(actions.contains(&"role_binding.created"), "in the log", &actions);
    tally.that(actions.contains(&"role_binding.deleted"), "in the log", &actions);

    tally.status("revoke", &owner.delete(&key.path()), 202);
    tally.equal("a revoked key has none", &listed(owner, &of_key(&key)).len(), &0);
    tally.admin("nor does it show", &owner.get(&path(&binding)), 404, "NOT_FOUND");
    let late = bind(owner, "api_key", &key.id, Some(&owner.project), "DataPlaneViewer");
    tally.admin("nor take one", &late, 404, "NOT_FOUND");
    tally.end();
}

both!(a_binding_that_a_key_cannot_have_is_refused);
fn a_binding_that_a_key_cannot_have_is_refused(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (key, other) = (owner.key(), owner.other_project());
    let before = owner.census();
    let mut tally = Tally::default();
    for (project, role) in [
        (None, "OrgMember"),
        (None, "ProjectEditor"),
        (Some(other.as_str()), "ProjectViewer"),
        (Some(owner.project.as_str()), "ProjectOwner"),
        (Some(owner.project.as_str()), "OrgOwner"),
        (Some(owner.project.as_str()), "projectviewer"),
        (Some(owner.project.as_str()), ""),
    ] {
        let refused = bind(owner, "api_key", &key.id, project, role);
        tally.admin(format_args!("{project:?} {role}"), &refused, 400, "INVALID_ARGUMENT");
    }
    for fields in [
        json!({"scopes": [{"action": "read", "resource_filter": "GRAPHQL"}]}),
        json!({"access": {"preset": "all"}}),
    ] {
        let key = owner.key_with(fields.clone());
        let refused = bind(owner, "api_key", &key.id, Some(&owner.project), "ProjectViewer");
        tally.admin(&fields, &refused, 409, "FAILED_PRECONDITION");
        tally.equal(&fields, &listed(owner, &of_key(&key)).len(), &0);
        owner.delete(&key.path());
    }
    let old =
        json!([{"name": "old", "value": "8KQ2V0XJ4M1TFZ7R9WPB3CDA", "graphql": "read_write"}]).to_string();
    let imported = owner.post(&format!("{}/import", owner.keys()), old);
    let legacy = owner.census().keys.into_iter().find(|key| key["legacy"] == true);
    let legacy = legacy.unwrap_or_else(|| panic!("{imported:?}"))["id"].as_str().unwrap().to_owned();
    let refused = bind(owner, "api_key", &legacy, Some(&owner.project), "ProjectViewer");
    tally.admin("a legacy key", &refused, 409, "FAILED_PRECONDITION");
    tally.that(refused.text().contains("legacy"), "a legacy key", &refused);
    for id in ["01a1fd74-d772-79df-9763-35a5869daa68", "x", ""] {
        let refused = bind(owner, "api_key", id, Some(&owner.project), "ProjectViewer");
        tally.admin(format_args!("key {id}"), &refused, 404, "NOT_FOUND");
        let refused = bind(owner, "api_key", &key.id, Some(id), "ProjectViewer");
        let status = if id.is_empty() { (400, "INVALID_ARGUMENT") } else { (404, "NOT_FOUND") };
        tally.admin(format_args!("project {id}"), &refused, status.0, status.1);
    }
    tally.equal("the key", &owner.census().keys[0], &before.keys[0]);
    tally.end();
}

both!(a_plan_that_leaves_permissions_as_they_are_leaves_bindings_as_they_are);
fn a_plan_that_leaves_permissions_as_they_are_leaves_bindings_as_they_are(site: Site) {
    let stage = Stage::on(site);
    let tenant = stage.site.organization(&stage.server, &["--name", "small", "--plan", "Free"]);
    let key = tenant.key();
    let mut tally = Tally::default();
    let bound = bind(&tenant, "api_key", &key.id, Some(&tenant.project), "DataPlaneViewer");
    tally.admin("another role", &bound, 403, "FORBIDDEN");
    tally.that(bound.text().contains("Free"), "names the plan", &bound);
    tally.equal("as it was", &tenant.get(&key.path()).json()["roles"], &json!(["ProjectEditor"]));
    tally.end();
}

both!(a_member_is_given_and_loses_roles_at_once);
fn a_member_is_given_and_loses_roles_at_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let account = owner.account(&json!([]));
    let id = id_of(&account, owner);
    let project = format!("/admin/projects/{}", owner.project);
    let mut tally = Tally::default();
    tally.admin("nothing yet", &account.get(&project), 404, "NOT_FOUND");

    let made = bind(owner, "service_account", &id, Some(&owner.project), "ProjectMember");
    tally.status("bind", &made, 200);
    tally.status("sees it", &account.get(&project), 200);
    tally.admin("changes it", &account.patch(&project, &json!({"name": "x"})), 403, "FORBIDDEN");
    let org = bind(owner, "service_account", &id, None, "OrgManager").json();
    tally.equal("resource_id is filled in", &org["resource_id"], &json!(owner.organization));
    tally.status("changes it", &account.patch(&project, &json!({"name": "x"})), 200);

    tally.status("take", &owner.delete(&path(&org)), 202);
    tally.admin("changes it", &account.patch(&project, &json!({"name": "x"})), 403, "FORBIDDEN");
    tally.status("take", &owner.delete(&path(&made.json())), 202);
    tally.admin("nothing again", &account.get(&project), 404, "NOT_FOUND");
    tally.status("it may still buy tokens", &account.buy(), 200);

    let first = listed(owner, "role=OrgOwner");
    tally.equal("one owner", &first.len(), &1);
    tally.admin("the last owner", &owner.delete(&path(&first[0])), 409, "FAILED_PRECONDITION");
    tally.status("two owners", &bind(owner, "service_account", &id, None, "OrgOwner"), 200);
    tally.status("one of two", &owner.delete(&path(&first[0])), 202);
    tally.admin("it is nothing now", &owner.get(&project), 404, "NOT_FOUND");
    tally.end();
}

both!(nobody_gives_or_takes_a_role_beyond_their_own);
fn nobody_gives_or_takes_a_role_beyond_their_own(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let other = owner.other_project();
    let (manager, member) = (owner.member("OrgManager"), owner.member("OrgMember"));
    let project_owner = owner.member_of(&owner.project, "ProjectOwner");
    let project_manager = owner.member_of(&owner.project, "ProjectManager");
    let project_member = owner.member_of(&owner.project, "ProjectMember");
    let target = id_of(&owner.account(&json!([])), owner);
    let own = Some(owner.project.as_str());
    let mut tally = Tally::default();
    let mut give = |case: &str, caller: &Tenant, project: Option<&str>, role: &str, status: u16| {
        let made = bind(caller, "service_account", &target, project, role);
        tally.status(format_args!("{case} gives {role}"), &made, status);
        if status == 200 {
            tally.status(format_args!("{case} takes {role}"), &caller.delete(&path(&made.json())), 202);
        }
    };
    give("manager", &manager, None, "OrgOwner", 403);
    give("manager", &manager, None, "OrgManager", 200);
    give("manager", &manager, own, "ProjectOwner", 200);
    give("member", &member, None, "OrgMember", 403);
    give("project owner", &project_owner, None, "OrgMember", 403);
    give("project owner", &project_owner, own, "ProjectOwner", 200);
    give("project owner", &project_owner, Some(&other), "ProjectMember", 404);
    give("project manager", &project_manager, own, "ProjectOwner", 403);
    give("project manager", &project_manager, own, "ProjectManager", 200);
    give("project manager", &project_manager, own, "DataPlaneEditor", 200);
    give("project member", &project_member, own, "ProjectMember", 403);

    let owners = listed(owner, "role=OrgOwner");
    tally.admin("manager takes OrgOwner", &manager.delete(&path(&owners[0])), 403, "FORBIDDEN");
    let owners = listed(owner, "role=ProjectOwner");
    let taken = project_manager.delete(&path(&owners[0]));
    tally.admin("project manager takes ProjectOwner", &taken, 403, "FORBIDDEN");

    let key = owner.key();
    let may_bind = |caller: &Tenant, role| bind(caller, "api_key", &key.id, own, role).status;
    tally.equal("project manager and a key", &may_bind(&project_manager, "ProjectViewer"), &200);
    tally.equal("project member and a key", &may_bind(&project_member, "DataPlaneViewer"), &403);
    tally.equal("member and a key", &may_bind(&member, "DataPlaneViewer"), &404);
    tally.end();
}

both!(a_list_shows_what_its_reader_may_see_and_its_filters_say);
fn a_list_shows_what_its_reader_may_see_and_its_filters_say(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let other = owner.other_project();
    let member = owner.member("OrgMember");
    let project_member = owner.member_of(&owner.project, "ProjectMember");
    let elsewhere = owner.member_of(&other, "ProjectMember");
    let billing = owner.member("OrgBillingAdmin");
    let key = owner.key();
    stage.stranger().key();
    let mut tally = Tally::default();
    let count = |caller: &Tenant, query: &str| listed(caller, query).len();
    tally.equal("the owner sees all", &count(owner, ""), &6);
    tally.equal("a member those on the organization", &count(&member, ""), &3);
    tally.equal("of a project, those on it", &count(&project_member, ""), &2);
    tally.equal("and no other's", &count(&elsewhere, ""), &1);
    tally.equal("billing none", &count(&billing, ""), &0);
    for (query, found) in [
        ("principal_type=service_account".to_owned(), 5),
        ("principal_type=api_key".into(), 1),
        ("principal_type=user".into(), 0),
        (of_key(&key), 1),
        ("principal_type=api_key&principal_id=x".into(), 0),
        (format!("principal_type=user&principal_id={}", key.id), 0),
        ("resource_type=organization".into(), 3),
        (format!("resource_type=project&resource_id={other}"), 1),
        (format!("resource_type=organization&resource_id={}", owner.organization), 3),
        ("role=ProjectMember".into(), 2),
        ("role=ProjectMember&resource_type=organization".into(), 0),
        (format!("role=ProjectEditor&{}", of_key(&key)), 1),
    ] {
        tally.equal(&query, &count(owner, &query), &found);
    }
    for query in [
        format!("principal_id={}", key.id),
        format!("resource_id={other}"),
        "principal_type=robot".into(),
        "principal_type=".into(),
        "resource_type=key".into(),
        "role=Emperor".into(),
        "role=".into(),
        "user=x".into(),
        "paginationToken=x".into(),
    ] {
        let answer = owner.get(&format!("{BINDINGS}?{query}"));
        tally.admin(&query, &answer, 400, "INVALID_ARGUMENT");
    }
    let page = owner.get(&format!("{BINDINGS}?limit=2&resource_type=organization")).json();
    let token = page["pagination"]["next"].as_str().unwrap().to_owned();
    let next = format!("limit=2&resource_type=organization&paginationToken={token}");
    tally.equal("the next page", &count(owner, &next), &1);
    for query in ["limit=2", "limit=1&resource_type=organization", "limit=2&resource_type=project"] {
        let answer = owner.get(&format!("{BINDINGS}?{query}&paginationToken={token}"));
        tally.admin(query, &answer, 400, "INVALID_ARGUMENT");
    }
    for binding in listed(owner, "resource_type=organization") {
        tally.status("a member sees it", &member.get(&path(&binding)), 200);
        tally.admin("of a project does not", &project_member.get(&path(&binding)), 404, "NOT_FOUND");
    }
    tally.status("the project goes", &owner.delete(&format!("/admin/projects/{other}")), 202);
    tally.equal("and its bindings", &count(owner, &format!("resource_type=project&resource_id={other}")), &0);
    tally.end();
}

#[test]
fn a_repeated_create_makes_one_binding() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let body = json!({"principal_type": "api_key", "principal_id": key.id, "resource_type": "project",
        "resource_id": owner.project, "role": "DataPlaneViewer"});
    let create = || owner.send(&owner.call("POST", BINDINGS).header("Idempotency-Key", "k").json(&body));
    let (first, second) = (create(), create());
    assert_eq!((first.status, second.status), (200, 200), "{second:?}");
    assert_eq!(first.json(), second.json());
    assert_eq!(owner.delete(&path(&first.json())).status, 202);
    assert_eq!(create().admin_code().as_deref(), Some("NOT_FOUND"), "it was made, and is gone");
}

/// Published clients take the six roles for all there are, and fail on any other name.
#[test]
fn a_published_client_never_sees_a_role_it_does_not_know() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("catalog.toml");
    let reader =
        "\n[[role]]\nname = \"Reader\"\nscopes = [{ action = \"read\", resource_filter = \"GRAPHQL\" }]\n";
    std::fs::write(&file, format!("{}{reader}", domain::Catalog::DEFAULT)).unwrap();
    let stage = Stage::on(Site::sqlite().flag("--catalog", file.to_str().unwrap()));
    let owner = &stage.owner;
    let key = owner.key_with(json!({"roles": ["Reader", "DataPlaneViewer"]}));
    let mut tally = Tally::default();
    let published =
        |path: &str| owner.send(&owner.call("GET", path).header("X-Pinecone-Api-Version", "2026-07"));
    tally.equal("here", &owner.get(&key.path()).json()["roles"], &json!(["DataPlaneViewer", "Reader"]));
    tally.equal("there", &published(&key.path()).json()["roles"], &json!(["DataPlaneViewer"]));
    tally.equal(
        "in lists",
        &published(&owner.keys()).json()["data"][0]["roles"],
        &json!(["DataPlaneViewer"]),
    );
    let bound = bind(owner, "api_key", &owner.key().id, Some(&owner.project), "Reader");
    tally.status("a role of the catalog can be bound", &bound, 200);
    tally.equal("and listed", &listed(owner, "role=Reader").len(), &2);
    tally.end();
}
