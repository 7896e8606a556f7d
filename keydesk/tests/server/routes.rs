//! Paths and methods that are not there.

use crate::harness::{Stage, Tally};
use serde_json::json;

#[test]
fn paths_and_methods_that_are_not_there_answer_in_the_published_shape() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.census();
    let mut tally = Tally::default();
    let project = format!("/admin/projects/{}", owner.project);
    for path in [
        "/admin",
        "/admin/",
        "/admin/nothing",
        "/admin//projects",
        "/admin/projects/",
        "/Admin/projects",
        "/admin/api-keys",
        "/admin/api-keys/",
        &format!("{}/", key.path()),
        &format!("{}/x", key.path()),
        &format!("{project}/"),
        "/admin/%70rojects",
        "/admin/./projects",
        "/admin/../admin/projects",
        "/admin/projects;x=1",
    ] {
        let answer = owner.get(path);
        if path.starts_with("/admin") {
            tally.admin(path, &answer, 404, "NOT_FOUND");
        } else {
            tally.problem(path, &answer, 404, "not_found");
        }
    }
    for (method, path) in [
        ("PUT", key.path()),
        ("POST", key.path()),
        ("DELETE", owner.keys()),
        ("PATCH", owner.keys()),
        ("POST", "/admin/changes".into()),
        ("DELETE", "/admin/changes".into()),
        ("DELETE", "/admin/projects".into()),
        ("POST", project.clone()),
        ("PUT", project),
        ("GET", format!("/admin/organizations/{}/bootstrap", owner.organization)),
        ("POST", "/admin/organizations".into()),
        ("OPTIONS", key.path()),
    ] {
        let answer = owner.send(&owner.call(method, &path).json(&json!({"name": "n"})));
        tally.admin(format_args!("{method} {path}"), &answer, 405, "UNIMPLEMENTED");
        tally.that(answer.header("allow").is_some(), format_args!("{method} {path} Allow"), &answer);
    }
    let over = owner.call("POST", &key.path()).header("X-HTTP-Method-Override", "DELETE");
    tally.admin("override", &owner.send(&over), 405, "UNIMPLEMENTED");
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}
