//! Who may not sees no button, and sends its form in vain; a stranger finds nothing.

use super::NOTHING;
use crate::console::browser::Browser;
use crate::harness::{Answer, Stage, Tally};
use serde_json::{Value, json};

/// What is there to be attacked, by the folder of its pages.
struct Things {
    project: String,
    account: String,
    invite: String,
    user: String,
    resource: String,
    binding: String,
}

impl Things {
    fn of(stage: &Stage) -> Things {
        let owner = &stage.owner;
        let id = |answer: Answer, at: &str| -> String {
            let body = answer.json();
            let found: &Value = if at.is_empty() { &body["id"] } else { &body[at]["id"] };
            found.as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
        };
        let role = json!([{"resource_type": "organization", "role": "OrgMember"}]);
        let account = json!({"name": "robot", "role_bindings": role}).to_string();
        let account = id(owner.post("/admin/service-accounts", account), "service_account");
        let invite = json!({"email": "grace@example.com", "role_bindings": role}).to_string();
        let resource = json!({"resource": "ENDPOINT/ep1"}).to_string();
        let resources = format!("/admin/projects/{}/resources", owner.project);
        let bindings = owner.get("/admin/role-bindings?principal_type=service_account").json();
        let bindings = bindings["data"].as_array().unwrap();
        let binding = bindings.iter().find(|binding| binding["principal_id"] == *account).unwrap();
        Things {
            project: owner.project.clone(),
            invite: id(owner.post("/admin/invites", invite), ""),
            user: owner.get("/admin/users").json()["data"][0]["id"].as_str().unwrap().to_owned(),
            resource: id(owner.post(&resources, resource), ""),
            binding: binding["id"].as_str().unwrap().to_owned(),
            account,
        }
    }

    /// Every form about one of them: its address and its fields, filled in as they should be.
    fn forms(&self) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
        let Things { project, account, invite, user, resource, binding } = self;
        let name = || vec![("name", "other"), ("version", "1")];
        let role = || vec![("role", "OrgMember"), ("project", "")];
        let version = || vec![("version", "1")];
        let typed = |name| vec![("version", "1"), ("confirm", name)];
        let registered = vec![("form_id", "f"), ("resource", "ENDPOINT/ep2"), ("resource_name", "")];
        vec![
            (format!("/projects/{project}"), name()),
            (format!("/projects/{project}/delete"), typed("default")),
            (format!("/projects/{project}/resources"), registered),
            (format!("/projects/{project}/resources/{resource}/release"), Vec::new()),
            (format!("/service-accounts/{account}"), name()),
            (format!("/service-accounts/{account}/roles"), role()),
            (format!("/service-accounts/{account}/roles/{binding}/take"), Vec::new()),
            (format!("/service-accounts/{account}/rotate-secret"), version()),
            (format!("/service-accounts/{account}/delete"), typed("robot")),
            (format!("/members/{user}/roles"), role()),
            (format!("/members/{user}/remove"), version()),
            (format!("/members/invites/{invite}/roles"), role()),
            (format!("/members/invites/{invite}/resend"), version()),
            (format!("/members/invites/{invite}/withdraw"), version()),
        ]
    }
}

/// Every form that is about no single thing.
fn common() -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    vec![
        ("/settings/organization".into(), vec![("name", "other"), ("version", "1")]),
        ("/settings/bootstrap".into(), Vec::new()),
        ("/settings/signing-keys/rotate".into(), vec![("when", "at_once"), ("algorithm", "")]),
        ("/projects".into(), vec![("form_id", "f"), ("name", "other")]),
        ("/service-accounts/new".into(), vec![("form_id", "f"), ("name", "other"), ("role", "")]),
        ("/members/invite".into(), vec![("form_id", "f"), ("email", "x@example.com"), ("role", "OrgMember")]),
    ]
}

#[test]
fn a_member_without_rights_sees_no_button_and_sends_every_form_in_vain() {
    let stage = Stage::sqlite();
    Browser::of_owner(&stage);
    let things = Things::of(&stage);
    let mut member = Browser::of_member(&stage.owner, "bob@example.com", "OrgMember");
    let (before, mut tally) = (stage.owner.census(), Tally::default());
    for path in [
        "/settings".to_owned(),
        "/projects".to_owned(),
        "/service-accounts".to_owned(),
        format!("/service-accounts/{}", things.account),
        "/members".to_owned(),
        format!("/members/{}", things.user),
        format!("/members/invites/{}", things.invite),
    ] {
        let page = member.get(&path);
        tally.status(&path, &page, 200);
        for (form, _) in things.forms().iter().chain(&common()) {
            // A page may lead to itself.
            for sign in [format!("action=\"{form}\""), format!("href=\"{form}\" class")] {
                tally.shows(&path, &page, &sign, false);
            }
        }
        for word in ["Rename", "Rotate", "Delete…", "Withdraw…", "Remove…", "Take away", "Give"] {
            tally.shows(&path, &page, &format!(">{word}</"), false);
        }
    }
    for (form, fields) in things.forms().into_iter().chain(common()) {
        let status = member.post(&form, &fields).status;
        // Projects are not a member's to see; somebody else's role is not theirs to take.
        let expected = if form.starts_with("/projects/") { 404 } else { 403 };
        tally.equal(&form, &status, &expected);
    }
    for question in ["/settings/signing-keys/rotate", "/service-accounts/new", "/members/invite"] {
        tally.status(question, &member.get(question), 403);
    }
    tally.status("the log", &member.get("/audit"), 403);
    tally.equal("afterwards", &stage.owner.census(), &before);
    tally.end();
}

#[test]
fn what_is_another_organizations_is_not_there() {
    let stage = Stage::sqlite();
    Browser::of_owner(&stage);
    let things = Things::of(&stage);
    let stranger = stage.stranger();
    let mut eve = Browser::of_member(&stranger, "eve@example.com", "OrgOwner");
    let (before, mut tally) = (stage.owner.census(), Tally::default());
    for (form, fields) in things.forms() {
        let answer = eve.post(&form, &fields);
        tally.status(&form, &answer, 404);
        let absent = "01890000-0000-7000-8000-000000000000";
        let ids = [&things.project, &things.account, &things.invite, &things.user];
        let form = ids.iter().fold(form, |form, id| form.replace(id.as_str(), absent));
        tally.equal(&form, &eve.post(&form, &fields).text(), &answer.text());
        let mut page = form.clone();
        while !page.is_empty() && page != "/members/invites" {
            if page.contains(absent) && page.ends_with(absent) {
                tally.status(&page, &eve.get(&page), 404);
            }
            page.truncate(page.rfind('/').unwrap_or_default());
        }
    }
    tally.equal("afterwards", &stage.owner.census(), &before);
    tally.end();
}

#[test]
fn a_field_that_no_page_shows_is_refused_before_anything_else() {
    let stage = Stage::sqlite();
    let mut owner = Browser::of_owner(&stage);
    let things = Things::of(&stage);
    let (before, mut tally) = (stage.owner.census(), Tally::default());
    let more = [
        ("/settings/password".to_owned(), vec![("current", "x")]),
        ("/settings/sessions/end-others".to_owned(), Vec::new()),
    ];
    for (form, fields) in things.forms().into_iter().chain(common()).chain(more) {
        let with = |extra: (&'static str, &'static str)| {
            let mut fields = fields.clone();
            fields.push(extra);
            fields
        };
        for extra in [("plan", "Dedicated"), ("operator", "true"), ("organization_id", "org_x")] {
            tally.status(format_args!("{form} with {}", extra.0), &owner.post(&form, &with(extra)), 400);
        }
        if let Some(first) = fields.first() {
            tally.status(format_args!("{form} with one twice"), &owner.post(&form, &with(*first)), 400);
        }
    }
    tally.equal("afterwards", &stage.owner.census(), &before);
    tally.end();
}

#[test]
fn who_is_not_signed_in_is_asked_to_and_nothing_is_done() {
    let stage = Stage::sqlite();
    Browser::of_owner(&stage);
    let things = Things::of(&stage);
    let mut nobody = Browser::new(stage.server.public);
    let (before, mut tally) = (stage.owner.census(), Tally::default());
    for (form, fields) in things.forms().into_iter().chain(common()) {
        tally.sees(&form, &nobody.post(&form, &fields), "/login");
    }
    for page in ["/usage", "/audit", "/projects", "/service-accounts", "/members", "/settings"] {
        let encoded = page.replace('/', "%2F").replace('-', "%2D");
        tally.sees(page, &nobody.get(page), &format!("/login?next={encoded}"));
    }
    tally.sees("end a session", &nobody.post("/settings/sessions/end-others", &NOTHING), "/login");
    tally.equal("afterwards", &stage.owner.census(), &before);
    tally.end();
}
