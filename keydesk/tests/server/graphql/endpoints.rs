//! `myself.endpoints`: what the operator registered to the project of the key, and nothing else.

use super::{ask, outcome};
use crate::harness::{Key, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

fn register(operator: &Tenant, project: &str, resource: &str, name: &str) -> String {
    let body = json!({"resource": resource, "name": name}).to_string();
    let answer = operator.post(&format!("/admin/projects/{project}/resources"), body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn listed(owner: &Tenant, reader: &Key, arguments: &str) -> Value {
    let answer = ask(owner, reader, &format!("{{myself{{endpoints{arguments}{{id name}}}}}}"));
    answer.json()["data"]["myself"]["endpoints"].clone()
}

both!(a_key_sees_the_endpoints_of_its_own_project);
fn a_key_sees_the_endpoints_of_its_own_project(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let made = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let other = made["id"].as_str().unwrap().to_owned();
    let read_only = json!({"access": {"preset": "read_only"}});
    let reader = owner.key_with(read_only.clone());
    let foreign = stranger.key_with(read_only);
    let mut tally = Tally::default();
    tally.equal("at first", &listed(owner, &reader, ""), &json!([]));
    let first = register(owner, &owner.project, "ENDPOINT/ep1", "One");
    register(owner, &owner.project, "ENDPOINT/a%20b%2Fc", "Two");
    register(owner, &owner.project, "ENDPOINT/ep3", "Three");
    register(owner, &other, "ENDPOINT/ep4", "of the other project");
    register(owner, &stranger.project, "ENDPOINT/ep5", "of the stranger");
    let (one, two, three) = (
        json!({"id": "ep1", "name": "One"}),
        json!({"id": "a b/c", "name": "Two"}),
        json!({"id": "ep3", "name": "Three"}),
    );
    tally.equal("all", &listed(owner, &reader, ""), &json!([one, two, three]));
    tally.equal("one", &listed(owner, &reader, "(limit:1)"), &json!([one]));
    tally.equal("behind", &listed(owner, &reader, r#"(after:"a b/c")"#), &json!([three]));
    tally.equal(
        "the stranger",
        &listed(owner, &foreign, ""),
        &json!([{"id": "ep5", "name": "of the stranger"}]),
    );
    for id in ["ep4", "ep5", "none", ""] {
        let answer = ask(owner, &reader, &format!(r#"{{myself{{endpoints(after:"{id}"){{id}}}}}}"#));
        tally.equal(id, &outcome(&answer).as_str(), &"NOT_FOUND");
    }
    let whole = ask(
        owner,
        &reader,
        "{myself{endpoints(limit:1){id userId createdAt aiKey env{key} networkVolume{id} workersMax}}}",
    );
    let shown = &whole.json()["data"]["myself"]["endpoints"][0];
    tally.equal("whose", &shown["userId"], &json!(owner.project));
    tally.that(shown["createdAt"].as_str().is_some_and(|at| at.ends_with('Z')), "since when", shown);
    let unknown =
        ["aiKey", "env", "networkVolume", "workersMax"].map(|name| shown.get(name) == Some(&Value::Null));
    tally.equal("what is not known", &unknown, &[true; 4]);
    let released = owner.delete(&format!("/admin/projects/{}/resources/{first}", owner.project));
    tally.status("release", &released, 202);
    tally.equal("released", &listed(owner, &reader, ""), &json!([two, three]));
    tally.equal("behind it", &listed(owner, &reader, r#"(after:"ep1")"#), &json!([two, three]));
    tally.end();
}
