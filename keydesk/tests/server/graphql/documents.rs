//! What a request may be, and what becomes of a document that makes no sense (bad-input G).

use super::{MUTATION, QUERY, administrator, ask, outcome, request};
use crate::harness::{Request, Site, Stage, Tally};
use serde_json::{Value, json};

both!(nothing_but_one_operation_in_a_json_post_is_read);
fn nothing_but_one_operation_in_a_json_post_is_read(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"access": {"preset": "all"}}));
    let before = owner.census();
    let body = json!({"query": MUTATION}).to_string();
    let call = |method: &str, target: &str| Request::new(method, target).header("X-Api-Key", &key.value);
    let json_call = || call("POST", "/graphql").header("Content-Type", "application/json");
    let mut tally = Tally::default();
    let mut expect = |case: &str, sent: Request, status: u16, code: &str| {
        let answer = sent.send(owner.public);
        tally.equal(case, &(answer.status, outcome(&answer).as_str()), &(status, code));
        tally.that(answer.body.len() < 4096, case, &answer);
    };
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        expect(&format!("G-01 {method}"), call(method, "/graphql"), 405, "METHOD_NOT_ALLOWED");
    }
    let escaped = "/graphql?query=mutation%7BupdateUserSettings(input%3A%7BpubKey%3A%22x%22%7D)%7Bid%7D%7D";
    expect("G-01 in the query string", call("GET", escaped), 405, "METHOD_NOT_ALLOWED");
    expect("G-02", call("GET", "/graphql?query=%7Bmyself%7Bid%7D%7D"), 405, "METHOD_NOT_ALLOWED");
    for label in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin1",
        "application/json, text/plain",
        "application/jsonx",
        "json",
        "",
    ] {
        let sent = call("POST", "/graphql").header("Content-Type", label).body(&body);
        expect(&format!("T-26 {label:?}"), sent, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    expect("no label", call("POST", "/graphql").body(&body), 415, "UNSUPPORTED_MEDIA_TYPE");
    let two = json_call().header("Content-Type", "text/plain").body(&body);
    expect("two labels", two, 415, "UNSUPPORTED_MEDIA_TYPE");
    let zipped = json_call().header("Content-Encoding", "gzip").body(&body);
    expect("gzip", zipped, 415, "UNSUPPORTED_CONTENT_ENCODING");
    for count in [0, 1, 2, 11] {
        let batch = format!(" [{}]", vec![body.as_str(); count].join(","));
        expect("G-08", json_call().body(batch), 400, "BATCH_DISABLED");
    }
    let large = json!({"query": format!("{MUTATION}#{}", "x".repeat(65_536))}).to_string();
    expect("too large", json_call().body(large), 413, "CONTENT_TOO_LARGE");
    let hash = json!({"persistedQuery": {"version": 1, "sha256Hash": "0".repeat(64)}});
    expect(
        "G-20",
        json_call().body(json!({"extensions": hash}).to_string()),
        400,
        "PERSISTED_QUERY_NOT_FOUND",
    );
    let null = json!({"query": null, "extensions": hash}).to_string();
    expect("G-20 null", json_call().body(null), 400, "PERSISTED_QUERY_NOT_FOUND");
    for text in [
        "",
        " ",
        "{",
        "null",
        "1",
        "\"x\"",
        "{}",
        r#"{"query":null}"#,
        r#"{"query":1}"#,
        r#"{"query":["{a}"]}"#,
        r#"{"query":"{a}","query":"{b}"}"#,
        r#"{"query":"{a}","variables":[]}"#,
        r#"{"query":"{a}","variables":"{}"}"#,
        r#"{"query":"{a}","variables":{"a":1,"a":2}}"#,
        r#"{"query":"{a}","variables":{"a":{"b":1,"b":2}}}"#,
        r#"{"query":"{a}","operationname":"Q"}"#,
        r#"{"query":"{a}","id":"1"}"#,
        r#"{"query":"{a}"}{}"#,
        r#"{"query":"{a}","extensions":1}"#,
        "{\"query\":\"\u{0}\"}",
        r#"{"query":"{a}","operationName":1}"#,
    ] {
        expect(text, json_call().body(text), 400, "BAD_REQUEST");
    }
    let deep =
        format!(r#"{{"query":"{{a}}","variables":{{"a":{}1{}}}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    expect("deep JSON", json_call().body(deep), 400, "BAD_REQUEST");
    let bytes = [br#"{"query":"{myself{id}} #"#.as_slice(), b"\xff", br#""}"#].concat();
    expect("not UTF-8", json_call().body(bytes), 400, "BAD_REQUEST");
    for label in ["application/json", "application/json;charset=utf-8", "Application/JSON; charset=\"UTF-8\""]
    {
        let body =
            json!({"query": QUERY, "variables": null, "operationName": null, "extensions": {}}).to_string();
        expect(label, call("POST", "/graphql").header("Content-Type", label).body(body), 200, "fine");
    }
    let apq = json!({"query": QUERY, "extensions": hash}).to_string();
    expect("G-23 nothing is registered", json_call().body(apq), 200, "fine");
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_document_that_makes_no_sense_is_refused_in_few_words() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let admin = administrator(owner);
    let before = owner.census();
    let mut tally = Tally::default();
    for (document, expected) in [
        ("{", "PARSE_ERROR"),
        ("", "PARSE_ERROR"),
        ("{myself{id}}}", "PARSE_ERROR"),
        ("type Query{a:ID}", "PARSE_ERROR"),
        ("{__schema{types{name}}}", "INTROSPECTION_DISABLED"),
        ("{x:__type(name:\"Query\"){name}}", "INTROSPECTION_DISABLED"),
        ("{...F} fragment F on Query{__schema{types{name}}}", "INTROSPECTION_DISABLED"),
        ("{myself{__schema{types{name}}}}", "INTROSPECTION_DISABLED"),
        ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{id{x}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{nothing}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself(id:1){id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{__typename{x}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{__typename(x:1)}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{a:id a:pubKey}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{apiKeys(limit:1){id} apiKeys(limit:2){id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself @nothing{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself @skip{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself @skip(if:1){id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself @skip(if:null){id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself @include(unless:true){id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query @skip(if:true){myself{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{...on ApiKey{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{...on Nothing{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a:Int!){myself{apiKeys(limit:$a){id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a:String){myself{apiKeys(limit:$a){id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a:[Int]){myself{apiKeys(limit:$a){id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a:Myself){myself{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a:Nothing){myself{id}}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a:Int=\"x\"){myself{apiKeys(limit:$a){id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{myself{apiKeys(limit:$a){id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation{deleteApiKey}", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation{deleteApiKey(id:null)}", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation($i:ID){deleteApiKey(id:$i)}", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation{deleteApiKey(id:true)}", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation{createApiKey(input:{name:\"n\",permission:\"ALL\"}){id}}", "GRAPHQL_VALIDATION_FAILED"),
        (
            "mutation{createApiKey(input:{name:\"n\",permission:READ_ONLY,permission:ALL}){id}}",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "mutation{createApiKey(input:{name:\"n\",permission:ALL},input:{}){id}}",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        let answer = ask(owner, &admin, document);
        tally.equal(document, &(answer.status, outcome(&answer).as_str()), &(400, expected));
        tally.that(answer.body.len() < 1024, document, &answer);
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn an_answer_has_what_was_asked_for_in_that_order_and_nothing_else() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key_with(json!({"access": {"preset": "all"}}));
    let (id, organization) = (&owner.project, &owner.organization);
    let mut tally = Tally::default();
    for (document, variables, expected) in [
        (
            "{b:myself{z:id a:organizationId id} __typename}",
            json!({}),
            format!(
                r#"{{"data":{{"b":{{"z":"{id}","a":"{organization}","id":"{id}"}},"__typename":"Query"}}}}"#
            ),
        ),
        (
            "{myself{id} myself{id __typename} ...F} fragment F on Query{myself{id}}",
            json!(null),
            format!(r#"{{"data":{{"myself":{{"id":"{id}","__typename":"Myself"}}}}}}"#),
        ),
        (
            "query($a:Boolean!,$b:Boolean=true){myself{id @skip(if:$a) x:id @include(if:$b) ...@skip(if:$b){y:id}}}",
            json!({"a": true}),
            format!(r#"{{"data":{{"myself":{{"x":"{id}"}}}}}}"#),
        ),
        (
            "query($n:Int){myself{apiKeys(limit:$n){name}}}",
            json!({}),
            r#"{"data":{"myself":{"apiKeys":[{"name":"key"}]}}}"#.into(),
        ),
        (
            "query($n:Int=1){myself{apiKeys(limit:$n){name}}}",
            json!({"n": 2, "unknown": 1}),
            r#"{"data":{"myself":{"apiKeys":[{"name":"key"}]}}}"#.into(),
        ),
    ] {
        let answer =
            request(&key.value, &json!({"query": document, "variables": variables})).send(owner.public);
        tally.equal(document, &answer.text(), &expected);
    }
    let newer =
        request(&key.value, &json!({"query": QUERY})).header("Accept", "application/graphql-response+json");
    let label = newer.send(owner.public);
    tally.equal("label", &label.header("content-type"), &Some("application/graphql-response+json"));
    let missing = request(
        &key.value,
        &json!({"query": "query($a:Boolean!){myself @skip(if:$a){id}}", "variables": {"a": null}}),
    );
    tally.equal("null", &missing.send(owner.public).status, &400);
    tally.equal("and errors", &ask(owner, &key, QUERY).json().get("errors"), &None::<&Value>);
    tally.end();
}
