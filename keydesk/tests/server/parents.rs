//! Keys made by keys: what they may be given, and what becomes of them when the one that made them goes.

use crate::clients::{client, said};
use crate::harness::{Answer, Key, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

/// A key that administers and may hand on what `scopes` say.
fn administrator(owner: &Tenant, scopes: &[(&str, &str)], mut fields: Value) -> Key {
    let own = format!("ORGANIZATION/{}", owner.organization);
    let all = scopes.iter().copied().chain([("admin", own.as_str())]);
    fields["class"] = "admin".into();
    fields["scopes"] =
        all.map(|(action, filter)| json!({"action": action, "resource_filter": filter})).collect();
    owner.key_with(fields)
}

fn call(owner: &Tenant, by: &Key, method: &str, path: &str, body: &Value) -> Answer {
    Request::new(method, path).header("X-Api-Key", &by.value).json(body).send(owner.public)
}

/// A key made by a key.
fn child(owner: &Tenant, by: &Key) -> Key {
    child_in(owner, by, &owner.project)
}

fn child_in(owner: &Tenant, by: &Key, project: &str) -> Key {
    let body = json!({"name": "child", "scopes": [{"action": "read", "resource_filter": "THING/#/#"}]});
    let made = call(owner, by, "POST", &format!("/admin/projects/{project}/api-keys"), &body);
    assert_eq!(made.status, 200, "{made:?}");
    let made = made.json();
    assert_eq!(made["key"]["created_by"], format!("key:{}", by.id));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Key { id: text(&made["key"]["id"]), value: text(&made["value"]) }
}

fn message(answer: &Answer) -> String {
    answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
}

both!(a_key_gives_no_more_than_it_has);
fn a_key_gives_no_more_than_it_has(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let limits = json!({"allowed_ip_cidrs": ["127.0.0.0/8"], "expires_at": "2100-01-01T00:00:00Z"});
    let admin = administrator(owner, &[("read", "THING/#/#"), ("write", "PLACE/Site/#")], limits);
    let given = |scopes: &[(&str, &str)], networks: &[&str], expires_at: Option<&str>| {
        let scope = |(action, filter): &(&str, &str)| json!({"action": action, "resource_filter": filter});
        json!({"name": "n", "scopes": scopes.iter().map(scope).collect::<Value>(), "allowed_ip_cidrs": networks,
            "expires_at": expires_at})
    };
    let (near, soon) = (&["127.0.0.1"][..], Some("2099-01-01T00:00:00Z"));
    let key = owner.key_with(given(&[("read", "THING/a/b")], near, soon));
    let mut tally = Tally::default();
    for (scopes, networks, expires_at, refusal) in [
        (&[("read", "THING/#/#")][..], near, soon, None),
        (&[("read", "PLACE/Site/s1/THING/a/#")], near, soon, None),
        (&[("read", "THING/a/b"), ("write", "PLACE/Site/s1")], &["127.0.0.0/8"], soon, None),
        (&[("read", "THING/a/b")], &["127.0.0.0/9", "127.128.0.0/9"], Some("2100-01-01T00:00:00Z"), None),
        (&[("write", "THING/a/b")], near, soon, Some("`write THING/a/b`")),
        (&[("*", "THING/a/b")], near, soon, Some("`* THING/a/b`")),
        (&[("read", "THING/a/b"), ("read", "PLACE/Site/s1")], near, soon, Some("`read PLACE/Site/s1`")),
        (&[("read", "*")], near, soon, Some("`read *`")),
        (&[("write", "PLACE/#/#")], near, soon, Some("`write PLACE/#/#`")),
        (&[("read", "THING/a/b")], &[], soon, Some("`allowed_ip_cidrs`")),
        (&[("read", "THING/a/b")], &["127.0.0.1", "10.0.0.1"], soon, Some("`allowed_ip_cidrs`")),
        (&[("read", "THING/a/b")], near, None, Some("`expires_at`")),
        (&[("read", "THING/a/b")], near, Some("2100-01-01T00:00:01Z"), Some("`expires_at`")),
        (&[("admin", "ORGANIZATION/#")], near, soon, Some("only an owner of the organization")),
    ] {
        let body = given(scopes, networks, expires_at);
        let before = owner.census();
        for (method, path) in [("POST", owner.keys()), ("PATCH", key.path())] {
            let answer = call(owner, &admin, method, &path, &body);
            match refusal {
                None => tally.status(format_args!("{method} {body}"), &answer, 200),
                Some(words) => {
                    tally.admin(format_args!("{method} {body}"), &answer, 403, "FORBIDDEN");
                    tally.that(message(&answer).contains(words), words, &answer);
                    tally.equal(format_args!("{method} {body} afterwards"), &owner.census(), &before);
                }
            }
        }
    }
    // What nobody said is the default role, and that is more than this key has.
    let plain = call(owner, &admin, "POST", &owner.keys(), &json!({"name": "n"}));
    tally.admin("the default", &plain, 403, "FORBIDDEN");
    let all = call(owner, &admin, "POST", &owner.keys(), &json!({"name": "n", "access": {"preset": "all"}}));
    tally.admin("all", &all, 403, "FORBIDDEN");
    tally.end();
}

both!(a_key_switches_nothing_on_again_and_leaves_itself_and_what_is_beyond_it_alone);
fn a_key_switches_nothing_on_again_and_leaves_itself_and_what_is_beyond_it_alone(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner, &[("*", "THING/#/#")], json!({}));
    let other = administrator(owner, &[], json!({}));
    let made = child(owner, &admin);
    let wide = owner.key_with(json!({"scopes": [{"action": "read"}]}));
    let patch = |key: &Key, body: Value| call(owner, &admin, "PATCH", &key.path(), &body);
    let mut tally = Tally::default();
    tally.status("off", &patch(&made, json!({"enabled": false})), 200);
    tally.admin("on again", &patch(&made, json!({"enabled": true})), 403, "FORBIDDEN");
    let narrow = json!({"enabled": true, "scopes": [{"action": "read", "resource_filter": "THING/a/b"}]});
    tally.admin("on again and narrower", &patch(&made, narrow), 403, "FORBIDDEN");
    tally.status("still off", &patch(&made, json!({"name": "renamed"})), 200);
    tally.equal("still off", &owner.verify(&made).as_str(), &"disabled");
    let ended = child(owner, &admin);
    owner.run_out(&ended);
    for body in [json!({"expires_at": "2099-01-01T00:00:00Z"}), json!({"expires_at": null})] {
        tally.admin(format_args!("more time {body}"), &patch(&ended, body.clone()), 403, "FORBIDDEN");
    }
    tally.status("still expired", &patch(&ended, json!({"name": "renamed"})), 200);
    tally.equal("still expired", &owner.verify(&ended).as_str(), &"expired");
    let narrow = json!({"scopes": [{"action": "read", "resource_filter": "THING/a/b"}]});
    for body in [json!({"name": "n"}), json!({"expires_at": "2099-01-01T00:00:00Z"}), narrow.clone()] {
        tally.admin(format_args!("itself {body}"), &patch(&admin, body.clone()), 403, "FORBIDDEN");
    }
    for body in [json!({"name": "n"}), json!({"expires_at": "2099-01-01T00:00:00Z"})] {
        tally.admin(format_args!("an administrator {body}"), &patch(&other, body.clone()), 403, "FORBIDDEN");
    }
    tally.status("no administrator any more", &patch(&other, narrow), 200);
    tally.admin("beyond it", &patch(&wide, json!({"name": "n"})), 403, "FORBIDDEN");
    let narrow = json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]});
    tally.status("narrowed", &patch(&wide, narrow), 200);
    tally.status("no change", &patch(&admin, json!({"enabled": true})), 200);
    tally.status("another off", &patch(&other, json!({"enabled": false})), 200);
    tally.status("another gone", &call(owner, &admin, "DELETE", &other.path(), &json!({})), 202);
    tally.status("itself off", &patch(&admin, json!({"enabled": false})), 200);
    tally.admin("and nobody", &patch(&made, json!({"name": "n"})), 401, "UNAUTHENTICATED");
    tally.end();
}

both!(a_revoked_key_takes_along_the_keys_that_it_made);
fn a_revoked_key_takes_along_the_keys_that_it_made(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (admin, other) =
        (administrator(owner, &[("*", "*")], json!({})), administrator(owner, &[("*", "*")], json!({})));
    let project = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let elsewhere = child_in(owner, &admin, project["id"].as_str().unwrap());
    let (first, second) = (child(owner, &admin), child(owner, &admin));
    // An owner made an administrator of a child, and that made a key.
    let scopes = json!([{"action": "admin", "resource_filter": "ORGANIZATION/#"}, {"action": "*"}]);
    let body = json!({"name": "n", "class": "admin", "scopes": [{"action": "*"}]});
    let promoted = call(owner, &admin, "POST", &owner.keys(), &body).json();
    let promoted = Key {
        id: promoted["key"]["id"].as_str().unwrap().into(),
        value: promoted["value"].as_str().unwrap().into(),
    };
    assert_eq!(owner.patch(&promoted.path(), &json!({"scopes": scopes})).status, 200);
    let grandchild = child(owner, &promoted);
    let (mine, theirs) = (owner.key(), child(owner, &other));
    owner.delete(&second.path());
    let rows = owner.census().changes.len();
    let mut tally = Tally::default();
    let answer = owner.delete(&admin.path());
    tally.status("revoke", &answer, 202);
    tally.that(answer.body.is_empty(), "no body", &answer);
    tally.equal("how many", &answer.header("x-keydesk-revoked"), &Some("5"));
    for (case, key, code) in [
        ("itself", &admin, "revoked"),
        ("child", &first, "revoked"),
        ("in another project", &elsewhere, "revoked"),
        ("promoted", &promoted, "revoked"),
        ("grandchild", &grandchild, "revoked"),
        ("of the owner", &mine, "allowed"),
        ("of another", &theirs, "allowed"),
    ] {
        tally.equal(case, &owner.verify(key).as_str(), &code);
    }
    let changes = owner.census().changes;
    tally.equal("one change", &changes.len(), &(rows + 1));
    tally.equal("all of them", &changes.last().unwrap()["targets"].as_array().unwrap().len(), &5);
    tally.admin("again", &owner.delete(&admin.path()), 404, "NOT_FOUND");
    tally.end();
}

both!(without_cascade_the_keys_that_a_key_made_live_on);
fn without_cascade_the_keys_that_a_key_made_live_on(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner, &[("*", "*")], json!({}));
    let made = child(owner, &admin);
    let mut tally = Tally::default();
    for query in ["cascade=no", "cascade=", "cascade=False", "cascade=false&cascade=false", "x=1"] {
        let answer = owner.delete(&format!("{}?{query}", admin.path()));
        tally.admin(query, &answer, 400, "INVALID_ARGUMENT");
    }
    tally.equal("not yet", &owner.verify(&admin).as_str(), &"allowed");
    let answer = owner.delete(&format!("{}?cascade=false", admin.path()));
    tally.status("revoke", &answer, 202);
    tally.equal("how many", &answer.header("x-keydesk-revoked"), &Some("1"));
    tally.equal("itself", &owner.verify(&admin).as_str(), &"revoked");
    tally.equal("what it made", &owner.verify(&made).as_str(), &"allowed");
    tally.admin("again", &owner.delete(&admin.path()), 404, "NOT_FOUND");
    tally.equal("still", &owner.verify(&made).as_str(), &"allowed");
    tally.end();
}

both!(a_key_may_revoke_itself_with_all_that_it_made);
fn a_key_may_revoke_itself_with_all_that_it_made(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner, &[("*", "*")], json!({}));
    // More than one change holds.
    let made: Vec<Key> = (0..230).map(|_| child(owner, &admin)).collect();
    let answer = call(owner, &admin, "DELETE", &admin.path(), &json!({}));
    let mut tally = Tally::default();
    tally.status("revoke", &answer, 202);
    tally.equal("how many", &answer.header("x-keydesk-revoked"), &Some("231"));
    let dead = made.iter().filter(|key| owner.verify(key) == "revoked").count();
    tally.equal("all of them", &dead, &made.len());
    let again = call(owner, &admin, "GET", "/admin/projects", &json!({}));
    tally.admin("and nobody", &again, 401, "UNAUTHENTICATED");
    tally.end();
}

both!(a_key_revoked_while_it_makes_keys_leaves_none_alive);
fn a_key_revoked_while_it_makes_keys_leaves_none_alive(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner, &[("*", "*")], json!({}));
    let body = json!({"name": "n", "scopes": [{"action": "read"}]});
    std::thread::scope(|scope| {
        let making: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut made = 0;
                    while call(owner, &admin, "POST", &owner.keys(), &body).status == 200 {
                        made += 1;
                    }
                    made
                })
            })
            .collect();
        while owner.census().keys.len() < 20 {}
        assert_eq!(owner.delete(&admin.path()).status, 202);
        let made: usize = making.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(made >= 19, "{made}");
    });
    let alive: Vec<Value> =
        owner.census().keys.into_iter().filter(|key| key["status"] != "revoked").collect();
    assert!(alive.is_empty(), "{} keys live on", alive.len());
}

#[test]
fn the_command_says_how_many_keys_went() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    for (arguments, text, code) in [
        (&["key", "revoke", "--yes"][..], "revoked, and the 2 keys that it made\n", "revoked"),
        (&["key", "revoke", "--yes", "--no-cascade"], "revoked\n", "allowed"),
    ] {
        let admin = administrator(owner, &[("*", "*")], json!({}));
        let made = [child(owner, &admin), child(owner, &admin)];
        let ended = client(owner, &[arguments, &[&admin.id]].concat()).output().unwrap();
        assert_eq!(said(&ended.stdout), format!("{}  {text}", admin.id), "{ended:?}");
        assert!(made.iter().all(|key| owner.verify(key) == code), "{text}");
    }
}
