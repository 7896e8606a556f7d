//! Keys made, changed and revoked by an administrator's key: as on the Admin API, in the caller's project.

use super::{administrator, ask, outcome, request};
use crate::harness::{Answer, Key, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

const CREATE: &str = "mutation($i:CreateApiKeyInput!){createApiKey(input:$i){id name permissions createdAt lastUsed \
                      expiresAt enabled status allowedIpCidrs class secret}}";
const UPDATE: &str = "mutation($i:UpdateApiKeyInput!){updateApiKey(input:$i){id name permissions enabled status \
                      expiresAt allowedIpCidrs}}";

fn send(owner: &Tenant, key: &Key, query: &str, input: &Value) -> Answer {
    request(&key.value, &json!({"query": query, "variables": {"i": input}})).send(owner.public)
}

both!(a_key_is_made_as_it_was_asked_for);
fn a_key_is_made_as_it_was_asked_for(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner);
    let mut tally = Tally::default();
    for (input, permissions, reads, writes) in [
        (json!({"permission": "ALL"}), "ALL", true, true),
        (json!({"permission": "READ_ONLY"}), "READ_ONLY", true, false),
        (json!({"permission": "RESTRICTED"}), "RESTRICTED", false, false),
        (json!({"permission": "RESTRICTED", "graphql": "NONE"}), "RESTRICTED graphql=NONE", false, false),
        (
            json!({"permission": "RESTRICTED", "graphql": "READ_ONLY"}),
            "RESTRICTED graphql=READ_ONLY",
            true,
            false,
        ),
        (
            json!({"permission": "RESTRICTED", "graphql": "READ_WRITE"}),
            "RESTRICTED graphql=READ_WRITE",
            true,
            true,
        ),
        (
            json!({"permission": "RESTRICTED", "levels": [{"api": "graphql", "level": "READ_ONLY"}], "ai": "RESTRICTED",
                "endpoints": [{"id": "ep1", "access": "READ_WRITE"}, {"id": "ai", "access": "NONE"}]}),
            "RESTRICTED ai=RESTRICTED graphql=READ_ONLY endpoints/ai=NONE endpoints/ep1=READ_WRITE",
            true,
            false,
        ),
    ] {
        let mut input = input;
        input["name"] = "made".into();
        let answer = send(owner, &admin, CREATE, &input);
        tally.equal(&input, &outcome(&answer).as_str(), &"fine");
        let made = answer.json()["data"]["createApiKey"].clone();
        tally.equal(&input, &made["permissions"], &json!(permissions));
        let shown =
            json!([made["name"], made["enabled"], made["status"], made["lastUsed"], made["allowedIpCidrs"]]);
        tally.equal(&input, &shown, &json!(["made", true, "ACTIVE", null, []]));
        let question = |action: &str| json!({"key": made["secret"], "action": action, "resource": "GRAPHQL"});
        let decided =
            (owner.verdict(&question("read")) == "allowed", owner.verdict(&question("write")) == "allowed");
        tally.equal(&input, &decided, &(reads, writes));
        let kept = owner.get(&format!("/admin/api-keys/{}", made["id"].as_str().unwrap())).json();
        tally.equal(&input, &kept["project_id"], &json!(owner.project));
        tally.equal(&input, &kept["created_by"], &json!(format!("key:{}", admin.id)));
    }
    let input = json!({"name": "n", "permission": "ALL", "enabled": false, "class": "external",
        "expiresAt": "2099-01-01T00:00:00Z", "allowedIpCidrs": ["10.0.0.0/8"]});
    let made = send(owner, &admin, CREATE, &input).json()["data"]["createApiKey"].clone();
    let shown =
        json!([made["enabled"], made["status"], made["class"], made["expiresAt"], made["allowedIpCidrs"]]);
    tally.equal(
        "the rest",
        &shown,
        &json!([false, "DISABLED", "external", "2099-01-01T00:00:00Z", ["10.0.0.0/8"]]),
    );
    let listed = ask(owner, &admin, "{myself{apiKeys(limit:100){name permissions status}}}");
    tally.equal("listed", &listed.json()["data"]["myself"]["apiKeys"].as_array().unwrap().len(), &9);
    tally.end();
}

both!(a_key_that_cannot_be_is_not_made);
fn a_key_that_cannot_be_is_not_made(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner);
    let before = owner.census();
    let mut tally = Tally::default();
    for (input, expected) in [
        (json!({"name": "n"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"permission": "ALL"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"name": null, "permission": "ALL"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"name": "n", "permission": "All"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"name": "n", "permission": "ADMIN"}), "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({"name": "n", "permission": "ALL", "allowedIpCidr": ["10.0.0.0/8"]}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (json!({"name": "n", "permission": "ALL", "enabled": "false"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"name": 1, "permission": "ALL"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!([{"name": "n", "permission": "ALL"}]), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"name": "", "permission": "ALL"}), "BAD_USER_INPUT"),
        (json!({"name": "x".repeat(81), "permission": "ALL"}), "BAD_USER_INPUT"),
        (json!({"name": "a\u{0}", "permission": "ALL"}), "BAD_USER_INPUT"),
        (json!({"name": "n", "permission": "ALL", "graphql": "READ_ONLY"}), "BAD_USER_INPUT"),
        (json!({"name": "n", "permission": "RESTRICTED", "graphql": "RESTRICTED"}), "BAD_USER_INPUT"),
        (
            json!({"name": "n", "permission": "RESTRICTED", "graphql": "NONE",
                "levels": [{"api": "graphql", "level": "READ_WRITE"}]}),
            "BAD_USER_INPUT",
        ),
        (
            json!({"name": "n", "permission": "RESTRICTED", "levels": [{"api": "x", "level": "NONE"}]}),
            "BAD_USER_INPUT",
        ),
        (
            json!({"name": "n", "permission": "RESTRICTED", "endpoints": [{"id": "e", "access": "NONE"}]}),
            "BAD_USER_INPUT",
        ),
        (
            json!({"name": "n", "permission": "RESTRICTED", "ai": "RESTRICTED",
                "endpoints": [{"id": "e", "access": "RESTRICTED"}]}),
            "BAD_USER_INPUT",
        ),
        (
            json!({"name": "n", "permission": "RESTRICTED", "ai": "RESTRICTED",
                "endpoints": [{"id": "e", "access": "NONE"}, {"id": "e", "access": "READ_WRITE"}]}),
            "BAD_USER_INPUT",
        ),
        (json!({"name": "n", "permission": "ALL", "expiresAt": "2001-01-01T00:00:00Z"}), "BAD_USER_INPUT"),
        (json!({"name": "n", "permission": "ALL", "expiresAt": "tomorrow"}), "BAD_USER_INPUT"),
        (json!({"name": "n", "permission": "ALL", "allowedIpCidrs": ["10.0.0.1/8"]}), "BAD_USER_INPUT"),
        (json!({"name": "n", "permission": "ALL", "class": "none"}), "BAD_USER_INPUT"),
    ] {
        let answer = send(owner, &admin, CREATE, &input);
        tally.equal(&input, &outcome(&answer).as_str(), &expected);
        tally.that(answer.body.len() < 4096, &input, &answer);
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(no_key_gives_more_than_it_has);
fn no_key_gives_more_than_it_has(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let own = format!("ORGANIZATION/{}", owner.organization);
    let limited = owner.key_with(json!({"class": "admin", "allowed_ip_cidrs": ["127.0.0.0/8"], "scopes": [
        {"action": "admin", "resource_filter": own}, {"action": "read", "resource_filter": "GRAPHQL"}]}));
    let target = owner.key_with(json!({"access": {"preset": "read_only"}}));
    let before = owner.census();
    let mut tally = Tally::default();
    for input in [
        json!({"name": "n", "permission": "ALL"}),
        json!({"name": "n", "permission": "READ_ONLY"}),
        json!({"name": "n", "permission": "RESTRICTED", "graphql": "READ_WRITE", "allowedIpCidrs": ["127.0.0.1"]}),
        json!({"name": "n", "permission": "RESTRICTED", "graphql": "READ_ONLY"}),
        json!({"name": "n", "permission": "RESTRICTED", "graphql": "READ_ONLY", "allowedIpCidrs": ["0.0.0.0/0"]}),
    ] {
        tally.equal(&input, &outcome(&send(owner, &limited, CREATE, &input)).as_str(), &"FORBIDDEN");
    }
    for input in
        [json!({"permission": "ALL"}), json!({"name": "m"}), json!({"enabled": true, "permission": "ALL"})]
    {
        let mut input = input;
        input["id"] = target.id.as_str().into();
        tally.equal(&input, &outcome(&send(owner, &limited, UPDATE, &input)).as_str(), &"FORBIDDEN");
    }
    tally.equal("afterwards", &owner.census(), &before);
    let input = json!({"name": "n", "permission": "RESTRICTED", "graphql": "READ_ONLY", "allowedIpCidrs": ["127.0.0.1"]});
    tally.equal("within", &outcome(&send(owner, &limited, CREATE, &input)).as_str(), &"fine");
    tally.end();
}

both!(a_key_is_changed_and_revoked_within_the_callers_project);
fn a_key_is_changed_and_revoked_within_the_callers_project(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let admin = administrator(owner);
    let made = owner.post("/admin/projects", json!({"name": "p"}).to_string()).json();
    let other = Tenant { project: made["id"].as_str().unwrap().into(), ..owner.clone() };
    let (key, neighbour, foreign, gone) =
        (owner.key_with(json!({"access": {"preset": "all"}})), other.key(), stranger.key(), owner.key());
    owner.delete(&gone.path());
    let update = |input: Value| send(owner, &admin, UPDATE, &input).json()["data"]["updateApiKey"].clone();
    let mut tally = Tally::default();
    for (change, shown) in [
        (json!({"enabled": false}), json!(["key", "ALL", false, "DISABLED", null, []])),
        (json!({"enabled": true, "name": "n"}), json!(["n", "ALL", true, "ACTIVE", null, []])),
        (json!({"permission": "READ_ONLY"}), json!(["n", "READ_ONLY", true, "ACTIVE", null, []])),
        (
            json!({"allowedIpCidrs": ["10.0.0.0/8"]}),
            json!(["n", "READ_ONLY", true, "ACTIVE", null, ["10.0.0.0/8"]]),
        ),
        (json!({"allowedIpCidrs": null, "name": null}), json!(["n", "READ_ONLY", true, "ACTIVE", null, []])),
        (
            json!({"expiresAt": "2099-01-01T00:00:00Z"}),
            json!(["n", "READ_ONLY", true, "ACTIVE", "2099-01-01T00:00:00Z", []]),
        ),
        (json!({"expiresAt": null}), json!(["n", "READ_ONLY", true, "ACTIVE", null, []])),
        (json!({}), json!(["n", "READ_ONLY", true, "ACTIVE", null, []])),
    ] {
        // A key that was switched off is switched on by people only.
        if change["enabled"] == true {
            tally.equal("by a key", &update(json!({"id": key.id, "enabled": true})), &Value::Null);
            owner.patch(&key.path(), &json!({"enabled": true}));
        }
        let mut input = change.clone();
        input["id"] = key.id.as_str().into();
        let now = update(input);
        let found = json!([
            now["name"],
            now["permissions"],
            now["enabled"],
            now["status"],
            now["expiresAt"],
            now["allowedIpCidrs"]
        ]);
        tally.equal(&change, &found, &shown);
    }
    tally.equal("its secret stays", &owner.verify(&key).as_str(), &"allowed");
    let levels = send(owner, &admin, UPDATE, &json!({"id": key.id, "graphql": "READ_WRITE"}));
    tally.equal("levels alone", &outcome(&levels).as_str(), &"BAD_USER_INPUT");
    let (before, theirs) = (owner.census(), stranger.census());
    let long = "x".repeat(10_000);
    for id in [
        &neighbour.id,
        &foreign.id,
        &gone.id,
        "",
        "0",
        "9999999999999999999999",
        &long,
        &owner.project,
        &key.value,
        "01A1FD74-D772-79DF-9763-35A5869DAA68",
        "../../x",
    ] {
        let changed = send(owner, &admin, UPDATE, &json!({"id": id, "name": "taken"}));
        tally.equal(format_args!("change {id}"), &outcome(&changed).as_str(), &"NOT_FOUND");
        let revoke = json!({"query": "mutation($i:ID!){deleteApiKey(id:$i)}", "variables": {"i": id}});
        let revoked = request(&admin.value, &revoke).send(owner.public);
        tally.equal(format_args!("revoke {id}"), &outcome(&revoked).as_str(), &"NOT_FOUND");
        tally.that(!revoked.text().contains("rpa_") && revoked.body.len() < 4096, "said", &revoked);
    }
    let number = ask(owner, &admin, "mutation{deleteApiKey(id:12)}");
    tally.equal("a number", &outcome(&number).as_str(), &"NOT_FOUND");
    tally.equal("afterwards", &owner.census(), &before);
    tally.equal("the stranger's", &stranger.census(), &theirs);
    let revoked = ask(owner, &admin, &format!(r#"mutation{{deleteApiKey(id:"{}")}}"#, key.id));
    tally.equal("revoked", &revoked.json(), &json!({"data": {"deleteApiKey": true}}));
    tally.equal("is dead", &owner.verify(&key).as_str(), &"revoked");
    tally.end();
}

both!(each_mutation_is_a_change_of_its_own_and_the_next_follows_whatever_became_of_it);
fn each_mutation_is_a_change_of_its_own_and_the_next_follows_whatever_became_of_it(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (admin, key) = (administrator(owner), owner.key());
    let before = owner.census().changes.len();
    let absent = "01a1fd74-d772-79df-9763-35a5869daa68";
    let id = &key.id;
    let document = format!(
        r#"mutation {{ a: createApiKey(input:{{name:"a",permission:ALL}}){{name}} b: deleteApiKey(id:"{absent}")
           c: updateApiKey(input:{{id:"{id}",name:"c"}}){{name}} d: createApiKey(input:{{name:"",permission:ALL}}){{id}}
           e: deleteApiKey(id:"{id}") f: deleteApiKey(id:"{id}") }}"#
    );
    let answer = ask(owner, &admin, &document).json();
    let mut tally = Tally::default();
    let data = json!({"a": {"name": "a"}, "b": null, "c": {"name": "c"}, "d": null, "e": true, "f": null});
    tally.equal("data", &answer["data"], &data);
    let told: Vec<Value> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| json!([error["path"][0], error["extensions"]["code"]]))
        .collect();
    let expected = json!([["b", "NOT_FOUND"], ["d", "BAD_USER_INPUT"], ["f", "NOT_FOUND"]]);
    tally.equal("errors", &Value::from(told), &expected);
    let changes = owner.census().changes;
    let made: Vec<&Value> = changes[before..].iter().map(|change| &change["action"]).collect();
    tally.equal("on record", &json!(made), &json!(["api_key.created", "api_key.updated", "api_key.revoked"]));
    // Whoever revokes itself makes nothing more.
    let document = format!(
        r#"mutation{{deleteApiKey(id:"{}") createApiKey(input:{{name:"n",permission:ALL}}){{id secret}}}}"#,
        admin.id
    );
    let keys = owner.census().keys.len();
    let last = ask(owner, &admin, &document);
    tally.equal("after its end", &last.json()["data"]["createApiKey"], &Value::Null);
    tally.equal("no more keys", &owner.census().keys.len(), &keys);
    tally.end();
}

#[test]
fn the_plan_holds_here_too() {
    let stage = Stage::sqlite();
    let free = stage.site.organization(&stage.server, &["--name", "free", "--plan", "Free"]);
    let made = free
        .post(&free.keys(), json!({"name": "n", "class": "admin", "access": {"preset": "all"}}).to_string());
    assert_eq!(made.status, 200, "{made:?}");
    // On this plan keys have no scopes, so no key is an administrator's.
    let value = made.json()["value"].as_str().unwrap().to_owned();
    let input = json!({"query": CREATE, "variables": {"i": {"name": "n", "permission": "READ_ONLY"}}});
    assert_eq!(outcome(&request(&value, &input).send(free.public)), "FORBIDDEN");
    let admin = administrator(&free_to_standard(&stage, &free));
    let set = stage.site.run(&["organization", "set-plan", &free.organization, "Free"]);
    assert!(set.status.success(), "{set:?}");
    let refused = request(&admin.value, &input).send(free.public);
    assert_eq!(outcome(&refused), "FORBIDDEN");
    assert!(refused.text().contains("plan"), "{refused:?}");
}

fn free_to_standard(stage: &Stage, free: &Tenant) -> Tenant {
    let set = stage.site.run(&["organization", "set-plan", &free.organization, "Standard"]);
    assert!(set.status.success(), "{set:?}");
    free.clone()
}

#[test]
fn the_list_of_keys_comes_in_pages() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let reader = owner.key_with(json!({"access": {"preset": "read_only"}}));
    let mut ids = vec![reader.id.clone()];
    ids.extend((0..104).map(|_| owner.key().id));
    owner.delete(&format!("/admin/api-keys/{}", ids.remove(50)));
    let page = |arguments: &str| -> Vec<String> {
        let answer = ask(owner, &reader, &format!("{{myself{{apiKeys{arguments}{{id}}}}}}"));
        let keys = answer.json()["data"]["myself"]["apiKeys"].as_array().expect("a list").clone();
        keys.iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    };
    let mut tally = Tally::default();
    tally.equal("first", &page(""), &ids[..100].to_vec());
    tally.equal("three", &page("(limit:3)"), &ids[..3].to_vec());
    tally.equal("behind", &page(&format!(r#"(after:"{}",limit:2)"#, ids[60])), &ids[61..63].to_vec());
    tally.equal("the rest", &page(&format!(r#"(after:"{}")"#, ids[99])), &ids[100..].to_vec());
    let foreign = stage.stranger().key().id;
    for (arguments, expected) in [
        ("(limit:0)".to_owned(), "BAD_USER_INPUT"),
        ("(limit:101)".into(), "BAD_USER_INPUT"),
        ("(limit:-1)".into(), "BAD_USER_INPUT"),
        ("(limit:4294967296)".into(), "GRAPHQL_VALIDATION_FAILED"),
        ("(limit:1.0)".into(), "GRAPHQL_VALIDATION_FAILED"),
        ("(after:\"x\")".into(), "NOT_FOUND"),
        (format!("(after:\"{foreign}\")"), "NOT_FOUND"),
    ] {
        let answer = ask(owner, &reader, &format!("{{myself{{apiKeys{arguments}{{id}}}}}}"));
        tally.equal(&arguments, &outcome(&answer).as_str(), &expected);
        let first = Request::new("POST", "/graphql").header("X-Api-Key", &reader.value);
        let same = first
            .json(&json!({"query": format!("{{myself{{apiKeys{arguments}{{id}}}}}}")}))
            .send(owner.public);
        tally.equal(&arguments, &same.bare(), &answer.bare());
    }
    tally.end();
}

both!(an_imported_key_is_answered_here_and_stays_what_it_was);
fn an_imported_key_is_answered_here_and_stays_what_it_was(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let admin = administrator(owner);
    let (reader, writer) = ("8KQ2V0XJ4M1TFZ7R9WPB3CDA", "legacy.8KQ2V0XJ4M1T.FZ7R9WPB3CDAXX");
    let imported = owner.post(
        &format!("{}/import", owner.keys()),
        json!([{"name": "reader", "value": reader, "graphql": "read_only"},
            {"name": "writer", "value": writer, "graphql": "read_write"}])
        .to_string(),
    );
    assert_eq!(imported.status, 200, "{imported:?}");
    let mut tally = Tally::default();
    for (value, writes) in [(reader, "FORBIDDEN"), (writer, "fine")] {
        let key = Key { id: String::new(), value: value.into() };
        tally.equal(value, &outcome(&ask(owner, &key, super::QUERY)).as_str(), &"fine");
        tally.equal(value, &outcome(&ask(owner, &key, super::MUTATION)).as_str(), &writes);
    }
    let listed = ask(owner, &admin, "{myself{apiKeys{id name legacy permissions}}}").json();
    let keys = listed["data"]["myself"]["apiKeys"].as_array().unwrap().clone();
    let found = keys.iter().find(|key| key["name"] == "reader").expect("listed");
    let shown = json!([found["legacy"], found["permissions"]]);
    tally.equal("shown", &shown, &json!([true, "RESTRICTED ai=READ_WRITE graphql=READ_ONLY"]));
    let update = |input: Value| outcome(&send(owner, &admin, UPDATE, &input));
    let id = &found["id"];
    for change in [
        json!({"id": id, "permission": "ALL"}),
        json!({"id": id, "expiresAt": "2099-01-01T00:00:00Z"}),
        json!({"id": id, "allowedIpCidrs": ["10.0.0.0/8"]}),
    ] {
        tally.equal(&change, &update(change.clone()).as_str(), &"FAILED_PRECONDITION");
    }
    tally.equal("off", &update(json!({"id": id, "enabled": false})).as_str(), &"fine");
    let off = Key { id: String::new(), value: reader.into() };
    tally.equal("is off", &ask(owner, &off, super::QUERY).status, &401);
    tally.end();
}
