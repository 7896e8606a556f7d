//! Members make and change keys within their own rights, and only owners make administrators.

use crate::harness::{Answer, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

fn scopes(written: &[(&str, &str)]) -> Value {
    let scope = |(action, filter): &(&str, &str)| json!({"action": action, "resource_filter": filter});
    json!({"scopes": written.iter().map(scope).collect::<Value>()})
}

fn named(mut fields: Value) -> Value {
    fields["name"] = "n".into();
    fields
}

fn message(answer: &Answer) -> String {
    answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
}

both!(a_member_gives_what_belongs_to_its_project_and_names_what_does_not);
fn a_member_gives_what_belongs_to_its_project_and_names_what_does_not(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let own = format!("PROJECT/{}", owner.project);
    let (data, control) = (format!("{own}/DATA"), format!("{own}/CONTROL"));
    let other = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let foreign = format!("PROJECT/{}/DATA", other["id"].as_str().unwrap());
    for (project, endpoint) in [(owner.project.as_str(), "mine"), (other["id"].as_str().unwrap(), "theirs")] {
        let body = json!({"resource": format!("ENDPOINT/{endpoint}"), "name": endpoint}).to_string();
        let registered = owner.post(&format!("/admin/projects/{project}/resources"), body);
        assert!((200..300).contains(&registered.status), "{registered:?}");
    }
    let inside = [
        named(scopes(&[("*", "ENDPOINT/mine"), ("read", &data)])),
        named(json!({"access": {"preset": "restricted", "levels": {"ai": "restricted"},
            "endpoints": {"mine": "read_write"}}})),
        named(json!({})),
        named(json!({"roles": ["ProjectEditor", "DataPlaneViewer"]})),
        named(scopes(&[("*", &own), ("admin", &control), ("read", &data)])),
    ];
    let outside = [
        (named(scopes(&[("read", &data), ("read", "THING/#/#"), ("read", "*")])), "`read THING/#/#`"),
        (named(scopes(&[("*", "*")])), "`* *`"),
        (named(scopes(&[("read", &foreign)])), "`read PROJECT/"),
        (named(scopes(&[("read", "PROJECT/#/DATA")])), "`read PROJECT/#/DATA`"),
        (named(scopes(&[("read", "DATA")])), "`read DATA`"),
        (named(scopes(&[("write", "ENDPOINT/ep1")])), "`write ENDPOINT/ep1`"),
        (named(scopes(&[("read", "ENDPOINT/mine"), ("read", "ENDPOINT/theirs")])), "`read ENDPOINT/theirs`"),
        (named(scopes(&[("read", "ENDPOINT/#")])), "`read ENDPOINT/#`"),
        (named(json!({"access": {"preset": "all"}})), "`read *`"),
        (named(scopes(&[("admin", "ORGANIZATION/#")])), "only an owner of the organization"),
    ];
    let mut tally = Tally::default();
    for role in ["ProjectOwner", "ProjectManager"] {
        let member = owner.member_of(&owner.project, role);
        let key = owner.key();
        for body in &inside {
            tally.status(
                format_args!("{role} create {body}"),
                &member.post(&owner.keys(), body.to_string()),
                200,
            );
            tally.status(format_args!("{role} change {body}"), &member.patch(&key.path(), body), 200);
        }
        let before = owner.census();
        for (body, words) in &outside {
            let made = member.post(&owner.keys(), body.to_string());
            let changed = member.patch(&key.path(), body);
            for answer in [made, changed] {
                tally.admin(format_args!("{role} {body}"), &answer, 403, "FORBIDDEN");
                tally.that(message(&answer).contains(words), format_args!("{role} {words}"), &answer);
            }
        }
        tally.equal(format_args!("{role} afterwards"), &owner.census(), &before);
    }
    tally.end();
}

both!(what_is_beyond_a_member_it_can_only_take_away);
fn what_is_beyond_a_member_it_can_only_take_away(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let member = owner.member_of(&owner.project, "ProjectManager");
    let wide = || owner.key_with(scopes(&[("read", "THING/#/#")]));
    let mut tally = Tally::default();
    let key = wide();
    for body in [
        json!({"name": "n"}),
        json!({"allowed_ip_cidrs": ["*"]}),
        json!({"expires_at": "2099-01-01T00:00:00Z"}),
        scopes(&[("read", "THING/a/b")]),
    ] {
        tally.admin(&body, &member.patch(&key.path(), &body), 403, "FORBIDDEN");
    }
    tally.status("off", &member.patch(&key.path(), &json!({"enabled": false})), 200);
    tally.admin("on", &member.patch(&key.path(), &json!({"enabled": true})), 403, "FORBIDDEN");
    tally.equal("off", &owner.verify(&key).as_str(), &"disabled");
    tally.status("narrowed", &member.patch(&key.path(), &json!({"roles": ["ProjectViewer"]})), 200);
    tally.status("on", &member.patch(&key.path(), &json!({"enabled": true})), 200);
    tally.status("gone", &member.delete(&wide().path()), 202);
    tally.end();
}

both!(administrators_are_left_to_owners);
fn administrators_are_left_to_owners(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = |owner: &Tenant| {
        let mut body = scopes(&[("admin", "ORGANIZATION/#"), ("read", "*")]);
        body["class"] = "admin".into();
        owner.key_with(body)
    };
    let (manager, key, plain) = (owner.member("OrgManager"), admin(owner), owner.key());
    let mut tally = Tally::default();
    tally.status(
        "everything else",
        &manager.post(&owner.keys(), named(scopes(&[("*", "*")])).to_string()),
        200,
    );
    for filter in ["ORGANIZATION/#".to_owned(), format!("ORGANIZATION/{}", owner.organization)] {
        let body = named(scopes(&[("read", "*"), ("admin", &filter)]));
        tally.admin(
            format_args!("create {filter}"),
            &manager.post(&owner.keys(), body.to_string()),
            403,
            "FORBIDDEN",
        );
        tally.admin(format_args!("change {filter}"), &manager.patch(&plain.path(), &body), 403, "FORBIDDEN");
    }
    for body in [
        json!({"name": "n"}),
        json!({"allowed_ip_cidrs": []}),
        json!({"expires_at": null}),
        json!({"allowed_ip_cidrs": ["*"]}),
    ] {
        let answer = manager.patch(&key.path(), &body);
        let nothing_new =
            ["{\"allowed_ip_cidrs\":[]}", "{\"expires_at\":null}"].contains(&&*body.to_string());
        if nothing_new {
            tally.status(&body, &answer, 200);
        } else {
            tally.admin(&body, &answer, 403, "FORBIDDEN");
        }
    }
    tally.status("off", &manager.patch(&key.path(), &json!({"enabled": false})), 200);
    tally.admin("on", &manager.patch(&key.path(), &json!({"enabled": true})), 403, "FORBIDDEN");
    tally.status("an owner", &owner.patch(&key.path(), &json!({"enabled": true})), 200);
    tally.status("gone", &manager.delete(&key.path()), 202);
    tally.status("another owner", &owner.member("OrgOwner").get(&admin(owner).path()), 200);
    tally.end();
}
