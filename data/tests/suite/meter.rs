//! Metering: every call of a known key is counted once, in memory that is bounded whatever is sent.

use crate::world::{Ask, Issued, Log, Node, issuer, pepper};
use api::verify::VerifyCode;
use data::{Bounds, Call, Clock, Flusher, Gate, Meter, NodeId, SinkError, UsageSink};
use domain::{Asked, Called, ClientNetwork, ProjectId, TrustedPeers, UsageBatch};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Keeps batches, and fails as it is told to.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    batches: BTreeMap<i64, UsageBatch>,
    /// Answers to come: whether the batch is kept, and whether that is said.
    answers: Vec<(bool, bool)>,
}

impl UsageSink for Book {
    async fn add(&self, batch: &UsageBatch) -> Result<(), SinkError> {
        let mut kept = self.0.lock().unwrap();
        let (keep, say) = kept.answers.pop().unwrap_or((true, true));
        if keep {
            let before = kept.batches.insert(batch.sequence, batch.clone());
            assert!(before.is_none_or(|before| before == *batch), "the same number is the same batch");
        }
        if keep && say { Ok(()) } else { Err(SinkError("told to fail".into())) }
    }
}

impl Book {
    fn called(&self) -> Vec<Called> {
        self.0.lock().unwrap().batches.values().flat_map(|batch| batch.called.clone()).collect()
    }

    fn calls(&self) -> i64 {
        self.called().iter().map(|called| called.calls).sum()
    }

    /// Calls that were counted for this project's keys.
    fn calls_of(&self, project: ProjectId) -> i64 {
        self.called().iter().filter(|called| called.project == project).map(|called| called.calls).sum()
    }

    /// Whose calls went uncounted; `None` where that is not known.
    fn missed(&self) -> BTreeSet<Option<String>> {
        let kept = self.0.lock().unwrap();
        let unseen = kept.batches.values().flat_map(|batch| &batch.unseen);
        unseen.map(|unseen| unseen.organization.as_ref().map(ToString::to_string)).collect()
    }

    fn unseen(&self) -> i64 {
        let kept = self.0.lock().unwrap();
        kept.batches.values().flat_map(|batch| &batch.unseen).map(|unseen| unseen.calls).sum()
    }
}

/// A gate that counts within these bounds, and what its counts go to.
struct Counting {
    node: Node,
    gate: Gate,
    book: Book,
    flusher: Flusher<Book>,
}

impl Counting {
    async fn start(log: &Log, bounds: Bounds) -> Counting {
        let node = Node::start(log).await;
        let meter = Arc::new(Meter::new(bounds, Arc::clone(&node.metrics)));
        let gate = Gate::new(Arc::clone(&node.live), pepper(), issuer(), Arc::clone(&node.metrics));
        let book = Book::default();
        let clock = Clock::system(|| domain::Timestamp::from_micros(0));
        let flusher = Flusher::new(Arc::clone(&meter), book.clone(), clock, NodeId::from_random([7; 16]));
        Counting { node, gate: gate.metered(meter), book, flusher }
    }

    fn ask(&self, key: &Issued, action: &str, resource: &str, client: &str) -> VerifyCode {
        let call = Call {
            key: &key.secret,
            action: Some(action),
            resource: Some(Asked::Text(resource)),
            client: client.parse().ok(),
            ..Call::default()
        };
        self.gate.decide(&call, |decision| decision.code()).unwrap()
    }
}

/// Keys of one project.
fn issue(log: &Log, project: ProjectId, count: usize) -> Vec<Issued> {
    (0..count).map(|_| log.issue(|key| key.project_id = project)).collect()
}

const SMALL: Bounds =
    Bounds { allowed_bytes: 64 << 10, refused_bytes: 64 << 10, allowed_apart: 8, refused_apart: 4 };

#[tokio::test(start_paused = true)]
async fn one_key_on_many_resources_is_counted_in_few_rows_and_no_call_is_lost() {
    let log = Log::new();
    let key = log.issue(|_| ());
    let mut counting = Counting::start(&log, SMALL).await;
    for number in 0..10_000 {
        counting.ask(&key, "read", &format!("THING/a/{number}"), "203.0.113.9");
        counting.ask(&key, "read", "THING/a/0", "198.51.100.9");
    }
    counting.flusher.flush().await.unwrap();
    let called = counting.book.called();
    assert_eq!((counting.book.calls(), counting.book.unseen()), (20_000, 0));
    assert!(called.len() <= 8 + 64 + 4, "{} rows", called.len());
    let other: i64 = called.iter().filter(|row| &*row.resource == "other").map(|row| row.calls).sum();
    assert!(other > 9_900, "what is not told apart is under `other`: {other}");
    let known = called.iter().filter(|row| &*row.resource == "THING/a/0").map(|row| row.calls).sum::<i64>();
    assert_eq!(known, 10_001, "what is known stays known through the flood");
}

#[tokio::test(start_paused = true)]
async fn refused_calls_and_many_networks_take_nothing_from_allowed_ones() {
    let log = Log::new();
    let (key, dead) = (log.issue(|_| ()), log.issue(|_| ()));
    log.revoke(&dead);
    let mut counting = Counting::start(&log, SMALL).await;
    for number in 0..5_000_u32 {
        let [_, _, high, low] = number.to_be_bytes();
        assert_eq!(
            counting.ask(&dead, "read", &format!("THING/b/{number}"), &format!("10.{high}.{low}.1")),
            VerifyCode::Revoked
        );
    }
    for number in 0..8 {
        counting.ask(&key, "read", &format!("THING/a/{number}"), "203.0.113.9");
    }
    counting.flusher.flush().await.unwrap();
    let allowed: Vec<Called> =
        counting.book.called().into_iter().filter(|row| row.refused.is_none()).collect();
    assert_eq!(allowed.len(), 8);
    assert!(allowed.iter().all(|row| row.network == ClientNetwork::V4([203, 0, 113])));
    assert_eq!(counting.book.calls() + counting.book.unseen(), 5_008);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_keys_is_bounded_and_what_it_hides_is_said() {
    let log = Log::new();
    let keys: Vec<Issued> = (0..400).map(|_| log.issue(|_| ())).collect();
    let mut counting = Counting::start(&log, SMALL).await;
    for key in &keys {
        counting.ask(key, "read", "THING/a/b", "203.0.113.9");
    }
    counting.flusher.flush().await.unwrap();
    let (calls, unseen) = (counting.book.calls(), counting.book.unseen());
    assert_eq!(calls + unseen, 400);
    assert!(unseen > 0 && calls * 512 <= 64 << 10, "{calls} counted, {unseen} not");
    // What stood still goes when room is short, so that others find some again.
    counting.flusher.flush().await.unwrap();
    for key in keys.iter().rev().take(20) {
        counting.ask(key, "read", "THING/a/b", "203.0.113.9");
    }
    counting.flusher.flush().await.unwrap();
    assert_eq!((counting.book.calls(), counting.book.unseen()), (calls + 20, unseen));
    drop(counting.node);
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_end_nobody_knows_is_sent_again_as_it_was() {
    let log = Log::new();
    let keys: Vec<Issued> = (0..700).map(|_| log.issue(|_| ())).collect();
    let mut counting = Counting::start(&log, Bounds::default()).await;
    let mut expected = 0;
    for round in 0..40_usize {
        for key in keys.iter().cycle().skip(round * 31).take(90 * (round % 7)) {
            counting.ask(key, "read", "THING/a/b", "203.0.113.9");
            expected += 1;
        }
        let answers = [(false, false), (true, false), (true, true), (true, false), (true, true)];
        counting.book.0.lock().unwrap().answers =
            answers.into_iter().cycle().skip(round).take(round % 4).collect();
        let _ = counting.flusher.flush().await;
    }
    counting.book.0.lock().unwrap().answers.clear();
    counting.flusher.flush().await.unwrap();
    assert_eq!((counting.book.calls(), counting.book.unseen()), (expected, 0));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_one_organization_leaves_the_others_their_share() {
    let log = Log::new();
    let loud = log.state().project.id;
    let quiet = log.neighbour("org_2");
    let (flood, theirs) = (issue(&log, loud, 400), issue(&log, quiet, 15));
    let dead = issue(&log, loud, 400);
    for key in &dead {
        log.revoke(key);
    }
    let mut counting = Counting::start(&log, SMALL).await;
    for round in 1..=3 {
        // All of it is called in every round: nothing stands still and is forgotten for it.
        for number in 0..4 {
            for key in flood.iter().chain(&dead) {
                counting.ask(key, "read", &format!("THING/a/{number}"), "203.0.113.9");
            }
        }
        for key in &theirs {
            counting.ask(key, "read", "THING/a/b", "203.0.113.9");
        }
        counting.flusher.flush().await.unwrap();
        assert_eq!(counting.book.calls_of(quiet), round * 15);
    }
    assert!(counting.book.unseen() > 1_000);
    assert_eq!(counting.book.missed(), BTreeSet::from([Some("org_1".to_owned())]));
    let total = 3 * (4 * 800 + 15);
    assert_eq!(
        counting.book.calls() + counting.book.unseen(),
        total,
        "each is counted, or said to be missing"
    );
}

#[tokio::test(start_paused = true)]
async fn organizations_that_flood_one_after_another_leave_room_for_the_next_one() {
    let log = Log::new();
    let projects: Vec<ProjectId> = (2..12).map(|number| log.neighbour(&format!("org_{number}"))).collect();
    let floods: Vec<Vec<Issued>> = projects.iter().map(|project| issue(&log, *project, 100)).collect();
    let late = log.issue(|_| ());
    let mut counting = Counting::start(&log, SMALL).await;
    for round in 0..2 {
        for (at, flood) in floods.iter().enumerate() {
            for key in flood {
                counting.ask(key, "read", "THING/a/b", "203.0.113.9");
            }
            // Those that came first must not keep what they had when they were few.
            if round == 1 && at + 1 == floods.len() {
                counting.ask(&late, "read", "THING/a/b", "203.0.113.9");
            }
        }
        counting.flusher.flush().await.unwrap();
    }
    assert_eq!(counting.book.calls_of(late.key.project_id), 1);
    assert!(counting.book.unseen() > 0);
    assert_eq!(counting.book.calls() + counting.book.unseen(), 2 * 1_000 + 1);
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_forgotten_for_want_of_room_are_counted_and_lose_no_call() {
    let log = Log::new();
    let project = log.state().project.id;
    let keys = issue(&log, project, 40);
    let mut counting = Counting::start(&log, SMALL).await;
    for round in 1..=3 {
        for key in &keys {
            counting.ask(key, "read", &format!("THING/a/{round}"), "203.0.113.9");
        }
        counting.flusher.flush().await.unwrap();
        // Now they stand still, and more than three eighths are in use.
        counting.flusher.flush().await.unwrap();
    }
    assert_eq!((counting.book.calls(), counting.book.unseen()), (3 * 40, 0));
    let desk = counting.node.router(None, TrustedPeers::nobody());
    let metrics = Ask::get("/metrics").send(&desk).await.text;
    assert!(metrics.contains("\nkeydesk_usage_evicted_total 120\n"), "{metrics}");
}
