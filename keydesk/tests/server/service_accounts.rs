//! Service accounts: made within the maker's own rights, and dead the moment they are told to be.

use crate::harness::{Answer, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

const ACCOUNTS: &str = "/admin/service-accounts";

fn create(caller: &Tenant, body: &Value) -> Answer {
    caller.post(ACCOUNTS, body.to_string())
}

fn of_organization(role: &str) -> Value {
    json!([{"resource_type": "organization", "role": role}])
}

fn of_project(project: &str, role: &str) -> Value {
    json!([{"resource_type": "project", "resource_id": project, "role": role}])
}

both!(an_account_is_made_shown_renamed_and_removed);
fn an_account_is_made_shown_renamed_and_removed(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let made = create(owner, &json!({"name": "ci ✓"}));
    tally.status("create", &made, 201);
    let account = made.json()["service_account"].clone();
    let path = format!("{ACCOUNTS}/{}", account["id"].as_str().unwrap());
    let fields: Vec<&str> = account.as_object().unwrap().keys().map(String::as_str).collect();
    tally.equal("fields", &fields, &vec!["client_id", "created_at", "id", "name", "updated_at"]);
    tally.that(made.json()["client_secret"].as_str().is_some(), "a secret", &made);
    tally.equal("show", &owner.get(&path).json(), &account);
    tally.that(!owner.get(&path).text().contains("secret"), "no secret afterwards", &"");

    let renamed = owner.patch(&path, &json!({"name": "other"})).json();
    tally.equal("renamed", &renamed["name"], &json!("other"));
    let touched = owner.patch(&path, &json!({})).json();
    tally.equal("still", &touched["name"], &json!("other"));
    tally.that(touched["updated_at"].as_str() > renamed["updated_at"].as_str(), "updated_at", &touched);
    tally.equal("created_at", &touched["created_at"], &account["created_at"]);

    tally.status("delete", &owner.delete(&path), 202);
    let absent = "01a1fd74-d772-79df-9763-35a5869daa68";
    for method in ["GET", "PATCH", "DELETE"] {
        let gone = owner.send(&owner.call(method, &path).body("{}"));
        tally.admin(method, &gone, 404, "NOT_FOUND");
        let never = owner.send(&owner.call(method, &format!("{ACCOUNTS}/{absent}")).body("{}"));
        let id = account["id"].as_str().unwrap();
        tally.equal(method, &gone.text().replace(id, absent), &never.text());
        tally.that(never.text().contains(&format!("Service Account {absent} not found")), method, &never);
    }
    let listed = owner.get(ACCOUNTS).json();
    tally.equal("the first owner is left", &listed["data"].as_array().unwrap().len(), &1);
    tally.equal("one page", &listed["pagination"], &Value::Null);
    tally.end();
}

both!(a_new_secret_ends_the_old_one_and_all_its_tokens_at_once);
fn a_new_secret_ends_the_old_one_and_all_its_tokens_at_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let account = owner.member("OrgManager");
    let path = account.own_path(owner);
    let mut tally = Tally::default();
    tally.status("before", &account.get("/admin/projects"), 200);

    // As published clients send it: a JSON label and no body.
    let call =
        owner.call("POST", &format!("{path}/rotate-secret")).header("Content-Type", "application/json");
    let rotated = owner.send(&call.header("Content-Length", "0"));
    tally.status("rotate", &rotated, 200);
    let rotated = rotated.json();
    tally.equal("the same client", &rotated["service_account"]["client_id"], &json!(account.client_id));

    tally.admin("its token", &account.get("/admin/projects"), 401, "UNAUTHENTICATED");
    tally.status("its old secret", &account.buy(), 401);
    let secret = rotated["client_secret"].as_str().unwrap().to_owned();
    tally.that(secret != account.client_secret, "another secret", &"");
    let renewed = Tenant { client_secret: secret, ..account };
    let bought = renewed.buy();
    tally.status("its new secret", &bought, 200);
    let token = bought.json()["access_token"].as_str().unwrap_or_default().to_owned();
    let renewed = Tenant { token, ..renewed };
    tally.status("a token of the new secret", &renewed.get("/admin/projects"), 200);
    tally.status("everybody else", &owner.get("/admin/projects"), 200);

    tally.status("delete", &owner.delete(&path), 202);
    tally.admin("the token of a removed one", &renewed.get("/admin/projects"), 401, "UNAUTHENTICATED");
    tally.status("the secret of a removed one", &renewed.buy(), 401);
    tally.end();
}

both!(nobody_makes_or_takes_over_an_account_beyond_their_own_rights);
fn nobody_makes_or_takes_over_an_account_beyond_their_own_rights(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let manager = owner.member("OrgManager");
    let project_owner = owner.member_of(&owner.project, "ProjectOwner");
    let member = owner.member("OrgMember");
    let nobody = owner.account(&json!([]));
    let before = owner.get(ACCOUNTS).text();
    let mut tally = Tally::default();
    let owners = of_organization("OrgOwner");
    let beyond = create(&manager, &json!({"name": "x", "role_bindings": owners}));
    tally.admin("a manager makes an owner", &beyond, 403, "FORBIDDEN");
    for caller in [&project_owner, &member, &nobody] {
        for roles in [json!([]), of_project(&owner.project, "ProjectMember")] {
            let made = create(caller, &json!({"name": "x", "role_bindings": roles}));
            tally.admin(format_args!("{roles}"), &made, 403, "FORBIDDEN");
        }
    }
    let first = owner.own_path(owner);
    for (case, call) in [
        ("rename", manager.call("PATCH", &first).body("{}")),
        ("rotate", manager.call("POST", &format!("{first}/rotate-secret"))),
        ("delete", manager.call("DELETE", &first)),
    ] {
        tally.admin(format_args!("a manager and an owner: {case}"), &manager.send(&call), 403, "FORBIDDEN");
    }
    for (case, caller) in [("member", &member), ("project owner", &project_owner)] {
        let own = caller.own_path(owner);
        tally.status(format_args!("{case} sees it"), &caller.get(&own), 200);
        let rotated = caller.post(&format!("{own}/rotate-secret"), "");
        tally.admin(format_args!("{case} rotates it"), &rotated, 403, "FORBIDDEN");
    }
    tally.admin("without a role, the list", &nobody.get(ACCOUNTS), 403, "FORBIDDEN");
    tally.admin("without a role, one", &nobody.get(&first), 404, "NOT_FOUND");
    tally.equal("nothing was changed", &owner.get(ACCOUNTS).text(), &before);

    let made = create(&manager, &json!({"name": "x", "role_bindings": of_organization("OrgManager")}));
    tally.status("a manager makes a manager", &made, 201);
    let path = format!("{ACCOUNTS}/{}", made.json()["service_account"]["id"].as_str().unwrap());
    tally.status("and removes it", &manager.delete(&path), 202);
    tally.end();
}

/// The operator's credential reaches every organization; an owner of one of them must not come by it.
#[test]
fn the_secret_of_the_operator_is_replaced_by_the_operator_only() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let second = owner.member("OrgOwner");
    let rotate = format!("{}/rotate-secret", owner.own_path(owner));
    let mut tally = Tally::default();
    tally.admin("another owner", &second.post(&rotate, ""), 403, "FORBIDDEN");
    tally.status("the operator's token lives", &owner.get("/admin/projects"), 200);
    tally.status("the operator", &owner.post(&rotate, ""), 200);
    let plain = stage.stranger();
    let rotate = format!("{}/rotate-secret", plain.own_path(&plain));
    tally.status("an account of another organization", &plain.member("OrgOwner").post(&rotate, ""), 200);
    tally.end();
}

both!(of_two_owners_that_remove_each_other_one_stays);
fn of_two_owners_that_remove_each_other_one_stays(site: Site) {
    let stage = Stage::on(site);
    let first = &stage.owner;
    for _ in 0..4 {
        let second = first.member("OrgOwner");
        let third = first.member("OrgOwner");
        let alone = [&second, &third].map(|owner| owner.own_path(first));
        // Two that are left alone with each other; the first is put aside for it.
        let taken = first.get("/admin/role-bindings?role=OrgOwner").json();
        let ids: Vec<&str> =
            taken["data"].as_array().unwrap().iter().filter_map(|b| b["id"].as_str()).collect();
        assert_eq!(second.delete(&format!("/admin/role-bindings/{}", ids[0])).status, 202);
        let statuses = std::thread::scope(|scope| {
            let one = scope.spawn(|| second.delete(&alone[1]).status);
            let other = scope.spawn(|| third.delete(&alone[0]).status);
            [one.join().unwrap(), other.join().unwrap()]
        });
        assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
        let left = if statuses[0] == 202 { &second } else { &third };
        let kept = left.get("/admin/role-bindings?role=OrgOwner").json();
        assert_eq!(kept["data"].as_array().unwrap().len(), 1, "{statuses:?}");
        // Back to the first, for another round.
        let id = first.own_path(left).rsplit('/').next().unwrap().to_owned();
        let body = json!({"principal_type": "service_account", "principal_id": id,
            "resource_type": "organization", "role": "OrgOwner"});
        assert_eq!(left.post("/admin/role-bindings", body.to_string()).status, 200);
        assert_eq!(first.delete(&left.own_path(first)).status, 202);
    }
}

both!(the_last_owner_stays);
fn the_last_owner_stays(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let first = owner.own_path(owner);
    let mut tally = Tally::default();
    tally.admin("alone", &owner.delete(&first), 409, "FAILED_PRECONDITION");
    tally.status("it still works", &owner.get("/admin/projects"), 200);
    let second = owner.member("OrgOwner");
    tally.status("one of two", &second.delete(&first), 202);
    tally.admin("it is gone", &owner.get("/admin/projects"), 401, "UNAUTHENTICATED");
    let left = second.own_path(&second);
    tally.admin("the other", &second.delete(&left), 409, "FAILED_PRECONDITION");
    tally.end();
}

#[test]
fn the_plan_must_include_service_accounts() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    for plan in ["Free", "Standard"] {
        let tenant = stage.site.organization(&stage.server, &["--name", "small", "--plan", plan]);
        let refused = create(&tenant, &json!({"name": "x"}));
        tally.admin(plan, &refused, 403, "FORBIDDEN");
        tally.that(refused.text().contains(plan), "names the plan", &refused);
        // A leaked secret can be replaced on every plan.
        let rotated = tenant.post(&format!("{}/rotate-secret", tenant.own_path(&tenant)), "");
        tally.status(plan, &rotated, 200);
    }
    let tenant = stage.site.organization(&stage.server, &["--name", "large", "--plan", "Dedicated"]);
    tally.status("Dedicated", &create(&tenant, &json!({"name": "x"})), 201);
    tally.end();
}

#[test]
fn what_makes_no_sense_makes_no_account() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let stranger = stage.stranger();
    let before = owner.get(ACCOUNTS).text();
    let mut tally = Tally::default();
    let twice = json!([
        {"resource_type": "organization", "role": "OrgMember"},
        {"resource_type": "organization", "resource_id": owner.organization, "role": "OrgMember"},
    ]);
    let many: Vec<Value> = (0..129).map(|_| of_organization("OrgMember")[0].clone()).collect();
    for body in [
        json!({}),
        json!({"name": null}),
        json!({"name": ""}),
        json!({"name": "  "}),
        json!({"name": "a\u{0}b"}),
        json!({"name": "x".repeat(81)}),
        json!({"name": "é".repeat(41)}),
        json!({"name": "x", "client_id": "mine"}),
        json!({"name": "x", "role_bindings": {}}),
        json!({"name": "x", "role_bindings": ["OrgMember"]}),
        json!({"name": "x", "role_bindings": [{"role": "OrgMember"}]}),
        json!({"name": "x", "role_bindings": [{"resource_type": "organization"}]}),
        json!({"name": "x", "role_bindings": [{"resource_type": "galaxy", "role": "OrgMember"}]}),
        json!({"name": "x", "role_bindings": [{"resource_type": "project", "role": "ProjectMember"}]}),
        json!({"name": "x", "role_bindings": of_organization("ProjectMember")}),
        json!({"name": "x", "role_bindings": of_organization("orgmember")}),
        json!({"name": "x", "role_bindings": of_organization("")}),
        json!({"name": "x", "role_bindings": of_project(&owner.project, "OrgMember")}),
        json!({"name": "x", "role_bindings": [{"resource_type": "organization", "role": "OrgMember", "rolle": 1}]}),
        json!({"name": "x", "role_bindings": twice}),
        json!({"name": "x", "role_bindings": many}),
    ] {
        tally.admin(&body, &create(owner, &body), 400, "INVALID_ARGUMENT");
    }
    for project in [&stranger.project, "01a1fd74-d772-79df-9763-35a5869daa68", "x"] {
        let body = json!({"name": "x", "role_bindings": of_project(project, "ProjectMember")});
        tally.admin(&body, &create(owner, &body), 404, "NOT_FOUND");
    }
    let elsewhere =
        json!([{"resource_type": "organization", "resource_id": stranger.organization, "role": "OrgMember"}]);
    let body = json!({"name": "x", "role_bindings": elsewhere});
    tally.admin(&body, &create(owner, &body), 404, "NOT_FOUND");
    tally.equal("nothing was made", &owner.get(ACCOUNTS).text(), &before);
    for name in ["é".repeat(40), "x".repeat(80)] {
        tally.status(&name, &create(owner, &json!({"name": name})), 201);
    }
    let path = owner.own_path(owner);
    for body in [json!({"name": ""}), json!({"name": "é".repeat(41)}), json!({"secret": "x"}), json!([])] {
        tally.admin(&body, &owner.patch(&path, &body), 400, "INVALID_ARGUMENT");
    }
    tally.end();
}

#[test]
fn a_repeated_create_makes_one_account_and_shows_its_secret_once() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let body = json!({"name": "once", "role_bindings": of_organization("OrgMember")});
    let create = || owner.send(&owner.call("POST", ACCOUNTS).header("Idempotency-Key", "k").json(&body));
    let (first, second) = (create(), create());
    let mut tally = Tally::default();
    tally.equal("status", &(first.status, second.status), &(201, 201));
    tally.equal("the same", &second.json()["service_account"], &first.json()["service_account"]);
    tally.that(first.json()["client_secret"].is_string(), "the first has the secret", &"");
    tally.equal("the second has none", &second.json().get("client_secret"), &Some(&Value::Null));
    tally.equal("two accounts", &owner.get(ACCOUNTS).json()["data"].as_array().unwrap().len(), &2);
    tally.end();
}

both!(a_page_token_is_good_for_its_own_list_only);
fn a_page_token_is_good_for_its_own_list_only(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    for number in 0..6 {
        assert_eq!(create(owner, &json!({"name": number.to_string()})).status, 201);
    }
    let mut tally = Tally::default();
    let whole = owner.get(ACCOUNTS).json()["data"].clone();
    for limit in [1, 2, 3, 7, 100] {
        let (mut found, mut next) = (Vec::new(), String::new());
        loop {
            let page = owner.get(&format!("{ACCOUNTS}?limit={limit}{next}")).json();
            found.extend(page["data"].as_array().unwrap().clone());
            let Some(token) = page["pagination"]["next"].as_str() else { break };
            next = format!("&paginationToken={token}");
        }
        tally.equal(format_args!("limit {limit}"), &Value::from(found), &whole);
    }
    let page = owner.get(&format!("{ACCOUNTS}?limit=2")).json();
    let token = page["pagination"]["next"].as_str().unwrap().to_owned();
    for query in [
        format!("paginationToken={token}"),
        format!("limit=3&paginationToken={token}"),
        format!("limit=2&paginationToken={token}0"),
        "paginationToken=".into(),
        "paginationToken=x".into(),
        "limit=2&paginationToken=1.2.3".into(),
    ] {
        let answer = owner.get(&format!("{ACCOUNTS}?{query}"));
        tally.admin(&query, &answer, 400, "INVALID_ARGUMENT");
    }
    for limit in ["0", "101", "-1", "x", ""] {
        tally.admin(limit, &owner.get(&format!("{ACCOUNTS}?limit={limit}")), 400, "OUT_OF_RANGE");
    }
    tally.admin("unknown", &owner.get(&format!("{ACCOUNTS}?name=x")), 400, "INVALID_ARGUMENT");
    tally.end();
}
