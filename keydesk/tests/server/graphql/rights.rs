//! A query takes `read` on GRAPHQL, a mutation `write`, and nothing about a document changes which one it is.

use super::{MUTATION, QUERY, administrator, ask, outcome, public_key, request};
use crate::harness::{Key, Site, Stage, Tally};
use serde_json::{Value, json};

both!(what_a_key_may_ask_is_what_a_verification_of_it_allows);
fn what_a_key_may_ask_is_what_a_verification_of_it_allows(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let scopes =
        |action: &str, filter: &str| json!({"scopes": [{"action": action, "resource_filter": filter}]});
    let graphql = |level: &str| json!({"access": {"preset": "restricted", "levels": {"graphql": level}}});
    let mut tally = Tally::default();
    for (fields, reads, writes) in [
        (json!({"access": {"preset": "all"}}), true, true),
        (json!({"access": {"preset": "read_only"}}), true, false),
        (json!({"access": {"preset": "restricted"}}), false, false),
        (graphql("none"), false, false),
        (graphql("read_only"), true, false),
        (graphql("read_write"), true, true),
        (json!({"access": {"preset": "restricted", "levels": {"ai": "read_write"}}}), false, false),
        (scopes("read", "GRAPHQL"), true, false),
        (scopes("write", "GRAPHQL"), false, true),
        (scopes("admin", "GRAPHQL"), false, false),
        (scopes("*", "GRAPHQL"), true, true),
        (scopes("*", "*"), true, true),
        (scopes("read", "ENDPOINT/#"), false, false),
        (json!({"roles": ["ProjectEditor"]}), false, false),
    ] {
        let key = owner.key_with(fields.clone());
        for (document, action, may) in [(QUERY, "read", reads), (MUTATION, "write", writes)] {
            let answer = ask(owner, &key, document);
            let case = format!("{action} {fields}");
            tally.equal(&case, &outcome(&answer).as_str(), &if may { "fine" } else { "FORBIDDEN" });
            let decided = owner.verdict(&json!({"key": key.value, "action": action, "resource": "GRAPHQL"}));
            tally.equal(&case, &(decided == "allowed"), &may);
            if !may {
                let body =
                    json!({"errors": [{"message": "Unauthorized", "extensions": {"code": "FORBIDDEN"}}]});
                tally.equal(&case, &(answer.status, answer.json()), &(200, body));
            }
        }
    }
    tally.end();
}

both!(a_read_only_key_changes_nothing_whatever_the_document_looks_like);
fn a_read_only_key_changes_nothing_whatever_the_document_looks_like(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let reader = owner.key_with(json!({"access": {"preset": "read_only"}}));
    let before = owner.census();
    let set = r#"updateUserSettings(input:{pubKey:"x"}){id}"#;
    let make = r#"createApiKey(input:{name:"n",permission:ALL}){secret}"#;
    let two = format!("query Q{{myself{{id}}}} mutation M{{{set}}}");
    let mut tally = Tally::default();
    for (document, name, expected) in [
        (two.clone(), json!("M"), "FORBIDDEN"),
        (two.clone(), json!("Q"), "fine"),
        (two.clone(), Value::Null, "OPERATION_RESOLUTION_FAILURE"),
        (two.clone(), json!(""), "OPERATION_RESOLUTION_FAILURE"),
        (two.clone(), json!("m"), "OPERATION_RESOLUTION_FAILURE"),
        (two.clone(), json!("Q M"), "OPERATION_RESOLUTION_FAILURE"),
        (two.clone(), json!(1), "BAD_REQUEST"),
        (two, json!(["Q"]), "BAD_REQUEST"),
        (format!("mutation M{{{set}}} query Q{{myself{{id}}}}"), json!("M"), "FORBIDDEN"),
        (format!("mutation{{{set}}}"), Value::Null, "FORBIDDEN"),
        (format!("mutation{{{make}}}"), Value::Null, "FORBIDDEN"),
        (format!("mutation query{{{set}}}"), json!("query"), "FORBIDDEN"),
        (format!("mutation{{query:{set}}}"), Value::Null, "FORBIDDEN"),
        (format!("mutation{{myself:{make}}}"), Value::Null, "FORBIDDEN"),
        (format!("#query\nmutation{{{set}}}"), Value::Null, "FORBIDDEN"),
        (format!("\u{feff},,mutation\n\t{{{set}}}"), Value::Null, "FORBIDDEN"),
        (format!("mutation{{...F}} fragment F on Mutation{{{set}}}"), Value::Null, "FORBIDDEN"),
        (format!("fragment F on Mutation{{{set}}} mutation{{...F}}"), Value::Null, "FORBIDDEN"),
        (format!("mutation{{...on Mutation{{...{{{set}}}}}}}"), Value::Null, "FORBIDDEN"),
        (format!("mutation{{__typename @skip(if:false) {set}}}"), Value::Null, "FORBIDDEN"),
        ("mutation{__typename}".into(), Value::Null, "FORBIDDEN"),
        (format!("query{{{set}}}"), Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{{make}}}"), Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{...F}} fragment F on Mutation{{{set}}}"), Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{...on Mutation{{{set}}}}}"), Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{myself{{id}}}} mutation{{{set}}}"), Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        (format!("subscription{{{set}}}"), Value::Null, "OPERATION_RESOLUTION_FAILURE"),
        ("subscription{myself{id}}".into(), Value::Null, "OPERATION_RESOLUTION_FAILURE"),
    ] {
        let body = json!({"query": document, "operationName": name});
        let answer = request(&reader.value, &body).send(owner.public);
        tally.equal(format_args!("{document} {name}"), &outcome(&answer).as_str(), &expected);
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.equal("not set", &public_key(owner, &reader), &Value::Null);
    tally.end();
}

both!(only_an_administrator_s_key_works_on_keys);
fn only_an_administrator_s_key_works_on_keys(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let own = format!("ORGANIZATION/{}", owner.organization);
    let scopes = |action: &str, filter: &str, class: &str| json!({"scopes": [{"action": action, "resource_filter": filter}], "class": class});
    let keys: Vec<(Value, Key)> = [
        json!({"access": {"preset": "all"}, "class": "admin"}),
        scopes("*", "*", "admin"),
        scopes("write", "GRAPHQL", "admin"),
        scopes("*", &own, "admin"),
        scopes("admin", "*", "admin"),
        scopes("admin", &own, "standard"),
        json!({"access": {"preset": "all"}}),
    ]
    .map(|fields| (fields.clone(), owner.key_with(fields)))
    .into();
    let target = owner.key();
    let before = owner.census();
    let id = &target.id;
    let mutations = [
        r#"mutation{createApiKey(input:{name:"n",permission:READ_ONLY}){id}}"#.to_owned(),
        format!(r#"mutation{{updateApiKey(input:{{id:"{id}",enabled:false}}){{id}}}}"#),
        format!(r#"mutation{{deleteApiKey(id:"{id}")}}"#),
        format!(r#"mutation{{{} a:deleteApiKey(id:"{id}")}}"#, &MUTATION[9..MUTATION.len() - 1]),
    ];
    let mut tally = Tally::default();
    for (fields, key) in keys {
        for document in &mutations {
            let answer = ask(owner, &key, document);
            tally.equal(format_args!("{fields} {document}"), &outcome(&answer).as_str(), &"FORBIDDEN");
            tally.equal(&fields, &answer.json()["errors"][0]["message"], &json!("Unauthorized"));
        }
    }
    tally.equal("afterwards", &owner.census(), &before);
    // Nothing but `admin` on the organization is an administrator's, too, and may set nothing.
    let bare = owner.key_with(scopes("admin", &own, "admin"));
    tally.equal("works on keys", &outcome(&ask(owner, &bare, &mutations[1])).as_str(), &"fine");
    tally.equal("reads nothing", &outcome(&ask(owner, &bare, QUERY)).as_str(), &"FORBIDDEN");
    tally.equal("sets nothing", &outcome(&ask(owner, &bare, MUTATION)).as_str(), &"FORBIDDEN");
    tally.equal("not in part", &outcome(&ask(owner, &bare, &mutations[3])).as_str(), &"FORBIDDEN");
    tally.equal("is there", &owner.get(&target.path()).status, &200);
    tally.equal("both", &outcome(&ask(owner, &administrator(owner), &mutations[3])).as_str(), &"fine");
    tally.end();
}
