//! Invitations: a link that is shown once.

use super::{NOTHING, value_at, value_of};
use crate::console::browser::{Browser, PASSWORD};
use crate::harness::{Answer, Stage, Tally};

fn invited(owner: &mut Browser, email: &str, role: &str) -> Answer {
    let form_id = value_of(&owner.get("/members/invite"), "form_id");
    owner.post("/members/invite", &[("form_id", form_id.as_str()), ("email", email), ("role", role)])
}

fn accepts(stage: &Stage, link: &str) -> Answer {
    let code = link.split('#').nth(1).unwrap();
    let fields = [("code", code), ("name", ""), ("password", PASSWORD)];
    Browser::new(stage.server.public).post("/invite", &fields)
}

fn invitation(stage: &Stage) -> String {
    let all = stage.owner.get("/admin/invites").json();
    format!("/members/invites/{}", all["data"][0]["id"].as_str().unwrap())
}

#[test]
fn an_invitation_is_a_link_that_is_shown_once_and_makes_a_member() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let form_id = value_of(&owner.get("/members/invite"), "form_id");
    let fields = [("form_id", form_id.as_str()), ("email", "grace@example.com"), ("role", "OrgMember")];
    let page = owner.post("/members/invite", &fields);
    tally.status("invited", &page, 200);
    tally.equal("kept by nobody", &page.header("cache-control"), &Some("no-store"));
    let link = value_at(&page, "secret");
    tally.that(link.starts_with("http://") && link.contains("/invite#"), "a link", &link);
    let again = owner.post("/members/invite", &fields);
    tally.shows("sent twice", &again, "/invite#", false);
    tally.shows("sent twice", &again, "was made already", true);
    let path = invitation(&stage);
    for page in ["/members", &path, "/audit"] {
        tally.shows(page, &owner.get(page), link.split('#').nth(1).unwrap(), false);
    }
    let on = owner.post(&format!("{path}/handed-over"), &NOTHING);
    tally.sees("handed over", &on, "/members?done=handed");
    tally.sees("accepted", &accepts(&stage, &link), "/");
    tally.status("a second time", &accepts(&stage, &link), 422);
    tally.shows("a member", &owner.get("/members"), "grace@example.com", true);
    tally.shows("whose invitation is over", &owner.get(&path), "Accepted", true);
    let version = [("version", "1")];
    tally.again("resent", &owner.post(&format!("{path}/resend"), &version), "Somebody else");
    tally.end();
}

#[test]
fn who_cannot_be_invited_comes_back_in_the_form() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let typed = invited(&mut owner, "grace", "OrgManager");
    tally.again("no address", &typed, "Email ");
    tally.equal("what was typed is kept", &value_of(&typed, "email"), &"grace".to_owned());
    tally.shows("the choice is kept", &typed, "value=\"OrgManager\" selected", true);
    tally.again("without a role", &invited(&mut owner, "grace@example.com", ""), "must have a role");
    tally.again("a member", &invited(&mut owner, "ada@example.com", "OrgMember"), "belongs to a member");
    tally.status("invited", &invited(&mut owner, "grace@example.com", "OrgMember"), 200);
    tally.again("twice", &invited(&mut owner, "grace@example.com", "OrgMember"), "invited already");
    tally.end();
}

#[test]
fn a_new_link_voids_the_one_before_and_a_withdrawn_invitation_opens_nothing() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let first = value_at(&invited(&mut owner, "grace@example.com", "OrgMember"), "secret");
    let path = invitation(&stage);
    let version = value_of(&owner.get(&path), "version");
    let resent = owner.post(&format!("{path}/resend"), &[("version", version.as_str())]);
    let second = value_at(&resent, "secret");
    tally.status("the first link", &accepts(&stage, &first), 422);
    let roles = format!("{path}/roles");
    let given = owner.post(&roles, &[("role", "OrgManager"), ("project", "")]);
    tally.sees("another role", &given, &format!("{path}?done=given"));
    let withdraw = format!("{path}/withdraw");
    let asked = owner.get(&withdraw);
    tally.status("it is asked first", &asked, 200);
    tally.again("of what was not seen", &owner.post(&withdraw, &[("version", "1")]), "Somebody else");
    let version = value_of(&asked, "version");
    let gone = owner.post(&withdraw, &[("version", version.as_str())]);
    tally.sees("withdrawn", &gone, "/members?done=withdrawn");
    tally.status("the second link", &accepts(&stage, &second), 422);
    tally.status("its page", &owner.get(&path), 404);
    tally.end();
}
