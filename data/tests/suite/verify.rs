//! `POST /v1/verify`: what is answered to a question.

use crate::world::{Ask, LEASE, Log, Node, desk};
use domain::Networks;
use domain::TrustedPeers;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_decision_is_always_200_and_names_its_version() {
    let desk = desk().await;
    let project = desk.key.key.project_id.to_string();
    let shown = json!({"id": desk.key.key.id.to_string(), "name": "ci", "organization_id": "org_1", "project_id": project});
    let secret = &desk.key.secret;
    for (body, expected) in [
        (json!({"key": secret}), json!({"allowed": true, "code": "allowed", "key": shown, "version": 2})),
        (
            json!({"key": secret, "organization_id": "org_2"}),
            json!({"allowed": false, "code": "insufficient_scope", "key": shown, "version": 2}),
        ),
        (json!({"key": "junk"}), json!({"allowed": false, "code": "malformed", "key": null, "version": 2})),
    ] {
        let answer = desk.send(body.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn the_question_may_be_asked_in_either_form() {
    let desk = desk().await;
    let project = desk.key.key.project_id.to_string();
    for (resource, code) in [
        (json!(format!("PROJECT/{project}/DATA")), "allowed"),
        (json!(["PROJECT", project, "DATA"]), "allowed"),
        (json!(["PROJECT", null]), "insufficient_scope"),
        (json!(["PROJECT", "other", "DATA"]), "insufficient_scope"),
    ] {
        let body = json!({"key": desk.key.secret, "action": "read", "resource": resource, "cost": 3});
        assert_eq!(desk.send(body.to_string()).await.json()["code"], code, "{resource}");
    }
}

/// Whatever a key string holds, the answer is a decision; case numbers of `bad-input.md` 3.1.
#[tokio::test(start_paused = true)]
async fn a_string_that_is_no_key_is_malformed_and_nothing_else() {
    let desk = desk().await;
    let key = &desk.key.secret;
    let (body, sum) = key.split_at(key.len() - 6);
    for junk in [
        String::new(),                    // K-02
        format!("{key} "),                // K-04
        key[..key.len() - 1].to_owned(),  // K-07
        format!("{key}0"),                // K-08
        key.replace("rpa_", "rpa_test_"), // K-10
        "k".repeat(60_000),               // K-19
        format!("{key}\0"),               // K-20
        format!("{body}\r\n{sum}"),
        key.replace("rpa", "rpа"), // K-23: a Cyrillic a
        format!("\u{feff}{key}"),
        format!("{key}\u{301}"),
        format!("\u{b}{key}\u{a0}"),                          // K-25
        "a.b.c".into(),                                       // K-31
        desk.key.key.id.to_string(),                          // K-34
        serde_json::to_string(&desk.key.key.digest).unwrap(), // K-35
        "'; drop table keys; --".into(),                      // K-38
        "${jndi:ldap://x}\u{202e}🔑".into(),
    ] {
        let answer = desk.send(json!({"key": junk}).to_string()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (200, &"malformed".into()), "{junk:?}");
        assert_eq!(answer.json()["key"], json!(null));
    }
}

#[tokio::test(start_paused = true)]
async fn null_is_as_absent() {
    let desk = desk().await;
    let body = json!({"key": desk.key.secret, "action": null, "resource": null, "client_ip": null,
        "organization_id": null, "cost": null});
    assert_eq!(desk.send(body.to_string()).await.json()["code"], "allowed");
}

#[tokio::test(start_paused = true)]
async fn a_stale_node_says_so_and_when_to_come_back() {
    let desk = desk().await;
    desk.node.log.state().down = vec!["changes", "renew"];
    desk.node.pass(LEASE).await;
    let answer = desk.send(json!({"key": desk.key.secret}).to_string()).await;
    assert_eq!(answer.problem(), (503, "stale".into()));
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test(start_paused = true)]
async fn a_client_address_counts_only_from_who_may_name_it() {
    let log = Log::new();
    let key = log.issue(|key| key.networks = Networks::parse(["203.0.113.0/24"]).unwrap());
    let node = Node::start(&log).await;
    let open = node.router(None, TrustedPeers::loopback());
    let body = |ip: &str| json!({"key": key.secret, "client_ip": ip}).to_string();
    for (peer, ip, code) in [
        ("127.0.0.1", "203.0.113.9", "allowed"),
        ("::1", "::ffff:203.0.113.9", "allowed"),
        ("127.0.0.1", "198.51.100.1", "ip_not_allowed"),
    ] {
        let answer = Ask::verify(body(ip)).from(peer).send(&open).await;
        assert_eq!(answer.json()["code"], code, "{peer} {ip}");
    }
    let forged = (403, "client_ip_not_trusted".into());
    for peer in ["203.0.113.9", "10.0.0.1", "::2"] {
        assert_eq!(Ask::verify(body("203.0.113.9")).from(peer).send(&open).await.problem(), forged, "{peer}");
    }
    assert_eq!(Ask::verify(body("203.0.113.9")).over_unix_socket().send(&open).await.problem(), forged);
    // The peer is a gateway: its own address never stands for the client's, and headers are not read here.
    let silent = Ask::verify(json!({"key": key.secret}).to_string()).with("x-forwarded-for", "203.0.113.9");
    assert_eq!(silent.from("203.0.113.9").send(&open).await.json()["code"], "ip_not_allowed");

    let guarded = node.router(Some("s3cret"), TrustedPeers::nobody());
    let shown = Ask::verify(body("203.0.113.9")).from("10.0.0.1").with("x-keydesk-token", "s3cret");
    assert_eq!(shown.send(&guarded).await.json()["code"], "allowed");
}
