//! `/graphql`: who may do what, whatever the document looks like.

mod bounds;
mod credentials;
mod documents;
mod endpoints;
mod keys;
mod rights;
mod settings;
mod walk;

use crate::harness::{Answer, Key, Request, Tenant};
use serde_json::{Value, json};

pub(crate) const QUERY: &str = "{myself{id}}";
pub(crate) const MUTATION: &str =
    r#"mutation{updateUserSettings(input:{pubKey:"ssh-ed25519 AAA x"}){id pubKey}}"#;

/// A request with this body, as a client sends it.
pub(crate) fn request(key: &str, body: &Value) -> Request {
    Request::new("POST", "/graphql").header("Authorization", format!("Bearer {key}")).json(body)
}

pub(crate) fn ask(owner: &Tenant, key: &Key, document: &str) -> Answer {
    request(&key.value, &json!({"query": document})).send(owner.public)
}

/// The first error's code, or `fine`, or `nobody`.
pub(crate) fn outcome(answer: &Answer) -> String {
    let body = answer.json();
    let errors = body.get("errors").map(|errors| errors.as_array().expect("a list"));
    let label = answer.header("content-type").unwrap_or_default();
    let expected =
        if answer.status == 200 { "application/json" } else { "application/graphql-response+json" };
    assert!(label == expected && answer.header("cache-control") == Some("no-store"), "{answer:?}");
    let Some(errors) = errors else {
        assert!(answer.status == 200, "{answer:?}");
        return if body == json!({"data": {"myself": null}}) { "nobody".into() } else { "fine".into() };
    };
    assert!((1..=5).contains(&errors.len()), "{answer:?}");
    let said =
        |error: &Value| error["message"].as_str().is_some_and(|text| !text.is_empty() && text.len() <= 1200);
    assert!(errors.iter().all(said), "{answer:?}");
    errors[0]["extensions"]["code"].as_str().expect("a code").to_owned()
}

/// A key that may read and write, and administer.
pub(crate) fn administrator(owner: &Tenant) -> Key {
    let organization = format!("ORGANIZATION/{}", owner.organization);
    let scopes = json!([{"action": "admin", "resource_filter": organization}, {"action": "read"}, {"action": "write"}]);
    owner.key_with(json!({"class": "admin", "scopes": scopes}))
}

/// What is set for the project.
pub(crate) fn public_key(owner: &Tenant, reader: &Key) -> Value {
    ask(owner, reader, "{myself{pubKey}}").json()["data"]["myself"]["pubKey"].clone()
}
