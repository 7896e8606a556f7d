//! Health, metrics, and who may see them.

use crate::world::{Ask, LEASE, Log, Node};
use data::http::Phase;
use domain::TrustedPeers;

#[tokio::test(start_paused = true)]
async fn a_node_is_ready_only_while_it_may_answer_and_all_listeners_accept() {
    let log = Log::new();
    let node = Node::start(&log).await;
    let router = node.router(None, TrustedPeers::nobody());
    for (phase, status, listeners) in
        [(Phase::Starting, 503, "starting"), (Phase::Serving, 200, "ok"), (Phase::Draining, 503, "draining")]
    {
        node.phase.send_replace(phase);
        let answer = Ask::get("/readyz").send(&router).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["checks"]["listeners"]),
            (status, &listeners.into())
        );
    }
    node.phase.send_replace(Phase::Serving);
    log.state().down = vec!["changes", "renew"];
    node.pass(LEASE).await;
    let answer = Ask::get("/readyz").send(&router).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["checks"]["snapshot"]), (503, &"stale".into()));
    assert_eq!(Ask::get("/livez").send(&router).await.status, 200, "the process lives all the same");
}

#[tokio::test(start_paused = true)]
async fn metrics_say_what_happened_and_name_no_key() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    node.verify(&key.secret).unwrap();
    node.verify("junk").unwrap();
    let answer = Ask::get("/metrics").send(&node.router(None, TrustedPeers::nobody())).await;
    for line in [
        "keydesk_verify_total{code=\"allowed\"} 1",
        "keydesk_verify_total{code=\"malformed\"} 1",
        "keydesk_verify_total{code=\"stale\"} 0",
        "keydesk_verify_duration_seconds_count 2",
        "keydesk_snapshot_version 2",
        "keydesk_keys 1",
        "keydesk_lease_seconds_left 10.0",
        "keydesk_build_info{version=\"0.0.0\"} 1",
    ] {
        assert!(answer.text.lines().any(|found| found == line), "{line}\n{}", answer.text);
    }
    assert!(!answer.text.contains(&key.key.id.to_string()) && answer.text.ends_with("# EOF\n"));
}

#[tokio::test(start_paused = true)]
async fn without_the_token_a_stranger_learns_nothing_but_that_the_process_lives() {
    let log = Log::new();
    let key = log.issue(|_| ()).secret;
    let node = Node::start(&log).await;
    let router = node.router(Some("s3cret"), TrustedPeers::loopback());
    let body = format!(r#"{{"key":"{key}"}}"#);
    let asks = || {
        let paths = ["/readyz", "/metrics", "/nothing", "/v1/verify", "/livez/"].map(Ask::get);
        paths.into_iter().chain([
            Ask::verify(body.clone()),
            Ask::verify("junk"),
            Ask::new("DELETE", "/readyz", ""),
        ])
    };
    for token in [None, Some(""), Some("s3cre"), Some("s3cret2"), Some("S3cret")] {
        for ask in asks() {
            let ask = token.into_iter().fold(ask, |ask, token| ask.with("x-keydesk-token", token));
            assert_eq!(ask.send(&router).await.problem(), (401, "unauthenticated".into()), "{token:?}");
        }
    }
    let twice = Ask::get("/readyz").with("x-keydesk-token", "s3cret").with("x-keydesk-token", "s3cret");
    assert_eq!(twice.send(&router).await.status, 401);
    assert_eq!(Ask::get("/livez").send(&router).await.status, 200);
    for ask in [Ask::get("/readyz"), Ask::get("/metrics"), Ask::verify(body.clone())] {
        assert_eq!(ask.with("x-keydesk-token", "s3cret").send(&router).await.status, 200);
    }
}
