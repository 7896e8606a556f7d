//! API keys on the Admin API: who is an administrator, who is nobody, and how the credential may be sent.

use crate::harness::{Answer, Key, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

/// Every Admin operation of the committed description, on objects that are there.
fn routes(owner: &Tenant, key: &Key) -> Vec<(String, String)> {
    let text = std::fs::read_to_string("../api/openapi.json").unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/admin/") {
            continue;
        }
        let path = path
            .replace("{organization_id}", &owner.organization)
            .replace("{project_id}", &owner.project)
            .replace("{api_key_id}", &key.id);
        // Of other objects there may be none; nobody is told so before it is known who asks.
        let path: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { key.id.as_str() } else { part }).collect();
        let methods = item.as_object().unwrap().keys().filter(|name| *name != "parameters");
        routes.extend(methods.map(|method| (method.to_uppercase(), path.join("/"))));
    }
    assert!(routes.len() >= 16, "{routes:?}");
    routes
}

fn ask(owner: &Tenant, method: &str, path: &str, header: &str, value: &str) -> Answer {
    Request::new(method, path).header(header, value).json(&json!({"name": "n"})).send(owner.public)
}

fn administrator(owner: &Tenant, mut fields: Value) -> Key {
    if fields["class"].is_null() {
        fields["class"] = "admin".into();
    }
    let id = &owner.organization;
    if fields["scopes"].is_null() {
        fields["scopes"] =
            json!([{"action": "admin", "resource_filter": format!("ORGANIZATION/{id}")}, {"action": "read"}]);
    }
    owner.key_with(fields)
}

both!(a_key_that_is_no_administrator_administers_nothing);
fn a_key_that_is_no_administrator_administers_nothing(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let own = format!("ORGANIZATION/{}", owner.organization);
    let foreign = format!("ORGANIZATION/{}", stage.stranger().organization);
    let scopes = |action: &str, filter: &str| json!([{"action": action, "resource_filter": filter}]);
    let keys: Vec<(String, Key)> = [
        json!({"access": {"preset": "all"}, "class": "admin"}),
        json!({"scopes": scopes("*", "*"), "class": "admin"}),
        json!({"scopes": scopes("*", &own), "class": "admin"}),
        json!({"scopes": scopes("admin", "*"), "class": "admin"}),
        json!({"scopes": scopes("write", "GRAPHQL"), "class": "admin"}),
        json!({"scopes": scopes("admin", &foreign), "class": "admin"}),
        json!({"scopes": scopes("write", &own), "class": "admin"}),
        json!({"roles": ["ProjectEditor"], "class": "admin"}),
        json!({"scopes": scopes("admin", &own), "class": "standard"}),
        json!({"scopes": scopes("admin", &own), "class": "external"}),
        json!({"scopes": scopes("*", "*")}),
    ]
    .into_iter()
    .map(|fields| (fields.to_string(), owner.key_with(fields)))
    .collect();
    let target = owner.key();
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, key) in keys {
        tally.equal(&case, &owner.verify(&key).as_str(), &"allowed");
        for (method, path) in routes(owner, &target) {
            let answer = ask(owner, &method, &path, "X-Api-Key", &key.value);
            tally.admin(format_args!("{case} {method} {path}"), &answer, 403, "FORBIDDEN");
        }
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(a_key_that_may_not_be_used_is_nobody_and_every_refusal_is_the_same);
fn a_key_that_may_not_be_used_is_nobody_and_every_refusal_is_the_same(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let make = |fields: Value| administrator(owner, fields);
    let (revoked, disabled, expired) = (make(json!({})), make(json!({})), make(json!({})));
    owner.delete(&revoked.path());
    owner.patch(&disabled.path(), &json!({"enabled": false}));
    owner.run_out(&expired);
    let elsewhere = make(json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
    let made = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let project = made["id"].as_str().unwrap();
    let orphan = administrator(&Tenant { project: project.into(), ..owner.clone() }, json!({}));
    owner.delete(&format!("/admin/projects/{project}"));
    let live = make(json!({}));
    let mut flipped = live.value.clone().into_bytes();
    flipped[8] = if flipped[8] == b'A' { b'B' } else { b'A' };
    let unknown = "rpa_0123456789012345678901234567890123456789".to_owned();
    let mut tally = Tally::default();
    let wrong = ask(owner, "GET", "/admin/projects", "X-Api-Key", "wrong");
    tally.admin("wrong", &wrong, 401, "UNAUTHENTICATED");
    let told = Some(r#"Bearer realm="keydesk", error="invalid_token""#);
    tally.equal("wrong", &wrong.header("www-authenticate"), &told);
    let wrong = wrong.bare();
    for (case, value) in [
        ("revoked", revoked.value),
        ("disabled", disabled.value),
        ("expired", expired.value),
        ("from elsewhere", elsewhere.value),
        ("of a removed project", orphan.value),
        ("K-34 the id", live.id.clone()),
        ("one character off", String::from_utf8(flipped).unwrap()),
        ("unknown", unknown),
        ("junk", "junk".into()),
        ("longer", format!("{}x", live.value)),
        ("lower case", live.value.to_lowercase()),
        ("a token", owner.token.clone()),
        ("empty", String::new()),
        ("long", "x".repeat(4000)),
    ] {
        for (header, prefix) in [("X-Api-Key", ""), ("Api-Key", ""), ("Authorization", "Bearer ")] {
            if case != "a token" || header != "Authorization" {
                let answer = ask(owner, "GET", "/admin/projects", header, &format!("{prefix}{value}"));
                tally.equal(format_args!("{case} {header}"), &answer.bare(), &wrong);
            }
        }
    }
    tally.end();
}

#[test]
fn a_credential_is_sent_once_and_two_different_ones_decide_nothing() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (one, two) = (administrator(owner, json!({})).value, administrator(owner, json!({})).value);
    let bearer = format!("Bearer {one}");
    let token = format!("Bearer {}", owner.token);
    let ask = |headers: &[(&str, &str)]| {
        let request = Request::new("GET", "/admin/projects");
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send(owner.public)
    };
    let mut tally = Tally::default();
    for headers in [
        &[("X-Api-Key", one.as_str())][..],
        &[("Api-Key", &one)],
        &[("api-key", &one)],
        &[("Authorization", &bearer)],
        &[("Authorization", &bearer), ("X-Api-Key", &one)],
        &[("X-Api-Key", &one), ("Api-Key", &one), ("Authorization", &bearer)],
        &[("X-Api-Key", &one), ("X-Api-Key", &one)],
        &[("Authorization", &token)],
    ] {
        tally.status(format_args!("K-28 {headers:?}"), &ask(headers), 200);
    }
    let both = format!("{bearer}, Bearer {two}");
    for headers in [
        &[("X-Api-Key", one.as_str()), ("Api-Key", two.as_str())][..],
        &[("X-Api-Key", &one), ("X-Api-Key", &two)],
        &[("Authorization", &bearer), ("X-Api-Key", &two)],
        &[("Authorization", &token), ("X-Api-Key", &one)],
        &[("Authorization", &token), ("X-Api-Key", "")],
        &[("Authorization", &token), ("X-Api-Key", "junk")],
        &[("Authorization", "Basic eA=="), ("X-Api-Key", &one)],
        &[("Authorization", &bearer), ("Authorization", &token)],
        &[("Authorization", &both)],
    ] {
        tally.admin(format_args!("K-29 {headers:?}"), &ask(headers), 400, "INVALID_ARGUMENT");
    }
    for query in ["api_key", "key", "access_token"] {
        let answer = Request::new("GET", &format!("/admin/projects?{query}={one}")).send(owner.public);
        tally.admin(query, &answer, 401, "UNAUTHENTICATED");
    }
    tally.end();
}

both!(only_an_owner_of_the_organization_makes_administrators);
fn only_an_owner_of_the_organization_makes_administrators(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner, json!({}));
    let key = owner.key();
    let before = owner.census();
    let mut tally = Tally::default();
    for filter in ["ORGANIZATION/#".to_owned(), format!("ORGANIZATION/{}", owner.organization)] {
        let scopes = json!([{"action": "admin", "resource_filter": filter}]);
        let body = json!({"name": "n", "class": "admin", "scopes": scopes});
        let made = Request::new("POST", &owner.keys()).header("X-Api-Key", &admin.value).json(&body);
        tally.admin(format_args!("create {filter}"), &made.send(owner.public), 403, "FORBIDDEN");
        let changed = Request::new("PATCH", &key.path()).header("X-Api-Key", &admin.value);
        let changed = changed.json(&json!({"scopes": scopes})).send(owner.public);
        tally.admin(format_args!("change {filter}"), &changed, 403, "FORBIDDEN");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(an_administrator_works_on_its_own_organization_only_and_not_on_its_people);
fn an_administrator_works_on_its_own_organization_only_and_not_on_its_people(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let foreign = stranger.key();
    let admin = administrator(owner, json!({}));
    let ask = |method: &str, path: &str| ask(owner, method, path, "X-Api-Key", &admin.value);
    let organization = format!("/admin/organizations/{}", owner.organization);
    let mut tally = Tally::default();
    for path in ["/admin/projects", "/admin/changes", "/admin/organizations", &organization, &owner.keys()] {
        tally.status(path, &ask("GET", path), 200);
    }
    let seen = ask("GET", "/admin/organizations").json();
    tally.equal("its own", &seen["data"][0]["id"], &json!(owner.organization));
    tally.admin("bootstrap", &ask("POST", &format!("{organization}/bootstrap")), 403, "FORBIDDEN");
    tally.admin("rename", &ask("PATCH", &organization), 403, "FORBIDDEN");
    tally.admin("remove", &ask("DELETE", &organization), 403, "FORBIDDEN");
    let project = ask("POST", "/admin/projects");
    tally.status("make a project", &project, 200);
    for path in [
        foreign.path(),
        format!("/admin/projects/{}", stranger.project),
        format!("/admin/organizations/{}", stranger.organization),
    ] {
        for method in ["GET", "PATCH", "DELETE"] {
            tally.admin(format_args!("{method} {path}"), &ask(method, &path), 404, "NOT_FOUND");
        }
    }
    let last = owner.census().changes.pop().unwrap();
    tally.equal("on record", &last["actor"], &json!(format!("key:{}", admin.id)));
    tally.end();
}

both!(an_administrator_reaches_no_route_that_is_not_about_projects_and_keys);
fn an_administrator_reaches_no_route_that_is_not_about_projects_and_keys(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner, json!({}));
    let before = owner.census();
    let mut tally = Tally::default();
    for (method, path) in routes(owner, &admin) {
        let noun = path.split('/').nth(2).unwrap_or_default();
        let reads = method == "GET" && ["organizations", "changes"].contains(&noun);
        if reads || ["projects", "api-keys"].contains(&noun) {
            continue;
        }
        // Whole for every one of them: with this header fields that a route does not know are ignored.
        let role = json!({"resource_type": "organization", "role": "OrgMember"});
        let body = json!({"name": "n", "email": "a@b.example", "role_bindings": [role], "role": "OrgMember",
            "principal_type": "service_account", "principal_id": admin.id, "resource_type": "organization"});
        let request = Request::new(&method, &path).header("X-Api-Key", &admin.value);
        let request = request.header("X-Pinecone-Api-Version", "2026-07").json(&body);
        let answer = request.send(owner.public);
        // What it may not see does not exist for it, one by one or in a list.
        let nothing = answer.status == 200 && answer.json()["data"] == json!([]);
        let refused = [403, 404].contains(&answer.status) || (method == "GET" && nothing);
        tally.that(refused, format_args!("{method} {path}"), &answer);
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_forged_address_opens_no_key() {
    let mut tally = Tally::default();
    for (proxies, forwarded, status) in [
        (None, None, 401),
        (None, Some("203.0.113.9"), 401),
        (Some("192.0.2.1"), Some("203.0.113.9"), 401),
        (Some("127.0.0.0/8"), None, 401),
        (Some("127.0.0.0/8"), Some("203.0.113.9"), 200),
        (Some("127.0.0.0/8"), Some("198.51.100.1, 203.0.113.9"), 200),
        (Some("127.0.0.0/8"), Some("203.0.113.9, 198.51.100.1"), 401),
        (Some("127.0.0.0/8"), Some("203.0.113.9, junk"), 401),
        (Some("127.0.0.0/8"), Some("203.0.113.9, 127.0.0.1"), 200),
        (Some("127.0.0.0/8"), Some("203.0.113.9:80"), 401),
        (Some("127.0.0.0/8,203.0.113.0/24"), Some("203.0.113.9"), 401),
    ] {
        let site = Site::sqlite();
        let stage = Stage::on(match proxies {
            Some(proxies) => site.flag("--trusted-proxies", proxies),
            None => site,
        });
        let key = administrator(&stage.owner, json!({"allowed_ip_cidrs": ["203.0.113.0/24"]}));
        let call = Request::new("GET", "/admin/projects").header("X-Api-Key", &key.value);
        let told = forwarded.iter().fold(call.clone(), |call, value| call.header("X-Forwarded-For", value));
        tally.status(format_args!("{proxies:?} {forwarded:?}"), &told.send(stage.owner.public), status);
        for name in ["Forwarded", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"] {
            let forged = call.clone().header(name, "203.0.113.9").send(stage.owner.public);
            tally.status(format_args!("{proxies:?} {name}"), &forged, 401);
        }
    }
    let stage = Stage::sqlite();
    let key = administrator(&stage.owner, json!({"allowed_ip_cidrs": ["127.0.0.1"]}));
    let call = Request::new("GET", "/admin/projects").header("X-Api-Key", &key.value);
    tally.status("from the peer", &call.send(stage.owner.public), 200);
    tally.end();
}
