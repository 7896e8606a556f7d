//! Service accounts.

use super::{NOTHING, location, value_at, value_of};
use crate::console::browser::Browser;
use crate::harness::{Answer, Request, Stage, Tally};

/// Whether the secret buys a token.
fn buys(stage: &Stage, page: &Answer, secret: &str) -> bool {
    let id = value_at(page, "client_id");
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = Request::new("POST", "/oauth/token");
    let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body);
    request.send(stage.server.public).status == 200
}

/// The account of this name, as its page is addressed.
fn account(stage: &Stage, name: &str) -> String {
    let all = stage.owner.get("/admin/service-accounts").json();
    let found = all["data"].as_array().unwrap().iter().find(|account| account["name"] == name);
    format!("/service-accounts/{}", found.unwrap()["id"].as_str().unwrap())
}

fn made(owner: &mut Browser, name: &str, role: &str) -> Answer {
    let form_id = value_of(&owner.get("/service-accounts/new"), "form_id");
    owner.post("/service-accounts/new", &[("form_id", form_id.as_str()), ("name", name), ("role", role)])
}

#[test]
fn the_secret_of_a_new_account_is_shown_once_and_a_form_sent_twice_makes_one_account() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let form_id = value_of(&owner.get("/service-accounts/new"), "form_id");
    let fields = [("form_id", form_id.as_str()), ("name", "deploy"), ("role", "OrgMember")];
    let page = owner.post("/service-accounts/new", &fields);
    tally.status("made", &page, 200);
    tally.equal("kept by nobody", &page.header("cache-control"), &Some("no-store"));
    tally.equal("not compressed", &page.header("content-encoding"), &None);
    let secret = value_at(&page, "secret");
    tally.that(buys(&stage, &page, &secret), "it works", &page);
    let again = owner.post("/service-accounts/new", &fields);
    tally.status("sent twice", &again, 200);
    tally.shows("sent twice", &again, &secret, false);
    tally.shows("sent twice", &again, "was created already", true);
    let path = account(&stage, "deploy");
    for page in ["/service-accounts", &path, "/audit"] {
        tally.shows(page, &owner.get(page), &secret, false);
    }
    let all = stage.owner.get("/admin/service-accounts").json();
    tally.equal("one account", &all["data"].as_array().unwrap().len(), &2);
    let saved = format!("{path}/saved");
    tally.sees("not ticked", &owner.post(&saved, &NOTHING), &path);
    let done = owner.post(&saved, &[("saved", "yes")]);
    tally.sees("saved", &done, &format!("{path}?done=saved"));
    tally.that(done.header("set-cookie").unwrap_or_default().contains("HttpOnly"), "a cookie changes", &done);
    tally.end();
}

#[test]
fn what_no_account_can_be_made_of_comes_back_with_what_was_typed() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let nameless = made(&mut owner, " ", "OrgManager");
    tally.again("no name", &nameless, "Name ");
    tally.shows("the choice is kept", &nameless, "value=\"OrgManager\" selected", true);
    let unknown = made(&mut owner, "robot", "Wizard");
    tally.again("no such role", &unknown, "must be one of");
    tally.equal("the name is kept", &value_of(&unknown, "name"), &"robot".to_owned());
    tally.again(
        "a role of projects",
        &made(&mut owner, "robot", "ProjectOwner"),
        "no role in a organization",
    );
    tally.end();
}

#[test]
fn another_secret_is_made_after_a_question_and_the_one_before_is_dead() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let first = made(&mut owner, "deploy", "");
    let before = value_at(&first, "secret");
    let path = format!("{}/rotate-secret", account(&stage, "deploy"));
    let version = value_of(&owner.get(&path), "version");
    let page = owner.post(&path, &[("version", version.as_str())]);
    tally.status("made", &page, 200);
    let after = value_at(&page, "secret");
    let works = (buys(&stage, &page, &before), buys(&stage, &page, &after));
    tally.equal("which one works", &works, &(false, true));
    let late = owner.post(&path, &[("version", version.as_str())]);
    tally.again("of what was seen before", &late, "Somebody else changed this");
    tally.that(buys(&stage, &page, &after), "it still works", &late);
    tally.end();
}

#[test]
fn an_account_is_renamed_has_its_roles_changed_and_is_deleted_by_its_name() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let secret = value_at(&made(&mut owner, "deploy", "OrgMember"), "secret");
    let path = account(&stage, "deploy");
    let version = value_of(&owner.get(&path), "version");
    let renamed = owner.post(&path, &[("name", "release"), ("version", version.as_str())]);
    tally.sees("rename", &renamed, &format!("{path}?done=renamed"));
    let roles = format!("{path}/roles");
    let project = stage.owner.project.as_str();
    let give = |browser: &mut Browser, role: &str, project: &str| {
        browser.post(&roles, &[("role", role), ("project", project)])
    };
    tally.again("in which project?", &give(&mut owner, "ProjectEditor", ""), "hoose the project");
    tally.again("no role", &give(&mut owner, "", ""), "must be one of");
    let given = give(&mut owner, "ProjectEditor", project);
    tally.sees("give", &given, &format!("{path}?done=given"));
    tally.again("twice", &give(&mut owner, "ProjectEditor", project), "already");
    let page = owner.get(&path).text();
    let takes: Vec<&str> = page.split("action=\"").filter_map(|rest| rest.split('"').next()).collect();
    let takes: Vec<&&str> = takes.iter().filter(|path| path.ends_with("/take")).collect();
    tally.equal("both can be taken", &takes.len(), &2);
    for take in takes {
        tally.sees("take", &owner.post(take, &NOTHING), &format!("{path}?done=taken"));
    }
    tally.shows("none is left", &owner.get(&path), "None: nothing is allowed.", true);
    let delete = format!("{path}/delete");
    let version = value_of(&owner.get(&delete), "version");
    for typed in ["", "deploy", "Release"] {
        let kept = owner.post(&delete, &[("version", version.as_str()), ("confirm", typed)]);
        tally.again("another name", &kept, "not the name");
    }
    let gone = owner.post(&delete, &[("version", version.as_str()), ("confirm", "release")]);
    tally.sees("delete", &gone, "/service-accounts?done=deleted");
    tally.status("its page", &owner.get(&path), 404);
    tally.that(!secret.is_empty() && !location(&gone).contains(&secret), "no secret in an address", &gone);
    tally.end();
}

#[test]
fn a_role_is_taken_from_whom_the_address_names_or_from_nobody() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    made(&mut owner, "one", "OrgMember");
    made(&mut owner, "two", "OrgMember");
    let (one, two) = (account(&stage, "one"), account(&stage, "two"));
    let page = owner.get(&one).text();
    let take = page.split("action=\"").filter_map(|rest| rest.split('"').next());
    let take = take.filter(|path| path.ends_with("/take")).collect::<Vec<_>>().remove(0).to_owned();
    tally.status("by another's address", &owner.post(&take.replace(&one, &two), &NOTHING), 404);
    let as_member = take.replace("/service-accounts/", "/members/");
    tally.status("as a person's", &owner.post(&as_member, &NOTHING), 404);
    tally.sees("by its own", &owner.post(&take, &NOTHING), &format!("{one}?done=taken"));
    tally.end();
}
