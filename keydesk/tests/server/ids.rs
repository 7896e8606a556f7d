//! What a caller may not see does not exist: another tenant's ids answer exactly like absent ones.

use crate::harness::{Answer, Site, Stage, Tally, Tenant};

/// Every route with an id in it, with a body that it takes.
fn routes() -> Vec<(&'static str, &'static str, &'static str)> {
    let name = r#"{"name":"taken over"}"#;
    let resource = r#"{"resource":"ENDPOINT/taken-over"}"#;
    vec![
        ("GET", "/admin/organizations/{o}", ""),
        ("PATCH", "/admin/organizations/{o}", name),
        ("DELETE", "/admin/organizations/{o}", ""),
        ("POST", "/admin/organizations/{o}/bootstrap", ""),
        ("GET", "/admin/projects/{p}", ""),
        ("PATCH", "/admin/projects/{p}", name),
        ("DELETE", "/admin/projects/{p}", ""),
        ("GET", "/admin/projects/{p}/api-keys", ""),
        ("GET", "/admin/projects/{p}/api-keys?status=all", ""),
        ("POST", "/admin/projects/{p}/api-keys", name),
        ("GET", "/admin/projects/{p}/api_keys", ""),
        ("POST", "/admin/projects/{p}/api_keys", name),
        ("GET", "/admin/projects/{p}/resources", ""),
        ("POST", "/admin/projects/{p}/resources", resource),
        ("DELETE", "/admin/projects/{p}/resources/01a1fd74-d772-79df-9763-35a5869daa68", ""),
        ("GET", "/admin/api-keys/{k}", ""),
        ("PATCH", "/admin/api-keys/{k}", name),
        ("DELETE", "/admin/api-keys/{k}", ""),
    ]
}

fn ask(caller: &Tenant, method: &str, path: &str, body: &str) -> Answer {
    let call = caller.call(method, path);
    caller.send(&if body.is_empty() { call } else { call.body(body) }).bare()
}

/// The answer with the id taken out of it, as that is all in which two may differ.
fn without(answer: Answer, id: &str) -> String {
    format!("{answer:?}").replace(id, "ID")
}

both!(another_tenants_ids_answer_exactly_like_absent_ones);
fn another_tenants_ids_answer_exactly_like_absent_ones(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let (key, revoked) = (owner.key(), owner.key());
    assert_eq!(owner.delete(&revoked.path()).status, 202);
    let before = (owner.census(), stranger.census());
    let (uuid, text) = ("01a1fd74-d772-79df-9763-35a5869daa68", "org_ZGFORTR17E3V5B7R775Z");
    let mut tally = Tally::default();
    for (method, route, body) in routes() {
        let (mark, absent, foreign) = if route.contains("{o}") {
            ("{o}", text, vec![&owner.organization])
        } else if route.contains("{p}") {
            ("{p}", uuid, vec![&owner.project])
        } else {
            ("{k}", uuid, vec![&key.id, &revoked.id])
        };
        let expected = ask(&stranger, method, &route.replace(mark, absent), body);
        tally.admin(
            format_args!("{method} {route} absent"),
            &whole(&stranger, method, &route.replace(mark, absent), body),
            404,
            "NOT_FOUND",
        );
        for id in foreign {
            let found = ask(&stranger, method, &route.replace(mark, id), body);
            tally.equal(
                format_args!("{method} {route}"),
                &without(found, id),
                &without(expected.clone(), absent),
            );
        }
    }
    tally.equal("afterwards", &(owner.census(), stranger.census()), &before);
    tally.end();
}

fn whole(caller: &Tenant, method: &str, path: &str, body: &str) -> Answer {
    let call = caller.call(method, path);
    caller.send(&if body.is_empty() { call } else { call.body(body) })
}

both!(what_is_no_id_is_not_found_and_changes_nothing);
fn what_is_no_id_is_not_found_and_changes_nothing(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.census();
    let long = "x".repeat(7 << 10);
    let spaced = format!("%20{}", key.id);
    let tailed = format!("{}%00", key.id);
    let braced = format!("%7B{}%7D", key.id);
    let plain = key.id.replace('-', "");
    let urn = format!("urn:uuid:{}", key.id);
    let ids = [
        "%2F",
        "%2f",
        "%5C",
        "%00",
        "%2e%2e",
        "..",
        ".",
        "%2E",
        "%252e%252e",
        "%FF",
        "%C0%AF",
        "%",
        "%zz",
        "%0d%0aX:1",
        "'%20or%20'1'='1",
        "1;drop%20table%20api_keys",
        "null",
        "-1",
        "0",
        "%7B%7B7*7%7D%7D",
        "00000000-0000-0000-0000-000000000000",
        "%F0%9F%94%91",
        &long,
        &spaced,
        &tailed,
        &braced,
        &plain,
        &urn,
    ];
    let mut tally = Tally::default();
    for (method, route, body) in routes() {
        for id in ids {
            let path =
                ["{o}", "{p}", "{k}"].iter().fold(route.to_owned(), |path, mark| path.replace(mark, id));
            let shown: String = path.chars().take(70).collect();
            let answer = whole(owner, method, &path, body);
            tally.admin(format_args!("{method} {shown}"), &answer, 404, "NOT_FOUND");
            let said = answer.text();
            tally.that(
                said.len() < 400 && !said.contains("%00"),
                format_args!("{method} {shown} echoes"),
                &answer,
            );
        }
    }
    let (ten, path) = ("x".repeat(10 << 10), "/admin/api-keys/");
    tally.admin("10 KiB", &owner.get(&format!("{path}{ten}")), 414, "INVALID_ARGUMENT");
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_stranger_without_a_token_learns_nothing_from_an_id() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let nobody = Tenant { token: "x".into(), ..owner.clone() };
    let mut tally = Tally::default();
    for (method, route, body) in routes() {
        let path = |o: &str, p: &str, k: &str| route.replace("{o}", o).replace("{p}", p).replace("{k}", k);
        let real = ask(&nobody, method, &path(&owner.organization, &owner.project, &key.id), body);
        tally.status(format_args!("{method} {route}"), &real, 401);
        for id in ["00000000-0000-0000-0000-000000000000", "x", "%2F", "%FF", "%00"] {
            let other = ask(&nobody, method, &path(id, id, id), body);
            tally.equal(format_args!("{method} {route} {id}"), &other, &real);
        }
    }
    tally.end();
}
