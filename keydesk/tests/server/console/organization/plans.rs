//! What the plan does not include is closed, with the reason beside it.

use super::value_of;
use crate::console::browser::Browser;
use crate::harness::{Stage, Tally};

#[test]
fn what_the_plan_does_not_include_is_closed_with_the_reason_and_refused_when_sent_anyway() {
    let stage = Stage::sqlite();
    let free = stage.site.organization(&stage.server, &["--name", "free", "--plan", "Free"]);
    let mut owner = Browser::of_member(&free, "frugal@example.com", "OrgOwner");
    let mut tally = Tally::default();
    let settings = owner.get("/settings");
    for text in ["Plan: Free (Starter)", "Up to 1 project<", "Up to 2 members", "No new service accounts"] {
        tally.shows("in words", &settings, text, true);
    }
    let disabled = "<button disabled aria-describedby=\"closed\">";
    for (path, reason) in [
        ("/service-accounts", "The plan Free (Starter) does not include new service accounts."),
        ("/projects", "The plan Free (Starter) has room for 1 project."),
    ] {
        let page = owner.get(path);
        tally.shows(path, &page, reason, true);
        tally.that(page.text().contains(" disabled"), path, &page);
    }
    tally.shows("a second member has room", &owner.get("/members"), disabled, false);
    Browser::of_member(&free, "second@example.com", "OrgMember");
    let members = owner.get("/members");
    tally.shows("a third has none", &members, disabled, true);
    tally.shows("a third has none", &members, "The plan Free (Starter) has room for 2 members.", true);
    for (form, send, fields, why) in [
        ("/projects", "/projects", vec![("name", "second")], "room for 1 project"),
        (
            "/service-accounts/new",
            "/service-accounts/new",
            vec![("name", "robot"), ("role", "")],
            "service accounts",
        ),
        (
            "/members/invite",
            "/members/invite",
            vec![("email", "third@example.com"), ("role", "OrgMember")],
            "room for 2 users",
        ),
    ] {
        let page = owner.get(form);
        let form_id = value_of(&page, "form_id");
        let fields: Vec<_> = fields.into_iter().chain([("form_id", form_id.as_str())]).collect();
        tally.again(send, &owner.post(send, &fields), why);
    }
    let second = free.get("/admin/users?email=second@example.com").json()["data"][0]["id"].clone();
    let roles = format!("/members/{}/roles", second.as_str().unwrap());
    let page = owner.get(roles.strip_suffix("/roles").unwrap());
    tally.shows("a role that keys cannot have", &page, "value=\"ProjectViewer\" disabled", true);
    tally.shows("one that they can", &page, "value=\"ProjectEditor\" disabled", false);
    let given = owner.post(&roles, &[("role", "ProjectViewer"), ("project", free.project.as_str())]);
    tally.again("sent anyway", &given, "does not include the role ProjectViewer");
    tally.end();
}
