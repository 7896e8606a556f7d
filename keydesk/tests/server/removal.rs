//! What is removed takes with it what hangs on it.

use crate::harness::{Site, Stage};

both!(the_keys_of_a_removed_project_are_refused);
fn the_keys_of_a_removed_project_are_refused(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    assert_eq!(owner.delete(&format!("/admin/projects/{}", owner.project)).status, 202);
    assert_eq!(owner.verify(&key), "disabled");
    assert_eq!(owner.get(&key.path()).status, 404);
    assert_eq!(owner.get(&owner.keys()).status, 404);
    assert_eq!(owner.post(&owner.keys(), r#"{"name":"k"}"#).status, 404);
}

#[test]
fn a_removed_organization_takes_its_credentials_with_it() {
    let stage = Stage::sqlite();
    let owner = stage.site.organization(&stage.server, &["--name", "brief", "--plan", "Free"]);
    let key = owner.key();
    assert_eq!(owner.delete(&format!("/admin/projects/{}", owner.project)).status, 202);
    assert_eq!(owner.delete(&format!("/admin/organizations/{}", owner.organization)).status, 200);
    assert_eq!(owner.get("/admin/organizations").status, 401);
    assert_eq!(owner.buy().status, 401);
    assert_eq!(owner.verify(&key), "disabled");
}
