//! ETag, If-Match and If-None-Match (bad-input J-26).

use crate::harness::{Answer, Site, Stage, Tally, Tenant};
use serde_json::json;

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("no ETag: {answer:?}")).to_owned()
}

/// One object of each kind, and a change that it takes.
fn objects(owner: &Tenant) -> Vec<(String, serde_json::Value)> {
    let key = owner.key();
    vec![
        (key.path(), json!({"name": "changed"})),
        (format!("/admin/projects/{}", owner.project), json!({"name": "changed"})),
        (format!("/admin/organizations/{}", owner.organization), json!({"name": "changed"})),
        (owner.account(&json!([])).own_path(owner), json!({"name": "changed"})),
    ]
}

#[test]
fn a_change_meant_for_another_version_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for (path, change) in objects(owner) {
        let tag = etag(&owner.get(&path));
        let before = owner.census();
        let weak = format!("W/{tag}");
        let long = format!("\"{}\"", "9".repeat(100));
        for stale in ["\"1\"", "\"\"", "1", "", "x", "\"-1\"", &weak, &long, "\"999\", \"998\"", "\u{7f}"] {
            let call = owner.call("PATCH", &path).header("If-Match", stale).json(&change);
            let answer = owner.send(&call);
            // What is no header value at all, the front refuses.
            let wanted = if stale == "\u{7f}" { 400 } else { 412 };
            tally.status(format_args!("{path} If-Match: {stale}"), &answer, wanted);
            if wanted == 412 {
                tally.admin(format_args!("{path} If-Match: {stale}"), &answer, 412, "FAILED_PRECONDITION");
                let call = owner.call("DELETE", &path).header("If-Match", stale);
                let refused = owner.send(&call);
                tally.admin(
                    format_args!("DELETE {path} If-Match: {stale}"),
                    &refused,
                    412,
                    "FAILED_PRECONDITION",
                );
            }
        }
        tally.equal(&path, &owner.census(), &before);
        let listed = format!("\"1\", {tag}");
        let changed = owner.send(&owner.call("PATCH", &path).header("If-Match", listed).json(&change));
        tally.status(format_args!("{path} now"), &changed, 200);
        tally.that(etag(&changed) != tag, format_args!("{path} has a new tag"), &changed);
        tally.equal(format_args!("{path} shows it"), &etag(&owner.get(&path)), &etag(&changed));
        let again = owner.send(&owner.call("PATCH", &path).header("If-Match", &tag).json(&change));
        tally.admin(format_args!("{path} again"), &again, 412, "FAILED_PRECONDITION");
        let any = owner.send(&owner.call("PATCH", &path).header("If-Match", "*").json(&change));
        tally.status(format_args!("{path} any"), &any, 200);
    }
    tally.end();
}

both!(of_many_changes_meant_for_one_version_one_happens);
fn of_many_changes_meant_for_one_version_one_happens(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    let tag = etag(&owner.get(&key.path()));
    let change = |number: usize| {
        let call = owner.call("PATCH", &key.path()).header("If-Match", &tag);
        owner.send(&call.json(&json!({"name": format!("name {number}")}))).status
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|number| scope.spawn(move || change(number))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
}

#[test]
fn a_reader_that_has_the_version_gets_no_body() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    for (path, _) in objects(owner) {
        let tag = etag(&owner.get(&path));
        for known in [tag.clone(), format!("W/{tag}"), "*".into(), format!("\"0\",{tag}")] {
            let answer = owner.send(&owner.call("GET", &path).header("If-None-Match", &known));
            tally.status(format_args!("{path} {known}"), &answer, 304);
            tally.equal(format_args!("{path} {known} body"), &answer.text().as_str(), &"");
            // RFC 9110 section 15.4.5: what a 200 would have said of the version and of caching.
            tally.equal(format_args!("{path} {known} tag"), &answer.header("etag"), &Some(tag.as_str()));
            tally.equal(
                format_args!("{path} {known} cache"),
                &answer.header("cache-control"),
                &Some("no-store"),
            );
        }
        for other in ["\"0\"", "x", ""] {
            let answer = owner.send(&owner.call("GET", &path).header("If-None-Match", other));
            tally.status(format_args!("{path} {other}"), &answer, 200);
        }
        let foreign = owner.get(&path.replace(|c: char| c.is_ascii_digit(), "0"));
        tally.status("absent", &foreign, 404);
    }
    tally.end();
}

#[test]
fn what_cannot_be_changed_is_removed_in_the_version_that_was_meant() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let account = owner.member("OrgMember");
    let bound = owner.get("/admin/role-bindings?role=OrgMember").json();
    let role = json!([{"resource_type": "organization", "role": "OrgMember"}]);
    let invite = json!({"email": "ada@example.com", "role_bindings": role}).to_string();
    let invite = owner.post("/admin/invites", invite).json();
    let user = stage.site.user(owner, "bob@example.com", "OrgMember");
    let id = |value: &serde_json::Value| value["id"].as_str().unwrap().to_owned();
    let mut tally = Tally::default();
    for path in [
        format!("/admin/role-bindings/{}", id(&bound["data"][0])),
        format!("/admin/invites/{}", id(&invite)),
        format!("/admin/users/{user}"),
        account.own_path(owner),
    ] {
        let tag = etag(&owner.get(&path));
        let stale = owner.send(&owner.call("DELETE", &path).header("If-Match", "\"1\""));
        tally.admin(&path, &stale, 412, "FAILED_PRECONDITION");
        tally.equal(&path, &etag(&owner.get(&path)), &tag);
        tally.status(&path, &owner.send(&owner.call("DELETE", &path).header("If-Match", &tag)), 202);
    }
    let account = owner.account(&json!([])).own_path(owner);
    let call = owner.call("POST", &format!("{account}/rotate-secret")).header("If-Match", "\"1\"");
    tally.admin("rotate", &owner.send(&call), 412, "FAILED_PRECONDITION");
    tally.end();
}
