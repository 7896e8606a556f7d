//! Documents made to cost more than they are worth: refused before anything of them is done.

use super::{administrator, ask, outcome, request};
use crate::harness::{Stage, Tally};
use serde_json::json;

/// Fragments that stand for `width` to the power of `levels` fields.
fn fan(levels: usize, width: usize) -> String {
    let mut text = String::from("{...A}");
    for level in 0..levels {
        let name = |level: usize| char::from(b'A' + u8::try_from(level).unwrap());
        let spreads = format!("...{} ", name(level + 1)).repeat(width);
        text.push_str(&format!("fragment {} on Query{{{spreads}}}", name(level)));
    }
    text + &format!("fragment {} on Query{{myself{{id}}}}", char::from(b'A' + u8::try_from(levels).unwrap()))
}

#[test]
fn a_document_beyond_a_bound_is_refused_before_anything_is_done() {
    let mut stage = Stage::sqlite();
    let owner = &stage.owner;
    let admin = administrator(owner);
    let before = owner.census();
    let set = r#"updateUserSettings(input:{pubKey:"x"}){id}"#;
    let nested = |depth: usize| format!("{{myself{}{}}}", "{a".repeat(depth - 1), "}".repeat(depth - 1));
    let fan_out = fan(7, 9);
    assert!(fan_out.len() <= 593, "{}", fan_out.len());
    let ring = "{...A} fragment A on Query{...B} fragment B on Query{...A}";
    let mut tally = Tally::default();
    for (case, document, expected) in [
        ("row 10", fan_out, "TOO_COMPLEX"),
        ("row 10, wider", fan(18, 30), "TOO_COMPLEX"),
        ("G-10", nested(16), "TOO_DEEP"),
        ("deep", nested(13), "TOO_DEEP"),
        ("very deep", nested(9_000), "TOO_DEEP"),
        ("deep values", format!("mutation{{deleteApiKey(id:{})}}", "[".repeat(30_000)), "TOO_DEEP"),
        ("G-11", format!("{{myself{{{}}}}}", "id ".repeat(500)), "TOO_COMPLEX"),
        (
            "aliases",
            format!("{{myself{{{}}}}}", (0..51).map(|at| format!("a{at}:id ")).collect::<String>()),
            "TOO_COMPLEX",
        ),
        (
            "5,000 mutations",
            format!("mutation{{{}}}", (0..1_000).map(|at| format!("a{at}:{set}")).collect::<String>()),
            "TOO_COMPLEX",
        ),
        (
            "51 mutations",
            format!("mutation{{{}}}", (0..51).map(|at| format!("a{at}:{set}")).collect::<String>()),
            "TOO_COMPLEX",
        ),
        (
            "spreads",
            format!("{{myself{{{}}}}} fragment F on Myself{{id}}", "...F ".repeat(21)),
            "TOO_COMPLEX",
        ),
        (
            "lists",
            format!("{{myself{{{}}}}}", (0..11).map(|at| format!("a{at}:apiKeys{{id}}")).collect::<String>()),
            "TOO_COMPLEX",
        ),
        ("G-13", format!("{{myself{}{{id}}}}", " @x".repeat(10_000)), "TOO_COMPLEX"),
        ("G-14", format!("query({}){{myself{{id}}}}", "$a:Int ".repeat(9_000)), "TOO_COMPLEX"),
        ("a ring", ring.into(), "GRAPHQL_VALIDATION_FAILED"),
        ("a long name", format!("{{{}}}", "a".repeat(60_000)), "PARSE_ERROR"),
    ] {
        let answer = ask(owner, &admin, &document);
        tally.equal(case, &(answer.status, outcome(&answer).as_str()), &(400, expected));
        tally.that(answer.body.len() < 4096, case, &answer);
    }
    tally.equal("afterwards", &owner.census(), &before);
    let answer = ask(owner, &admin, "{myself{id}}");
    tally.equal("and goes on", &outcome(&answer).as_str(), &"fine");
    tally.end();
    assert!(stage.server.is_alive());
}

#[test]
fn an_answer_has_a_bound_too() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let scopes: Vec<_> = (0..100)
        .map(|at| json!({"action": "read", "resource_filter": format!("ENDPOINT/{}{at}", "x".repeat(900))}))
        .collect();
    let reader = owner.key_with(json!({"access": {"preset": "read_only"}}));
    for _ in 0..5 {
        owner.key_with(json!({"scopes": scopes}));
    }
    let names: String = (0..40).map(|at| format!("a{at}:permissions ")).collect();
    let answer = ask(owner, &reader, &format!("{{myself{{apiKeys{{{names}}}}}}}"));
    assert_eq!((answer.status, outcome(&answer).as_str()), (400, "TOO_COMPLEX"));
    assert_eq!(outcome(&ask(owner, &reader, "{myself{apiKeys{permissions}}}")), "fine");
}

#[test]
fn of_many_errors_five_are_told() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let admin = administrator(owner);
    let long = "x".repeat(1_000);
    let revoke: String = (0..50).map(|at| format!(r#"a{at}:deleteApiKey(id:"{long}")"#)).collect();
    let answer = request(&admin.value, &json!({"query": format!("mutation{{{revoke}}}")})).send(owner.public);
    assert_eq!(outcome(&answer), "NOT_FOUND");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 5);
    assert_eq!(answer.json()["data"].as_object().unwrap().len(), 50);
    assert!(answer.body.len() < 4096, "{answer:?}");
}
