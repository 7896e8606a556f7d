//! People who are members.

use super::{NOTHING, value_of};
use crate::console::browser::Browser;
use crate::harness::{Stage, Tally};

fn member(stage: &Stage, email: &str) -> String {
    let all = stage.owner.get(&format!("/admin/users?email={email}")).json();
    format!("/members/{}", all["data"][0]["id"].as_str().unwrap())
}

#[test]
fn a_member_is_given_roles_and_loses_all_but_the_last_one_by_buttons() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    Browser::of_member(&stage.owner, "bob@example.com", "OrgMember");
    let path = member(&stage, "bob@example.com");
    let takes = |browser: &mut Browser| -> Vec<String> {
        let text = browser.get(&path).text();
        let forms = text.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
        forms.filter(|path| path.ends_with("/take")).map(str::to_owned).collect()
    };
    tally.equal("the last one stays", &takes(&mut owner).len(), &0);
    let given = owner.post(&format!("{path}/roles"), &[("role", "OrgManager"), ("project", "")]);
    tally.sees("give", &given, &format!("{path}?done=given"));
    tally.shows("both are shown", &owner.get("/members"), "OrgManager", true);
    let both = takes(&mut owner);
    tally.equal("one can be taken", &both.len(), &2);
    tally.sees("take", &owner.post(&both[0], &NOTHING), &format!("{path}?done=taken"));
    tally.equal("the other stays", &takes(&mut owner).len(), &0);
    tally.sees("unless it is meant", &owner.post(&both[1], &NOTHING), "/members?done=removed");
    tally.status("nobody without a role is a member", &owner.get(&path), 404);
    tally.end();
}

#[test]
fn a_member_is_removed_after_a_question_and_is_signed_out() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let bob = Browser::of_member(&stage.owner, "bob@example.com", "OrgOwner");
    let path = format!("{}/remove", member(&stage, "bob@example.com"));
    let version = value_of(&owner.get(&path), "version");
    tally.again("of what was not seen", &owner.post(&path, &[("version", "1")]), "Somebody else");
    tally.that(bob.is_signed_in(), "still there", &"signed out");
    let gone = owner.post(&path, &[("version", version.as_str())]);
    tally.sees("removed", &gone, "/members?done=removed");
    tally.that(!bob.is_signed_in(), "signed out", &"signed in");
    tally.status("the page", &owner.get(&path), 404);
    tally.end();
}

#[test]
fn the_last_owner_stays() {
    let stage = Stage::sqlite();
    // Until here the first service account is an owner, too.
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let accounts = stage.owner.get("/admin/service-accounts").json();
    let account = format!("/service-accounts/{}", accounts["data"][0]["id"].as_str().unwrap());
    let own = member(&stage, "ada@example.com");
    let text = owner.get(&account).text();
    let take = text.split("action=\"").filter_map(|rest| rest.split('"').next());
    let take = take.filter(|path| path.ends_with("/take")).collect::<Vec<_>>().remove(0).to_owned();
    tally.sees("the account's role", &owner.post(&take, &NOTHING), &format!("{account}?done=taken"));
    let path = format!("{own}/remove");
    let page = owner.get(&path);
    tally.shows("who it is", &page, "This is you.", true);
    let version = value_of(&page, "version");
    tally.again("removed", &owner.post(&path, &[("version", version.as_str())]), "must keep an OrgOwner");
    tally.that(owner.is_signed_in(), "still there", &"signed out");
    tally.end();
}
