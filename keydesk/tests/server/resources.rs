//! Owned resources (`security.md` 2, 5 and 12): registered by the operator, reached by keys of their project only.

use crate::harness::{Answer, Key, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

fn path(tenant: &Tenant) -> String {
    format!("/admin/projects/{}/resources", tenant.project)
}

/// Registers it with this caller's credential.
fn register(caller: &Tenant, project_of: &Tenant, resource: &str) -> Answer {
    caller.post(&path(project_of), json!({"resource": resource, "name": "an endpoint"}).to_string())
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The same organization in another project, which is made for it.
fn second_project(tenant: &Tenant) -> Tenant {
    let made = tenant.post("/admin/projects", r#"{"name":"second"}"#).json();
    Tenant { project: made["id"].as_str().unwrap().to_owned(), ..tenant.clone() }
}

/// A key for each way to reach an endpoint.
fn keys(tenant: &Tenant) -> Vec<Key> {
    [
        json!({"scopes": [{"action": "*", "resource_filter": "*"}]}),
        json!({"access": {"preset": "all"}}),
        json!({"scopes": [{"action": "write", "resource_filter": "ENDPOINT/#"}]}),
        json!({"scopes": [{"action": "write", "resource_filter": "ENDPOINT/ep1"}]}),
        json!({"access": {"preset": "restricted", "levels": {"ai": "restricted"}, "endpoints": {"ep1": "read_write"}}}),
    ]
    .map(|fields| tenant.key_with(fields))
    .into()
}

/// Every key of every tenant asks for it, in the three ways to name an organization; only `owner`'s may pass.
fn reached_by(
    tally: &mut Tally,
    case: &str,
    owner: Option<&Tenant>,
    all: &[(&Tenant, Vec<Key>)],
    resource: &Value,
) {
    for (tenant, keys) in all {
        let own = owner.is_some_and(|owner| owner.project == tenant.project);
        for (at, key) in keys.iter().enumerate() {
            for (asked, _) in all {
                let question = json!({"key": key.value, "action": "write", "resource": resource,
                    "organization_id": asked.organization});
                let same = asked.organization == tenant.organization;
                let expected = if own && same { "allowed" } else { "insufficient_scope" };
                tally.equal(
                    format_args!("{case}: key {at}, named"),
                    &tenant.verdict(&question).as_str(),
                    &expected,
                );
            }
            let question = json!({"key": key.value, "action": "write", "resource": resource});
            let expected = if own { "allowed" } else { "insufficient_scope" };
            tally.equal(format_args!("{case}: key {at}"), &tenant.verdict(&question).as_str(), &expected);
        }
    }
}

both!(only_keys_of_the_project_reach_a_resource_whatever_their_scopes);
fn only_keys_of_the_project_reach_a_resource_whatever_their_scopes(site: Site) {
    let stage = Stage::on(site);
    let (operator, a, b) = (&stage.owner, stage.stranger(), stage.stranger());
    let sister = second_project(&a);
    let all: Vec<(&Tenant, Vec<Key>)> = [&a, &sister, &b].map(|tenant| (tenant, keys(tenant))).into();
    let mut tally = Tally::default();
    let asked = json!("ENDPOINT/ep1");
    reached_by(&mut tally, "not registered", None, &all, &asked);
    let registered = id(&register(operator, &a, "ENDPOINT/ep1"));
    reached_by(&mut tally, "registered", Some(&a), &all, &asked);
    for other in [json!(["ENDPOINT", "ep1"]), json!("ENDPOINT/%65p1")] {
        reached_by(&mut tally, &other.to_string(), Some(&a), &all, &other);
    }
    for other in ["ENDPOINT/ep2", "ENDPOINT/EP1", "ENDPOINT/%23", "ENDPOINT/ep1%2F"] {
        reached_by(&mut tally, other, None, &all, &json!(other));
    }
    let freed = operator.delete(&format!("{}/{registered}", path(&a)));
    tally.status("release", &freed, 202);
    reached_by(&mut tally, "released", None, &all, &asked);
    id(&register(operator, &sister, "ENDPOINT/ep1"));
    reached_by(&mut tally, "again, to the sister", Some(&sister), &all, &asked);
    tally.end();
}

both!(any_resource_is_asked_for_with_the_organization_and_reaches_no_other);
fn any_resource_is_asked_for_with_the_organization_and_reaches_no_other(site: Site) {
    let stage = Stage::on(site);
    let (a, b) = (stage.stranger(), stage.stranger());
    id(&register(&stage.owner, &a, "ENDPOINT/ep1"));
    let mut tally = Tally::default();
    for (tenant, other) in [(&a, &b), (&b, &a)] {
        for (at, key) in keys(tenant).iter().enumerate() {
            // Only the first three say "any".
            let may = if at < 3 { "allowed" } else { "insufficient_scope" };
            for resource in [json!("ENDPOINT/#"), json!(["ENDPOINT", null])] {
                let ask = |organization: Value| {
                    tenant.verdict(&json!({"key": key.value, "action": "write", "resource": resource,
                        "organization_id": organization}))
                };
                tally.equal(format_args!("{at} own"), &ask(json!(tenant.organization)).as_str(), &may);
                tally.equal(format_args!("{at} unnamed"), &ask(Value::Null).as_str(), &"insufficient_scope");
                tally.equal(
                    format_args!("{at} other"),
                    &ask(json!(other.organization)).as_str(),
                    &"insufficient_scope",
                );
            }
        }
    }
    tally.end();
}

both!(a_member_registers_nothing_and_sees_its_own_projects_only);
fn a_member_registers_nothing_and_sees_its_own_projects_only(site: Site) {
    let stage = Stage::on(site);
    let (operator, a, b) = (&stage.owner, stage.stranger(), stage.stranger());
    let taken = id(&register(operator, &b, "ENDPOINT/foreign"));
    let released = id(&register(operator, &b, "ENDPOINT/released"));
    assert_eq!(operator.delete(&format!("{}/{released}", path(&b))).status, 202);
    let mine = id(&register(operator, &a, "ENDPOINT/mine"));
    let held = [(&a, keys(&a)), (&b, keys(&b))];
    let before = (a.census(), b.census(), operator.census());
    let mut tally = Tally::default();
    for resource in ["ENDPOINT/foreign", "ENDPOINT/free", "ENDPOINT/released", "ENDPOINT/mine"] {
        tally.admin(format_args!("own {resource}"), &register(&a, &a, resource), 403, "FORBIDDEN");
        tally.admin(format_args!("other's {resource}"), &register(&a, &b, resource), 404, "NOT_FOUND");
    }
    for (case, answer, status, code) in [
        ("release its own", a.delete(&format!("{}/{mine}", path(&a))), 403, "FORBIDDEN"),
        ("release another's", a.delete(&format!("{}/{taken}", path(&b))), 404, "NOT_FOUND"),
        ("through its own project", a.delete(&format!("{}/{taken}", path(&a))), 403, "FORBIDDEN"),
        ("list another's", a.get(&path(&b)), 404, "NOT_FOUND"),
        ("not even JSON", a.post(&path(&a), "{"), 400, "INVALID_ARGUMENT"),
    ] {
        tally.admin(case, &answer, status, code);
    }
    tally.equal("afterwards", &(a.census(), b.census(), operator.census()), &before);
    for resource in ["ENDPOINT/free", "ENDPOINT/released"] {
        reached_by(&mut tally, resource, None, &held, &json!(resource));
    }
    let listed = a.get(&path(&a)).json();
    tally.equal("its list", &listed["data"].as_array().unwrap().len(), &1);
    let (first, expected) = (&listed["data"][0], ["ENDPOINT/mine", "an endpoint", &a.project, &mine]);
    let found = ["resource", "name", "project_id", "id"].map(|field| first[field].as_str().unwrap_or(""));
    tally.equal("its fields", &found, &expected);
    tally.equal("nothing more", &first.as_object().unwrap().len(), &5);
    tally.equal("the operator's list", &operator.get(&path(&a)).json(), &listed);
    // To an operator, too, the absent project is absent.
    let nowhere = "/admin/projects/01a1fd74-d772-79df-9763-35a5869daa68/resources";
    tally.admin("nowhere", &operator.get(nowhere), 404, "NOT_FOUND");
    tally.admin("nowhere", &operator.post(nowhere, r#"{"resource":"ENDPOINT/x"}"#), 404, "NOT_FOUND");
    tally.end();
}

both!(a_name_that_is_held_or_was_is_refused_with_the_same_words_whoever_has_it);
fn a_name_that_is_held_or_was_is_refused_with_the_same_words_whoever_has_it(site: Site) {
    let stage = Stage::on(site);
    let (operator, a, b) = (&stage.owner, stage.stranger(), stage.stranger());
    let sister = second_project(&a);
    id(&register(operator, &b, "ENDPOINT/foreign"));
    id(&register(operator, &a, "ENDPOINT/mine"));
    id(&register(operator, &sister, "ENDPOINT/sister"));
    let released = id(&register(operator, &b, "ENDPOINT/released"));
    assert_eq!(operator.delete(&format!("{}/{released}", path(&b))).status, 202);
    let late = second_project(&b);
    id(&register(operator, &late, "ENDPOINT/late"));
    assert_eq!(b.delete(&format!("/admin/projects/{}", late.project)).status, 202);
    let before = (a.census(), b.census());
    let mut tally = Tally::default();
    let first = register(operator, &a, "ENDPOINT/foreign").bare();
    for name in ["foreign", "mine", "sister", "released", "late"] {
        let refused = register(operator, &a, &format!("ENDPOINT/{name}"));
        tally.admin(name, &refused, 409, "ALREADY_EXISTS");
        tally.equal(name, &refused.bare(), &first);
    }
    tally.equal("afterwards", &(a.census(), b.census()), &before);
    // The organization that had it last may have it again, in any of its projects.
    for name in ["released", "late"] {
        tally.status(name, &register(operator, &b, &format!("ENDPOINT/{name}")), 200);
    }
    tally.end();
}

both!(a_resource_that_is_no_resource_is_refused_and_named);
fn a_resource_that_is_no_resource_is_refused_and_named(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let before = owner.census();
    let mut tally = Tally::default();
    let long = format!("ENDPOINT/{}", "x".repeat(1016));
    for (body, word) in [
        (json!({"resource": "ENDPOINT/#"}), "`#`"),
        (json!({"resource": "*"}), "wildcard"),
        (json!({"resource": ""}), "segment 1"),
        (json!({"resource": "ENDPOINT/*"}), "segment 2"),
        (json!({"resource": "ENDPOINT/a*"}), "segment 2"),
        (json!({"resource": "ENDPOINT"}), "ends before"),
        (json!({"resource": "ENDPOINT/a/"}), "segment 3"),
        (json!({"resource": "ENDPOINT/a/ENDPOINT/b"}), "segment 3"),
        (json!({"resource": "PLACE/Site/s/THING/a/b"}), "chain"),
        (json!({"resource": "GRAPHQL"}), "GRAPHQL is not an owned type"),
        (json!({"resource": format!("PROJECT/{}", owner.project)}), "PROJECT is not an owned type"),
        (json!({"resource": "WIDGET/1"}), "not a resource type"),
        (json!({"resource": "endpoint/1"}), "not a resource type"),
        (json!({"resource": "ENDPOINT/.."}), "dot segment"),
        (json!({"resource": "ENDPOINT/%2e"}), "dot segment"),
        (json!({"resource": "ENDPOINT/%zz"}), "percent"),
        (json!({"resource": "ENDPOINT/%00"}), "segment 2"),
        (json!({"resource": "ENDPOINT/a b"}), "segment 2"),
        (json!({"resource": "ENDPOINT/\u{e9}"}), "segment 2"),
        (json!({"resource": "ENDPOINT/%65p1"}), "one form, ENDPOINT/ep1"),
        (json!({"resource": long}), "longer"),
        (json!({"resource": null}), "resource"),
        (json!({"resource": ["ENDPOINT", "ep1"]}), "resource"),
        (json!({"resource": 1}), "resource"),
        (json!({"name": "no resource"}), "resource"),
        (json!({}), "resource"),
        (json!([]), "object"),
        (json!({"resource": "ENDPOINT/ep1", "name": ""}), "name"),
        (json!({"resource": "ENDPOINT/ep1", "name": "a\u{0}b"}), "name"),
        (json!({"resource": "ENDPOINT/ep1", "name": "x".repeat(513)}), "name"),
        (json!({"resource": "ENDPOINT/ep1", "name": ["x"]}), "name"),
        (json!({"resource": "ENDPOINT/ep1", "project_id": owner.project}), "project_id"),
        (json!({"resource": "ENDPOINT/ep1", "id": owner.project}), "id"),
    ] {
        let refused = owner.post(&path(owner), body.to_string());
        tally.admin(&body, &refused, 400, "INVALID_ARGUMENT");
        tally.that(refused.text().contains(word), format_args!("{body} says {word}"), &refused);
    }
    tally.equal("afterwards", &owner.census(), &before);
    for (resource, name) in
        [("ENDPOINT/ep1", json!({})), ("ENDPOINT/%F0%9F%94%91%2F%23", json!({"name": "鍵 <b>"}))]
    {
        let mut body = name.clone();
        body["resource"] = resource.into();
        let made = owner.post(&path(owner), body.to_string());
        tally.status(resource, &made, 200);
        let shown = name["name"].as_str().unwrap_or(resource);
        tally.equal(resource, &made.json()["name"].as_str().unwrap_or(""), &shown);
    }
    tally.end();
}

both!(what_is_no_registration_of_the_project_is_not_found_and_changes_nothing);
fn what_is_no_registration_of_the_project_is_not_found_and_changes_nothing(site: Site) {
    let stage = Stage::on(site);
    let (owner, other) = (&stage.owner, stage.stranger());
    let own = id(&register(owner, owner, "ENDPOINT/ep1"));
    let theirs = id(&register(owner, &other, "ENDPOINT/ep2"));
    let gone = id(&register(owner, owner, "ENDPOINT/ep3"));
    let at = |id: &str| format!("{}/{id}", path(owner));
    assert_eq!(owner.delete(&at(&gone)).status, 202);
    let before = owner.census();
    let (long, quoted) = ("x".repeat(7 << 10), format!("%22{own}%22"));
    let plain = own.replace('-', "");
    let mut tally = Tally::default();
    for id in [
        &*theirs,
        &gone,
        &plain,
        &quoted,
        &long,
        "%2F",
        "%2e%2e",
        "%00",
        "%FF",
        "%",
        "%zz",
        "*",
        "%23",
        "null",
        "-1",
        "ENDPOINT%2Fep1",
        "ENDPOINT/ep1",
        "00000000-0000-0000-0000-000000000000",
        "'%20or%201=1--",
    ] {
        let shown: String = id.chars().take(50).collect();
        tally.admin(shown, &owner.delete(&at(id)), 404, "NOT_FOUND");
    }
    for method in ["GET", "PATCH", "PUT", "POST"] {
        tally.status(method, &owner.send(&owner.call(method, &at(&own)).body("{}")), 405);
    }
    tally.admin("query", &owner.delete(&format!("{}?force=1", at(&own))), 400, "INVALID_ARGUMENT");
    tally.equal("afterwards", &owner.census(), &before);
    // An id in upper case or with an escaped character is the same id, as elsewhere.
    let escaped = format!("%3{}{}", &own[..1], &own[1..]);
    let same =
        if own.starts_with(|first: char| first.is_ascii_digit()) { escaped } else { own.to_uppercase() };
    tally.status("escaped", &owner.delete(&at(&same)), 202);
    tally.admin("again", &owner.delete(&at(&own)), 404, "NOT_FOUND");
    tally.end();
}

both!(pages_hold_every_resource_once);
fn pages_hold_every_resource_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut made: Vec<String> =
        (0..23).map(|at| id(&register(owner, owner, &format!("ENDPOINT/ep{at}")))).collect();
    let gone = made.remove(7);
    assert_eq!(owner.delete(&format!("{}/{gone}", path(owner))).status, 202);
    let ids = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let whole = owner.get(&path(owner)).json();
    assert_eq!(ids(&whole), made);
    assert!(whole.get("pagination").is_none());
    for limit in [1, 7, 22, 100] {
        let (mut found, mut next) = (Vec::new(), String::new());
        loop {
            let page = owner.get(&format!("{}?limit={limit}{next}", path(owner))).json();
            found.extend(ids(&page));
            let Some(token) = page["pagination"]["next"].as_str() else { break };
            next = format!("&paginationToken={token}");
        }
        assert_eq!(found, made, "limit {limit}");
    }
    let mut tally = Tally::default();
    for query in
        ["limit=5&limit=5", "q=a", "status=all", "paginationToken=x", "paginationToken=1.x", "Limit=1"]
    {
        tally.admin(query, &owner.get(&format!("{}?{query}", path(owner))), 400, "INVALID_ARGUMENT");
    }
    for limit in ["0", "101", "-1", "ten"] {
        tally.admin(limit, &owner.get(&format!("{}?limit={limit}", path(owner))), 400, "OUT_OF_RANGE");
    }
    tally.end();
}

both!(a_removed_project_takes_its_resources_out_of_reach_and_leaves_their_names_to_its_organization);
fn a_removed_project_takes_its_resources_out_of_reach_and_leaves_their_names_to_its_organization(site: Site) {
    let stage = Stage::on(site);
    let (operator, a, b) = (&stage.owner, stage.stranger(), stage.stranger());
    let second = second_project(&a);
    id(&register(operator, &second, "ENDPOINT/ep1"));
    let gone = second.key_with(json!({"scopes": [{"action": "*"}]}));
    let all: Vec<(&Tenant, Vec<Key>)> = [&a, &b].map(|tenant| (tenant, keys(tenant))).into();
    let mut tally = Tally::default();
    let question = json!({"key": gone.value, "action": "read", "resource": "ENDPOINT/ep1"});
    tally.equal("before", &a.verdict(&question).as_str(), &"allowed");
    let removed = a.delete(&format!("/admin/projects/{}", second.project));
    tally.status("removed", &removed, 202);
    tally.equal("its key", &a.verdict(&question).as_str(), &"disabled");
    reached_by(&mut tally, "others", None, &all, &json!("ENDPOINT/ep1"));
    tally.admin("its list", &operator.get(&path(&second)), 404, "NOT_FOUND");
    tally.admin("another organization", &register(operator, &b, "ENDPOINT/ep1"), 409, "ALREADY_EXISTS");
    tally.status("the same organization", &register(operator, &a, "ENDPOINT/ep1"), 200);
    reached_by(&mut tally, "its new project", Some(&a), &all, &json!("ENDPOINT/ep1"));
    tally.end();
}

both!(a_register_of_one_name_many_times_at_once_happens_once);
fn a_register_of_one_name_many_times_at_once_happens_once(site: Site) {
    let stage = Stage::on(site);
    let (operator, a, b) = (&stage.owner, stage.stranger(), stage.stranger());
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16)
            .map(|at| {
                let tenant = if at % 2 == 0 { &a } else { &b };
                scope.spawn(move || register(operator, tenant, "ENDPOINT/ep1").status)
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
    let changes = |tenant: &Tenant| {
        let changes = tenant.census().changes;
        changes.iter().filter(|change| change["action"] == "resource.registered").count()
    };
    assert_eq!(changes(&a) + changes(&b), 1);
}

both!(a_request_that_is_repeated_under_its_key_registers_once);
fn a_request_that_is_repeated_under_its_key_registers_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let once = |resource: &str| {
        let call = owner.call("POST", &path(owner)).header("Idempotency-Key", "1");
        owner.send(&call.json(&json!({"resource": resource})))
    };
    let mut tally = Tally::default();
    let first = id(&once("ENDPOINT/ep1"));
    let before = owner.census();
    tally.equal("again", &id(&once("ENDPOINT/ep1")), &first);
    tally.admin("another", &once("ENDPOINT/ep2"), 409, "ALREADY_EXISTS");
    tally.equal("afterwards", &owner.census(), &before);
    tally.status("release", &owner.delete(&format!("{}/{first}", path(owner))), 202);
    tally.admin("after its release", &once("ENDPOINT/ep1"), 404, "NOT_FOUND");
    tally.end();
}

#[test]
fn a_token_of_nobody_learns_nothing_about_resources() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let registered = id(&register(owner, owner, "ENDPOINT/ep1"));
    let mut tally = Tally::default();
    let one = format!("{}/{registered}", path(owner));
    for (method, path) in [("GET", path(owner)), ("POST", path(owner)), ("DELETE", one)] {
        let answer =
            Request::new(method, &path).header("Authorization", "Bearer x").body("{}").send(owner.public);
        tally.admin(method, &answer, 401, "UNAUTHENTICATED");
    }
    tally.end();
}

both!(an_owner_does_not_become_the_operator_by_a_new_secret_for_its_account);
fn an_owner_does_not_become_the_operator_by_a_new_secret_for_its_account(site: Site) {
    let stage = Stage::on(site);
    let (operator, other) = (&stage.owner, stage.stranger());
    let accounts = "/admin/service-accounts";
    let first = operator.get(accounts).json()["data"][0]["id"].as_str().unwrap().to_owned();
    let roles = json!([{"resource_type": "organization", "role": "OrgOwner"}]);
    let made = operator.post(accounts, json!({"name": "owner", "role_bindings": roles}).to_string()).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (client_id, client_secret) =
        (text(&made["service_account"]["client_id"]), text(&made["client_secret"]));
    let mut owner = Tenant { client_id, client_secret, ..operator.clone() };
    owner.token = text(&owner.buy().json()["access_token"]);
    let rotate = |caller: &Tenant| caller.post(&format!("{accounts}/{first}/rotate-secret"), "");
    let mut tally = Tally::default();
    tally.admin("its own project", &register(&owner, &owner, "ENDPOINT/ep1"), 403, "FORBIDDEN");
    tally.admin("another's", &register(&owner, &other, "ENDPOINT/ep1"), 404, "NOT_FOUND");
    tally.admin("a new secret", &rotate(&owner), 403, "FORBIDDEN");
    tally.status("the operator itself", &register(operator, &other, "ENDPOINT/ep1"), 200);
    tally.status("its own new secret", &rotate(operator), 200);
    tally.end();
}
