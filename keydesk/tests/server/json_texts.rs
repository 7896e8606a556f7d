//! Texts that are no JSON, or JSON that parsers disagree about (JSONTestSuite), as bodies.

use crate::harness::{Stage, Tally};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const SUITE: &str = include_str!("../../../tests/vectors/json/json-test-suite.json");

/// Name and bytes of those texts that a careful server may refuse.
fn texts() -> Vec<(String, Vec<u8>)> {
    let suite: Vec<Value> = serde_json::from_str(SUITE).unwrap();
    let text = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
    let cases = suite.iter().map(|case| (text(case, "name"), STANDARD.decode(text(case, "base64")).unwrap()));
    cases.filter(|(name, _)| name.starts_with("n_") || name.starts_with("i_")).collect()
}

/// The same text where a client would put it: as an unknown field of a body that is whole otherwise.
fn inside(text: &[u8]) -> Vec<u8> {
    [br#"{"name":"k","x":"#, text, b"}"].concat()
}

#[test]
fn no_broken_json_makes_or_changes_anything() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.census();
    let (keys, project) = (owner.keys(), format!("/admin/projects/{}", owner.project));
    let doors =
        [("POST", keys.as_str()), ("PATCH", &key.path()), ("POST", "/admin/projects"), ("PATCH", &project)]
            .map(|(method, path)| (method, path.to_owned()));
    let texts = texts();
    assert_eq!(texts.len(), 187 + 35);
    let mut tally = Tally::default();
    for (name, text) in &texts {
        for (method, path) in &doors {
            let answer = owner.send(&owner.call(method, path).body(text));
            tally.admin(format_args!("{method} {path} {name}"), &answer, 400, "INVALID_ARGUMENT");
        }
        // Nor where unknown fields are taken: the whole body is read.
        if name.starts_with("n_") {
            let old = owner.call("POST", &keys).header("X-Pinecone-Api-Version", "2025-10");
            let answer = owner.send(&old.body(inside(text)));
            tally.admin(format_args!("unknown field {name}"), &answer, 400, "INVALID_ARGUMENT");
        }
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}
