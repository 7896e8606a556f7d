//! Where a call comes from and whose resource it asks for: neither can be forged.

use crate::harness::{Key, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

#[test]
fn the_address_of_a_client_counts_only_from_whom_it_may() {
    let site =
        Site::sqlite().flag("--trusted-proxies", "192.0.2.1").with("KEYDESK_DATA_TOKEN", "0123456789abcdef");
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let Key { value, .. } = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24", "127.0.0.0/8"]}));
    let ask = |question: Value, token: Option<&str>| {
        let call = Request::new("POST", "/v1/verify").json(&question);
        token.iter().fold(call, |call, token| call.header("X-Keydesk-Token", token)).send(owner.data)
    };
    let mut tally = Tally::default();
    let told = json!({"key": value, "client_ip": "203.0.113.9"});
    tally.problem("nobody", &ask(told.clone(), None), 401, "unauthenticated");
    tally.equal(
        "with the token",
        &ask(told.clone(), Some("0123456789abcdef")).json()["code"],
        &json!("allowed"),
    );
    for token in
        ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdef, 0123456789abcdef"]
    {
        tally.problem(
            format_args!("token {token:?}"),
            &ask(told.clone(), Some(token)),
            401,
            "unauthenticated",
        );
    }
    for path in ["/readyz", "/metrics", "/nothing", "/v1/verify"] {
        tally.problem(path, &Request::new("GET", path).send(owner.data), 401, "unauthenticated");
    }
    tally.status("/livez", &Request::new("GET", "/livez").send(owner.data), 200);
    tally.end();
}

#[test]
fn a_forged_address_is_ignored_or_refused() {
    let stage = Stage::on(Site::sqlite().flag("--trusted-proxies", "192.0.2.1"));
    let owner = &stage.owner;
    let Key { value, .. } = owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24", "127.0.0.0/8"]}));
    let mut tally = Tally::default();
    let told = owner.ask(&json!({"key": value, "client_ip": "203.0.113.9"}));
    tally.problem("client_ip", &told, 403, "client_ip_not_trusted");
    for name in
        ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"]
    {
        for address in ["203.0.113.9", "127.0.0.1"] {
            let call = Request::new("POST", "/v1/verify").json(&json!({"key": value})).header(name, address);
            tally.equal(name, &call.send(owner.data).json()["code"], &json!("ip_not_allowed"));
        }
    }
    let stage = Stage::sqlite();
    let Key { value, .. } =
        stage.owner.key_with(json!({"allowed_ip_cidrs": ["203.0.113.0/24", "127.0.0.0/8"]}));
    let call = Request::new("POST", "/v1/verify")
        .json(&json!({"key": value}))
        .header("X-Forwarded-For", "203.0.113.9");
    tally.equal("from a proxy", &call.send(stage.owner.data).json()["code"], &json!("ip_not_allowed"));
    tally.end();
}

#[test]
fn a_key_reaches_nothing_of_another_organization() {
    let stage = Stage::sqlite();
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let Key { value, id } = owner.key_with(json!({"scopes": [{"action": "*"}]}));
    let mut tally = Tally::default();
    let mut decided = |fields: Value, code: &str| {
        let mut question = fields.clone();
        question["key"] = value.as_str().into();
        tally.equal(&fields, &owner.verdict(&question).as_str(), &code);
    };
    let named = |organization: &Tenant| json!(organization.organization);
    decided(json!({"organization_id": named(owner)}), "allowed");
    decided(json!({"organization_id": named(&stranger)}), "insufficient_scope");
    decided(json!({"organization_id": ""}), "insufficient_scope");
    decided(json!({"organization_id": null}), "allowed");
    decided(json!({"organization_id": owner.organization.to_lowercase()}), "insufficient_scope");
    for (resource, code) in [
        (format!("PROJECT/{}/DATA", owner.project), "allowed"),
        (format!("PROJECT/{}/DATA", stranger.project), "insufficient_scope"),
        ("PROJECT/01a1fd74-d772-79df-9763-35a5869daa68/DATA".into(), "insufficient_scope"),
        ("PROJECT/#/DATA".into(), "insufficient_scope"),
        ("DATA".into(), "insufficient_scope"),
        (format!("ORGANIZATION/{}", owner.organization), "allowed"),
        (format!("ORGANIZATION/{}", stranger.organization), "insufficient_scope"),
        ("ENDPOINT/ep1".into(), "insufficient_scope"),
        ("GRAPHQL".into(), "allowed"),
    ] {
        decided(json!({"action": "read", "resource": resource}), code);
    }
    let shown = owner.ask(&json!({"key": value})).json();
    tally.equal(
        "who it is",
        &shown["key"],
        &json!({"id": id, "name": "key",
        "organization_id": owner.organization, "project_id": owner.project}),
    );
    tally.that(shown["version"].as_i64() > Some(0), "version", &shown);
    tally.equal("nothing more", &shown.as_object().unwrap().len(), &4);
    tally.equal("nobody", &owner.ask(&json!({"key": "x"})).json()["key"], &Value::Null);
    tally.end();
}
