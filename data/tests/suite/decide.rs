//! What the gate answers, and that a call that may pass costs no memory.

use crate::world::{LEASE, Log, Node, log::rng};
use api::verify::VerifyCode::{self, *};
use data::{Call, Refusal};
use domain::{Asked, Effect, Grant, Key, KeySecret, KeyState, Networks, Timestamp};
use std::net::IpAddr;
use std::time::Duration;

fn code(node: &Node, call: &Call<'_>) -> Result<VerifyCode, Refusal> {
    node.gate.decide(call, |decision| decision.code())
}

fn call(key: &str) -> Call<'_> {
    Call { key, ..Call::default() }
}

fn scopes(entries: &[(&str, &str)]) -> Grant {
    Grant::Scopes(entries.iter().map(|(action, filter)| ((*action).into(), (*filter).into())).collect())
}

#[tokio::test(start_paused = true)]
async fn every_code_is_reached() {
    let log = Log::new();
    let issue = |edit: fn(&mut Key)| log.issue(edit).secret;
    let known = issue(|_| ());
    let limited = issue(|key| key.networks = Networks::parse(["203.0.113.0/24"]).unwrap());
    let narrow = issue(|key| key.grant = scopes(&[("read", "PROJECT/#")]));
    let disabled = issue(|key| key.state = KeyState::Disabled { since: Timestamp::from_micros(0) });
    let expired = issue(|key| key.expires_at = Some(Timestamp::from_micros(0)));
    let revoked = log.issue(|_| ());
    log.revoke(&revoked);
    let node = Node::start(&log).await;
    let stranger = KeySecret::generate("rpa", &mut rng());
    let project = format!("PROJECT/{}", log.state().project.id);
    let asked =
        |key, action| Call { action: Some(action), resource: Some(Asked::Text(&project)), ..call(key) };
    let at = |key, client: &str| Call { client: Some(client.parse().unwrap()), ..call(key) };
    for (expected, call) in [
        (Allowed, call(&known)),
        (Allowed, asked(&narrow, "read")),
        (Allowed, at(&limited, "203.0.113.9")),
        (Allowed, at(&limited, "::ffff:203.0.113.9")),
        (Malformed, call("rpa_junk")),
        (Unknown, call(stranger.expose())),
        (Revoked, call(&revoked.secret)),
        (Disabled, call(&disabled)),
        (Expired, call(&expired)),
        (IpNotAllowed, at(&limited, "198.51.100.1")),
        (IpNotAllowed, at(&limited, "::203.0.113.9")),
        (IpNotAllowed, call(&limited)),
        (InsufficientScope, asked(&narrow, "write")),
        (InsufficientScope, Call { organization: Some("org_2"), ..call(&known) }),
    ] {
        assert_eq!(code(&node, &call), Ok(expected), "{:?} {:?}", call.action, call.client);
    }
}

#[tokio::test(start_paused = true)]
async fn a_removed_project_disables_its_keys() {
    let log = Log::new();
    let key = log.issue(|_| ()).secret;
    let node = Node::start(&log).await;
    let mut project = log.state().project.clone();
    project.removed_at = Some(Timestamp::from_micros(1));
    let version = log.commit(Effect::Project(project));
    node.nudge.wake();
    node.live.wait_applied(version).await;
    assert_eq!(node.verify(&key), Ok((Disabled, version)));
}

#[tokio::test(start_paused = true)]
async fn an_expired_key_stays_expired_when_the_clock_is_set_back() {
    let log = Log::new();
    let key = log.issue(|key| key.expires_at = Some(Timestamp::from_micros(1_000_000_000))).secret;
    let node = Node::start(&log).await;
    let at = |micros| {
        node.hand.set_wall(Timestamp::from_micros(micros));
        code(&node, &call(&key)).unwrap()
    };
    assert_eq!([at(999_999_999), at(1_000_000_000), at(0)], [Allowed, Expired, Expired]);
}

#[tokio::test(start_paused = true)]
async fn a_malformed_question_is_no_decision() {
    let log = Log::new();
    let key = log.issue(|_| ()).secret;
    let node = Node::start(&log).await;
    let (text, none): (fn(&'static str) -> _, _) = (|text| Some(Asked::Text(text)), None);
    for (action, resource) in [
        (Some("read"), none),
        (None, text("PROJECT/p1")),
        (Some("*"), text("PROJECT/p1")),
        (Some("Read"), text("PROJECT/p1")),
        (Some(""), text("PROJECT/p1")),
        (Some("read"), text("")),
        (Some("read"), text("*")),
        (Some("read"), text("project/p1")),
        (Some("read"), text("PROJECT")),
        (Some("read"), text("PROJECT//")),
        (Some("read"), Some(Asked::Segments(&[]))),
        (Some("read"), Some(Asked::Segments(&[None]))),
        (Some("read"), Some(Asked::Segments(&[Some("PROJECT"), Some("")]))),
    ] {
        let answer = code(&node, &Call { action, resource, ..call(&key) });
        assert!(matches!(answer, Err(Refusal::Malformed(_))), "{action:?} {resource:?}: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_knows_nothing_decides_nothing() {
    let log = Log::new();
    let key = log.issue(|_| ()).secret;
    log.state().down = vec!["load"];
    let node = Node::begin(&log, data::Pace { wait: LEASE, poll: Duration::from_secs(1) });
    for _ in 0..100 {
        assert_eq!(code(&node, &call(&key)), Err(Refusal::Stale));
        node.pass(Duration::from_millis(50)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_pass_allocates_nothing() {
    let log = Log::new();
    let wide = log.issue(|key| key.networks = Networks::parse(["203.0.113.0/24"]).unwrap()).secret;
    let node = Node::start(&log).await;
    let project = log.state().project.id.to_string();
    let client: Option<IpAddr> = "203.0.113.9".parse().ok();
    let segments = [Some("PROJECT"), Some(&*project), Some("DATA")];
    let (place, below) = ("PLACE/Site/s1/THING/Battery/b1", format!("PROJECT/{project}/DATA"));
    for resource in
        [None, Some(Asked::Segments(&segments)), Some(Asked::Text(&below)), Some(Asked::Text(place))]
    {
        let action = resource.map(|_| "write");
        let call = Call { action, resource, client, organization: Some("org_1"), ..call(&wide) };
        assert_eq!(code(&node, &call), Ok(Allowed), "{resource:?}");
        let cost = allocation_counter::measure(|| {
            for _ in 0..100 {
                assert_eq!(code(&node, &call), Ok(Allowed));
            }
        });
        assert_eq!(cost.count_total, 0, "{resource:?}");
    }
}
