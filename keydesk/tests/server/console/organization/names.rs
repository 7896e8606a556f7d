//! Names are text, whatever is in them.

use super::value_of;
use crate::console::browser::Browser;
use crate::harness::{Stage, Tally};
use serde_json::json;

const NAME: &str = "<script>alert(1)</script>\"'&";

#[test]
fn markup_in_a_name_is_shown_as_text_wherever_the_name_is() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let id_of = |made: &serde_json::Value| made["id"].as_str().unwrap().to_owned();
    let body = json!({"name": NAME}).to_string();
    let project = id_of(&stage.owner.post("/admin/projects", &body).json());
    let account = id_of(&stage.owner.post("/admin/service-accounts", &body).json()["service_account"]);
    let key = id_of(&stage.owner.post(&stage.owner.keys(), &body).json()["key"]);
    let resource = json!({"resource": "ENDPOINT/ep1", "name": NAME}).to_string();
    stage.owner.post(&format!("/admin/projects/{project}/resources"), resource);
    let version = value_of(&owner.get("/settings"), "version");
    owner.post("/settings/organization", &[("name", NAME), ("version", version.as_str())]);
    stage.owner.verify(&crate::harness::Key { id: key.clone(), value: "x".into() });
    for path in [
        "/settings".to_owned(),
        "/projects".to_owned(),
        format!("/projects/{project}"),
        format!("/projects/{project}/delete"),
        "/service-accounts".to_owned(),
        format!("/service-accounts/{account}"),
        format!("/service-accounts/{account}/delete"),
        format!("/service-accounts/{account}/rotate-secret"),
        "/members".to_owned(),
        "/audit".to_owned(),
        "/usage?by=key".to_owned(),
        format!("/usage?key={key}"),
    ] {
        let page = owner.get(&path);
        tally.status(&path, &page, 200);
        tally.shows(&path, &page, "<script>alert", false);
        tally.shows(&path, &page, "&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;", true);
    }
    // Forms that come back show what was typed.
    let typed = owner.post("/members/invite", &[("email", NAME), ("role", NAME)]);
    tally.shows("typed", &typed, "<script>alert", false);
    let typed = owner.post("/service-accounts/new", &[("name", NAME), ("role", NAME), ("form_id", NAME)]);
    tally.shows("typed", &typed, "<script>alert", false);
    tally.end();
}
