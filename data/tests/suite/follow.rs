//! What the follower guarantees: order, freshness, and silence as soon as history is not what it was.

use crate::world::{LEASE, Log, Node};
use api::verify::VerifyCode::{Allowed, Revoked};
use data::{Pace, Refusal};
use domain::{Effect, Version};
use std::time::Duration;

const RENEWAL: Duration = Duration::from_millis(3400);

#[tokio::test(start_paused = true)]
async fn a_node_is_on_record_before_it_loads() {
    let log = Log::new();
    let node = Node::start(&log).await;
    let calls = log.state().calls.clone();
    assert_eq!(calls.get(..3).unwrap(), ["register", "load", "renew"]);
    node.stop().await;
    assert!(log.state().nodes.is_empty(), "and off it when it has stopped");
}

#[tokio::test(start_paused = true)]
async fn changes_are_applied_in_order_and_noted_after() {
    let log = Log::new();
    let node = Node::start(&log).await;
    let keys: Vec<_> = (0..2500).map(|_| log.issue(|_| ())).collect();
    let version = log.revoke(&keys[0]);
    node.nudge.wake();
    node.until_applied(version).await;
    assert_eq!(node.verify(&keys[0].secret), Ok((Revoked, version)));
    assert_eq!(node.verify(&keys[2499].secret), Ok((Allowed, version)));
    node.until("the note", || log.state().applied.values().next() == Some(&version)).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_nobody_nudged_about_is_found() {
    let log = Log::new();
    let node = Node::start(&log).await;
    let version = log.issue(|_| ()).key;
    node.until("the poll", || node.live.version() == Some(Version(2))).await;
    drop(version);
}

#[tokio::test(start_paused = true)]
async fn a_nudge_applies_at_once_and_wakes_who_waits() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    node.pass(Duration::from_secs(1)).await;
    let left = node.live.lease_left();
    let version = log.revoke(&key);
    node.nudge.wake();
    node.live.wait_applied(version).await;
    assert_eq!(node.verify(&key.secret), Ok((Revoked, version)));
    assert_eq!(node.live.lease_left(), left, "a nudge does not touch the lease");
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_released_when_the_lease_has_run_out() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    log.state().down = vec!["changes", "renew"];
    let version = log.revoke(&key);
    let mut waiting = Box::pin(node.live.wait_applied(version));
    tokio::select! {
        () = &mut waiting => panic!("the old state still answers: {:?}", node.verify(&key.secret)),
        () = node.pass(LEASE - Duration::from_millis(100)) => {}
    }
    assert!(node.verify(&key.secret).is_ok());
    node.pass(Duration::from_millis(100)).await;
    waiting.await;
    assert_eq!(node.verify(&key.secret), Err(Refusal::Stale));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_hear_from_the_log_stops_answering_and_recovers() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    log.state().down = vec!["changes", "renew"];
    node.pass(LEASE - Duration::from_millis(100)).await;
    assert!(node.verify(&key.secret).is_ok());
    node.pass(Duration::from_millis(100)).await;
    assert_eq!(node.verify(&key.secret), Err(Refusal::Stale));
    log.state().down.clear();
    node.until("a renewal", || node.verify(&key.secret).is_ok()).await;
    assert_eq!(log.state().calls.iter().filter(|call| **call == "load").count(), 1, "without loading again");
}

#[tokio::test(start_paused = true)]
async fn a_lease_counts_from_before_the_request() {
    let log = Log::new();
    let (node, took) = (Node::start(&log).await, Duration::from_secs(2));
    let hand = node.hand.clone();
    log.state().during_renewal = Some(Box::new(move || hand.advance(took)));
    node.pass(RENEWAL).await;
    let left = node.live.lease_left();
    assert!(left <= LEASE - took && left > LEASE - took - Duration::from_millis(500), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_as_long_as_the_log_says_from_the_next_renewal_on() {
    let log = Log::new();
    let node = Node::start(&log).await;
    log.state().lease = Duration::from_secs(2);
    node.pass(RENEWAL + Duration::from_millis(100)).await;
    let left = node.live.lease_left();
    assert!(left <= Duration::from_secs(2) && !left.is_zero(), "{left:?}");

    log.state().down = vec!["renew"];
    node.pass(Duration::from_secs(2)).await;
    assert_eq!(node.live.lease_left(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_given_only_to_what_the_renewal_saw_applied_whole() {
    let log = Log::new();
    let node = Node::start(&log).await;
    log.issue(|_| ());
    log.state().slow = Duration::from_secs(5);
    node.pass(RENEWAL + Duration::from_secs(3)).await;
    let left = node.live.lease_left();
    assert!(left < LEASE - RENEWAL, "renewed, but not yet applied: {left:?}");
}

/// Lies that a log can tell, and the cause that is counted for each.
type Lie = (&'static str, fn(&Log));
const LIES: [Lie; 11] = [
    ("change", |log| {
        log.issue(|_| ());
        log.issue(|_| ());
        log.state().changes.remove(2);
    }),
    ("change", |log| {
        log.issue(|_| ());
        let mut state = log.state();
        state.changes[2].hash.0[0] ^= 1;
    }),
    ("change", |log| {
        log.commit_body(r#"[{"future_effect":{}}]"#.into(), |_| ());
    }),
    ("went_back", |log| {
        let mut state = log.state();
        state.changes.pop();
        state.head = state.changes.last().map(|change| (change.version, change.hash)).unwrap();
    }),
    ("went_back", |log| drop(log.state().changes.pop())),
    ("went_back", |log| log.state().head.0 = Version(1)),
    ("other_hash", |log| log.state().head.1.0[0] ^= 1),
    ("other_hash", |log| log.state().changes[1].hash.0[0] ^= 1),
    ("other_history", |log| log.state().history = "h2".into()),
    ("lost", |log| log.state().nodes.values_mut().for_each(|beat| *beat += 1)),
    ("missing", |log| log.state().head.0 = Version(3)),
];

#[tokio::test(start_paused = true)]
async fn a_history_that_is_not_what_it_was_drops_the_lease_at_once_and_is_loaded_again() {
    for (cause, lie) in LIES {
        let log = Log::new();
        let key = log.issue(|_| ());
        let node = Node::start(&log).await;
        log.state().down = vec!["load"];
        lie(&log);
        node.nudge.wake();
        // Some lies only a renewal can tell; the lease still has two thirds to run.
        node.until("a look", || log.state().calls.last() == Some(&"changes")).await;
        node.hand.advance(RENEWAL);
        node.until(cause, || node.verify(&key.secret) == Err(Refusal::Stale)).await;
        assert!(node.reloads(cause).await, "{cause}");
        log.state().down.clear();
        mend(&log);
        node.until("another load", || node.verify(&key.secret).is_ok()).await;
        assert_eq!(log.state().nodes.len(), 1, "{cause}: only the new id is on record");
        node.stop().await;
    }
}

/// Makes the log one whole again, as of what its objects are now.
fn mend(log: &Log) {
    let mut state = log.state();
    let last = state.changes.last().map(|change| (change.version, change.hash)).unwrap();
    state.head = last;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_read_never_leads_to_a_decision() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    let before = log.version();
    let unreadable = log.commit_body("{".into(), |_| ());
    log.state().down = vec!["load"];
    node.nudge.wake();
    node.live.wait_applied(unreadable).await;
    assert_eq!(
        node.verify(&key.secret),
        Err(Refusal::Stale),
        "at {before:?} it may have been revoked by then"
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_that_hangs_is_given_up_on() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    log.state().slow = Duration::from_secs(3600);
    node.pass(LEASE).await;
    assert_eq!(node.verify(&key.secret), Err(Refusal::Stale));
    log.state().slow = Duration::ZERO;
    node.pass(2 * LEASE).await;
    assert!(node.verify(&key.secret).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_failing_log_is_not_asked_more_often_than_the_bounds_say() {
    let log = Log::new();
    log.state().down = vec!["load"];
    let node = Node::begin(&log, Pace::default());
    node.pass(Duration::from_secs(60)).await;
    let loads = log.state().calls.iter().filter(|call| **call == "load").count();
    assert!((60..70).contains(&loads), "{loads}");
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn many_nudges_at_once_are_one_look() {
    let log = Log::new();
    let node = Node::start(&log).await;
    let before = log.state().calls.len();
    for _ in 0..50 {
        log.commit(Effect::Note("note".into()));
        node.nudge.wake();
    }
    node.until_applied(log.version()).await;
    assert!(log.state().calls.len() - before < 10);
}
