//! Invites and users over HTTP. How an invite becomes a user is held at the store (`control/tests/store`).

use crate::harness::{Answer, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

const INVITES: &str = "/admin/invites";

fn invite(caller: &Tenant, email: &str, roles: &Value) -> Answer {
    caller.post(INVITES, json!({"email": email, "role_bindings": roles}).to_string())
}

fn of_organization(role: &str) -> Value {
    json!([{"resource_type": "organization", "role": role}])
}

fn path(invite: &Answer) -> String {
    format!("{INVITES}/{}", invite.json()["id"].as_str().unwrap_or_else(|| panic!("{invite:?}")))
}

both!(an_invite_shows_its_link_once);
fn an_invite_shows_its_link_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let roles = json!([
        {"resource_type": "organization", "role": "OrgMember"},
        {"resource_type": "project", "resource_id": owner.project, "role": "ProjectViewer"},
    ]);
    let made = invite(owner, "Ada.Lovelace@Example.com", &roles);
    tally.status("create", &made, 200);
    let body = made.json();
    tally.equal("as written", &body["email"], &json!("Ada.Lovelace@Example.com"));
    tally.equal("status", &(&body["status"], &body["processed_at"]), &(&json!("pending"), &Value::Null));
    let url = body["accept_url"].as_str().unwrap_or_default().to_owned();
    tally.that(url.starts_with(&format!("http://{}/invite#", owner.public)), "a link", &url);

    let shown = owner.get(&path(&made)).json();
    tally.that(shown.get("accept_url").is_none(), "shown once", &shown);
    let mut rest = body.clone();
    rest.as_object_mut().unwrap().remove("accept_url");
    tally.equal("the rest", &shown, &rest);
    tally.equal("listed", &owner.get(INVITES).json()["data"], &json!([rest]));
    let bound =
        format!("/admin/role-bindings?principal_type=invite&principal_id={}", body["id"].as_str().unwrap());
    tally.equal("its roles", &owner.get(&bound).json()["data"].as_array().unwrap().len(), &2);

    let again = invite(owner, "ada.lovelace@example.COM", &roles);
    tally.admin("the same address", &again, 409, "ALREADY_EXISTS");

    let call =
        owner.call("POST", &format!("{}/resend", path(&made))).header("Content-Type", "application/json");
    let resent = owner.send(&call.header("Content-Length", "0"));
    tally.status("resend", &resent, 200);
    let renewed = resent.json();
    tally.that(
        renewed["accept_url"].is_string() && renewed["accept_url"] != json!(url),
        "another link",
        &renewed,
    );
    tally.that(renewed["expires_at"].as_str() > body["expires_at"].as_str(), "later", &renewed);

    tally.status("withdraw", &owner.delete(&path(&made)), 202);
    tally.admin("again", &owner.delete(&path(&made)), 404, "NOT_FOUND");
    tally.admin("shown", &owner.get(&path(&made)), 404, "NOT_FOUND");
    tally.equal("its roles", &owner.get(&bound).json()["data"].as_array().unwrap().len(), &0);
    tally.status("the address is free", &invite(owner, "ada.lovelace@example.com", &roles), 200);
    tally.end();
}

both!(the_log_and_the_changes_hold_no_address_and_no_code);
fn the_log_and_the_changes_hold_no_address_and_no_code(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let made = invite(owner, "ada@example.com", &of_organization("OrgMember"));
    let url = made.json()["accept_url"].as_str().unwrap().to_owned();
    owner.get("/admin/users?email=ada%40example.com");
    owner.get("/admin/users?email=ada%40");
    owner.post(&format!("{}/resend", path(&made)), "");
    owner.delete(&path(&made));
    let changes = owner.get("/admin/changes").json();
    let mut tally = Tally::default();
    let code = url.split('#').nth(1).unwrap();
    for text in [changes.to_string(), stage.server.log()] {
        tally.that(!text.contains("ada@") && !text.contains("ada%40"), "no address", &text);
        tally.that(!text.contains(code), "no code", &text);
    }
    let actions: Vec<(&str, &str)> = changes["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["action"].as_str().unwrap(), change["actor"].as_str().unwrap()))
        .filter(|(action, _)| action.starts_with("invite."))
        .collect();
    let id = owner.own_path(owner).rsplit('/').next().unwrap().to_owned();
    let actor = format!("sa:{id}");
    let all = ["invite.created", "invite.resent", "invite.deleted"].map(|action| (action, actor.as_str()));
    tally.equal("who did what", &actions, &all.to_vec());
    tally.end();
}

both!(an_invite_is_sent_ten_times_an_hour_and_no_more);
fn an_invite_is_sent_ten_times_an_hour_and_no_more(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let made = invite(owner, "ada@example.com", &of_organization("OrgMember"));
    let resend = || owner.post(&format!("{}/resend", path(&made)), "");
    let mut tally = Tally::default();
    for number in 1..10 {
        tally.status(number, &resend(), 200);
    }
    let shown = owner.get(&path(&made)).json();
    let refused = resend();
    tally.admin("the eleventh", &refused, 429, "RESOURCE_EXHAUSTED");
    let wait: i64 = refused.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or_default();
    tally.that((1..=3601).contains(&wait), "Retry-After", &refused);
    tally.equal("nothing was changed", &owner.get(&path(&made)).json(), &shown);
    tally.end();
}

both!(what_makes_no_sense_invites_nobody);
fn what_makes_no_sense_invites_nobody(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let stranger = stage.stranger();
    let mut tally = Tally::default();
    let project =
        json!([{"resource_type": "project", "resource_id": owner.project, "role": "ProjectViewer"}]);
    let member = of_organization("OrgMember");
    for body in [
        json!({}),
        json!({"email": "ada@example.com"}),
        json!({"email": "ada@example.com", "role_bindings": []}),
        json!({"email": "ada@example.com", "role_bindings": null}),
        json!({"email": "ada@example.com", "role_bindings": project}),
        json!({"email": "ada@example.com", "role_bindings": of_organization("OrgEmperor")}),
        json!({"email": "ada@example.com", "role_bindings": [member[0], member[0]]}),
        json!({"email": "ada@example.com", "role_bindings": member, "name": "Ada"}),
        json!({"email": null, "role_bindings": member}),
        json!({"email": "", "role_bindings": member}),
        json!({"email": "ada", "role_bindings": member}),
        json!({"email": "ada@example", "role_bindings": member}),
        json!({"email": "ada@example.com\r\nBcc: x@example.com", "role_bindings": member}),
        json!({"email": format!("{}@example.com", "a".repeat(300)), "role_bindings": member}),
    ] {
        tally.admin(&body, &owner.post(INVITES, body.to_string()), 400, "INVALID_ARGUMENT");
    }
    let foreign = json!([member[0], {"resource_type": "project", "resource_id": stranger.project, "role": "ProjectViewer"}]);
    tally.admin("a foreign project", &invite(owner, "a@example.com", &foreign), 404, "NOT_FOUND");
    let beyond = invite(&owner.member("OrgManager"), "a@example.com", &of_organization("OrgOwner"));
    tally.admin("a manager invites an owner", &beyond, 403, "FORBIDDEN");
    let refused = invite(&owner.member("OrgMember"), "a@example.com", &member);
    tally.admin("a member invites", &refused, 403, "FORBIDDEN");
    tally.equal("nobody was", &owner.get(INVITES).json()["data"], &json!([]));

    let owners = invite(owner, "boss@example.com", &of_organization("OrgOwner"));
    let manager = owner.member("OrgManager");
    let resent = manager.post(&format!("{}/resend", path(&owners)), "");
    tally.admin("a manager takes an owner's invite over", &resent, 403, "FORBIDDEN");
    tally.admin("or withdraws it", &manager.delete(&path(&owners)), 403, "FORBIDDEN");
    tally.end();
}

both!(an_invite_keeps_a_role_in_the_organization);
fn an_invite_keeps_a_role_in_the_organization(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let made = invite(owner, "ada@example.com", &of_organization("OrgMember"));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let list = format!("/admin/role-bindings?principal_type=invite&principal_id={id}");
    let only = owner.get(&list).json()["data"][0]["id"].as_str().unwrap().to_owned();
    let mut tally = Tally::default();
    let taken = owner.delete(&format!("/admin/role-bindings/{only}"));
    tally.admin("the last one", &taken, 409, "FAILED_PRECONDITION");
    let body = json!({"principal_type": "invite", "principal_id": id, "resource_type": "organization", "role": "OrgBillingAdmin"});
    tally.status("another one", &owner.post("/admin/role-bindings", body.to_string()), 200);
    tally.status("now it may go", &owner.delete(&format!("/admin/role-bindings/{only}")), 202);
    tally.end();
}

#[test]
fn a_full_plan_invites_nobody_more() {
    let stage = Stage::sqlite();
    let tenant = stage.site.organization(&stage.server, &["--name", "small", "--plan", "Free"]);
    let mut tally = Tally::default();
    let member = of_organization("OrgMember");
    let first = invite(&tenant, "a@example.com", &member);
    tally.status("one", &first, 200);
    tally.status("two", &invite(&tenant, "b@example.com", &member), 200);
    tally.admin("three", &invite(&tenant, "c@example.com", &member), 403, "QUOTA_EXCEEDED");
    tally.status("withdraw", &tenant.delete(&path(&first)), 202);
    tally.status("room again", &invite(&tenant, "c@example.com", &member), 200);
    let roles = json!([member[0], {"resource_type": "project", "resource_id": tenant.project, "role": "DataPlaneViewer"}]);
    let lacking = invite(&tenant, "d@example.com", &roles);
    tally.admin("a role that the plan lacks", &lacking, 403, "FORBIDDEN");
    tally.that(
        lacking.text().contains("Free") && lacking.text().contains("DataPlaneViewer"),
        "named",
        &lacking,
    );
    tally.end();
}

#[test]
fn a_repeated_invite_is_one_and_shows_its_link_once() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let body = json!({"email": "a@example.com", "role_bindings": of_organization("OrgMember")});
    let create = || owner.send(&owner.call("POST", INVITES).header("Idempotency-Key", "k").json(&body));
    let (first, second) = (create(), create());
    assert_eq!((first.status, second.status), (200, 200), "{second:?}");
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert!(second.json().get("accept_url").is_none());
}

#[test]
fn users_are_found_by_a_sound_address_only() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    tally.equal("nobody", &owner.get("/admin/users").json(), &json!({"data": [], "pagination": null}));
    tally.status("none of them", &owner.get("/admin/users?email=a%2Bb%40example.com"), 200);
    for email in ["", "x", "a+b@example.com", "a%40example", "%00@example.com"] {
        let answer = owner.get(&format!("/admin/users?email={email}"));
        tally.admin(email, &answer, 400, "INVALID_ARGUMENT");
    }
    for method in ["GET", "DELETE"] {
        for id in ["01a1fd74-d772-79df-9763-35a5869daa68", "x"] {
            let answer = owner.send(&owner.call(method, &format!("/admin/users/{id}")));
            tally.admin(format_args!("{method} {id}"), &answer, 404, "NOT_FOUND");
        }
    }
    tally.end();
}

both!(users_are_listed_found_shown_and_removed);
fn users_are_listed_found_shown_and_removed(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let ids: Vec<String> = ["Ada@Example.com", "bob@example.com", "eve@example.com"]
        .iter()
        .map(|email| stage.site.user(owner, email, "OrgMember"))
        .collect();
    let stranger = stage.stranger();
    stage.site.user(&stranger, "ada@example.com", "OrgOwner");
    let mut tally = Tally::default();
    let listed = |query: &str| -> Vec<String> {
        let page = owner.get(&format!("/admin/users{query}")).json();
        page["data"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    };
    tally.equal("all", &listed(""), &ids);
    tally.equal("one", &listed("?email=aDA%40example.COM"), &vec![ids[0].clone()]);
    tally.equal("none", &listed("?email=mallory%40example.com"), &Vec::new());
    let page = owner.get("/admin/users?limit=2").json();
    let token = page["pagination"]["next"].as_str().unwrap().to_owned();
    tally.equal("the rest", &listed(&format!("?limit=2&paginationToken={token}")), &vec![ids[2].clone()]);
    let other = owner.get(&format!("/admin/users?limit=2&email=ada%40example.com&paginationToken={token}"));
    tally.admin("another question", &other, 400, "INVALID_ARGUMENT");
    let shown = owner.get(&format!("/admin/users/{}", ids[0]));
    tally.equal("shown", &shown.json(), &json!({"id": ids[0], "email": "Ada@Example.com"}));
    tally.that(shown.header("etag").is_some(), "with an ETag", &shown);

    let member = invite(owner, "ADA@example.com", &of_organization("OrgMember"));
    tally.admin("a member is not invited", &member, 409, "ALREADY_EXISTS");
    let path = format!("/admin/users/{}", ids[0]);
    let stale = owner.send(&owner.call("DELETE", &path).header("If-Match", "\"1\""));
    tally.admin("another version", &stale, 412, "FAILED_PRECONDITION");
    tally.status("remove", &owner.delete(&path), 202);
    tally.admin("again", &owner.delete(&path), 404, "NOT_FOUND");
    let bound = owner.get(&format!("/admin/role-bindings?principal_type=user&principal_id={}", ids[0]));
    tally.equal("without roles", &bound.json()["data"], &json!([]));
    tally.status("invited again", &invite(owner, "ada@example.com", &of_organization("OrgMember")), 200);

    let boss = stage.site.user(owner, "boss@example.com", "OrgOwner");
    let refused = owner.member("OrgManager").delete(&format!("/admin/users/{boss}"));
    tally.admin("a manager removes an owner", &refused, 403, "FORBIDDEN");
    tally.status("an owner does", &owner.delete(&format!("/admin/users/{boss}")), 202);
    tally.end();
}
