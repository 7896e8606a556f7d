//! Projects, and what is registered to them.

use super::{NOTHING, location, value_of};
use crate::console::browser::Browser;
use crate::harness::{Stage, Tally};
use serde_json::json;

#[test]
fn a_project_is_made_renamed_and_deleted_by_its_name_with_its_keys() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let form_id = value_of(&owner.get("/projects"), "form_id");
    let nameless = owner.post("/projects", &[("form_id", form_id.as_str()), ("name", "")]);
    tally.again("no name", &nameless, "Name ");
    let fields = [("form_id", form_id.as_str()), ("name", "shop")];
    let made = owner.post("/projects", &fields);
    tally.equal("sent twice", &location(&owner.post("/projects", &fields)), &location(&made));
    let path = location(&made).strip_suffix("?done=created").unwrap_or_else(|| panic!("{made:?}")).to_owned();
    let page = owner.get(&path);
    tally.status("its page", &page, 200);
    let version = value_of(&page, "version");
    let rename = |browser: &mut Browser, name: &str, version: &str| {
        browser.post(&path, &[("name", name), ("version", version)])
    };
    tally.sees("rename", &rename(&mut owner, "store", &version), &format!("{path}?done=renamed"));
    tally.again("late", &rename(&mut owner, "other", &version), "Somebody else changed this");
    let id = path.rsplit('/').next().unwrap();
    let keys = format!("/admin/projects/{id}/api-keys");
    let key = stage.owner.post(&keys, json!({"name": "k"}).to_string()).json()["value"].clone();
    tally.equal("its key", &stage.owner.verdict(&json!({"key": key})), &"allowed".to_owned());
    let delete = format!("{path}/delete");
    let version = value_of(&owner.get(&delete), "version");
    for typed in ["", "shop", "store "] {
        let fields = [("version", version.as_str()), ("confirm", typed)];
        // Spaces at the ends are nobody's fault.
        if typed.trim() != "store" {
            tally.again("another name", &owner.post(&delete, &fields), "not the name");
        } else {
            tally.sees("delete", &owner.post(&delete, &fields), "/projects?done=deleted");
        }
    }
    tally.status("its page", &owner.get(&path), 404);
    tally.that(stage.owner.verdict(&json!({"key": key})) != "allowed", "its key", &"allowed");
    tally.end();
}

#[test]
fn the_operator_registers_and_releases_resources_and_nobody_else_has_the_forms() {
    let stage = Stage::sqlite();
    let (mut operator, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let mut owner = Browser::of_member(&stage.owner, "bob@example.com", "OrgOwner");
    let path = format!("/projects/{}", stage.owner.project);
    let register = format!("{path}/resources");
    let page = operator.get(&path);
    tally.shows("the form", &page, &format!("action=\"{register}\""), true);
    let form_id = value_of(&page, "form_id");
    let fields = |resource: &'static str, name: &'static str| {
        [("form_id", form_id.clone()), ("resource", resource.into()), ("resource_name", name.into())]
    };
    let wrong = operator.post(&register, &fields("nonsense", "<i>name</i>"));
    tally.again("no resource", &wrong, "esource");
    tally.equal("what was typed is kept", &value_of(&wrong, "resource"), &"nonsense".to_owned());
    for _ in 0..2 {
        let done = operator.post(&register, &fields("ENDPOINT/ep1", "<i>speech</i>"));
        tally.sees("registered, even twice", &done, &format!("{path}?done=registered"));
    }
    let listed = owner.get(&path);
    tally.shows("everybody sees it", &listed, "ENDPOINT/ep1", true);
    tally.shows("its name is text", &listed, "<i>speech", false);
    tally.shows("no form", &listed, &format!("action=\"{register}"), false);
    tally.status("not an owner's", &owner.post(&register, &fields("ENDPOINT/ep2", "")), 403);
    let text = operator.get(&path).text();
    let release = text.split("action=\"").filter_map(|rest| rest.split('"').next());
    let release = release.filter(|path| path.ends_with("/release")).collect::<Vec<_>>().remove(0).to_owned();
    tally.status("not an owner's", &owner.post(&release, &NOTHING), 403);
    let done = operator.post(&release, &NOTHING);
    tally.sees("released", &done, &format!("{path}?done=released"));
    tally.status("once", &operator.post(&release, &NOTHING), 404);
    tally.shows("gone", &operator.get(&path), "ENDPOINT/ep1</code>", false);
    tally.end();
}
