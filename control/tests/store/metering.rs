//! Both planes against a plain model: whatever is verified, flushed, restarted and edited in between, the totals on
//! record are those of a list of all calls.

use crate::both;
use crate::counting::{Node, key_and_secret};
use crate::place::Place;
use crate::records::{Home, moment};
use control::store::{Store, UsageBy, UsageOf, UsageQuery, UsageSpan};
use data::{Bounds, Call};
use domain::{Asked, Key, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const STEPS: usize = 160;
const SEQUENCES: u64 = 3;
const NODES: usize = 2;
/// Small enough that much of it ends up under `other`.
const NARROW: Bounds =
    Bounds { allowed_bytes: 48 << 20, refused_bytes: 16 << 20, allowed_apart: 6, refused_apart: 3 };

/// The same sequence for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

type Model = BTreeMap<(usize, String, i64), i64>;

both!(totals_on_record_are_those_of_a_plain_list_of_calls);
async fn totals_on_record_are_those_of_a_plain_list_of_calls(place: &Place) {
    let store = Arc::new(place.open().await);
    for seed in 1..=SEQUENCES {
        sequence(&store, seed).await;
    }
}

async fn sequence(store: &Arc<Store>, seed: u64) {
    let mut dice = Dice(seed);
    let home = Home::made(store).await;
    let mut keys = Vec::new();
    for _ in 0..4 {
        let (key, secret) = key_and_secret(&home);
        home.create(store, &key).await.unwrap();
        keys.push((key, secret));
    }
    let wall = Arc::new(AtomicI64::new(moment(0).micros()));
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(Node::start(store, &wall, NARROW).await);
    }
    let mut model = Model::new();
    for step in 0..STEPS {
        let at = dice.below(NODES);
        match dice.below(16) {
            0..=8 => verify(&mut nodes[at], &keys, &mut dice, &wall),
            9 | 10 => flush(&mut nodes[at], &mut model, 0).await,
            11 => flush(&mut nodes[at], &mut model, 1).await,
            12 => flush(&mut nodes[at], &mut model, 2).await,
            13 => {
                wall.fetch_add(i64::try_from(dice.below(40)).unwrap() * 60_000_000, Ordering::SeqCst);
            }
            14 => edit(store, &home, &mut keys, &mut dice, &nodes).await,
            // A process that ends writes first; one that is killed loses what was open, and nothing else.
            _ => {
                if step % 2 == 0 || nodes[at].fault.load(Ordering::SeqCst) != 0 {
                    flush(&mut nodes[at], &mut model, 0).await;
                }
                nodes[at] = Node::start(store, &wall, NARROW).await;
            }
        }
    }
    for node in &mut nodes {
        flush(node, &mut model, 0).await;
    }
    compare(store, &home, &keys, &model, seed).await;
}

fn verify(node: &mut Node, keys: &[(Key, String)], dice: &mut Dice, wall: &AtomicI64) {
    for _ in 0..dice.below(12) {
        let of = dice.below(keys.len());
        let resource = format!("THING/{}/{}", ["a", "%61", "b"][dice.below(3)], dice.below(9));
        let action = Some(["read", "read", "write"][dice.below(3)]).filter(|_| dice.below(5) > 0);
        let call = Call {
            key: &keys[of].1,
            action,
            resource: action.map(|_| Asked::Text(&resource)),
            client: format!("10.0.{}.1", dice.below(9)).parse().ok().filter(|_| dice.below(5) > 0),
            ..Call::default()
        };
        let code = node.gate.decide(&call, |decision| decision.code()).unwrap();
        node.open.push((of, code, Timestamp::from_micros(wall.load(Ordering::SeqCst))));
    }
}

/// What is open is on record when the flush says so, and not twice when one before it had been already.
async fn flush(node: &mut Node, model: &mut Model, fault: u8) {
    node.fault.store(fault, Ordering::SeqCst);
    if node.flusher.flush().await.is_err() {
        // It was met: the next try goes on with what this one left.
        node.fault.store(0, Ordering::SeqCst);
        node.flusher.flush().await.unwrap();
    }
    node.fault.store(0, Ordering::SeqCst);
    for (key, code, at) in node.open.drain(..) {
        let code = serde_json::to_value(code).unwrap().as_str().unwrap().to_owned();
        *model.entry((key, code, at.hour().micros())).or_default() += 1;
    }
}

async fn edit(store: &Store, home: &Home, keys: &mut [(Key, String)], dice: &mut Dice, nodes: &[Node]) {
    let key = &mut keys[dice.below(4)].0;
    key.state = match dice.below(3) {
        0 => key.state.disabled(moment(1)),
        1 => key.state.enabled(),
        _ => key.state,
    };
    key.name = crate::records::name(&format!("name {}", dice.below(100)));
    let version = home.update(store, key).await.unwrap();
    for node in nodes {
        node.nudge.wake();
        node.live.wait_applied(version).await;
    }
}

async fn compare(store: &Store, home: &Home, keys: &[(Key, String)], model: &Model, seed: u64) {
    let span = UsageSpan { from: moment(0).hour(), to: moment(400 * 86_400) };
    let hour = Some(3_600_000_000);
    let mut found = Model::new();
    for (at, (key, _)) in keys.iter().enumerate() {
        let of = UsageOf::Key(key.id, home.organization.id.clone());
        let query = UsageQuery { of: of.clone(), span, by: UsageBy::Outcome, bucket: hour, values_max: 100 };
        for count in store.usage(&query).await.unwrap() {
            found.insert((at, count.value, count.start), count.calls);
        }
        assert!(!store.usage_incomplete(&of, span, moment(0)).await.unwrap(), "seed {seed}");
        for by in [UsageBy::Action, UsageBy::Resource, UsageBy::Network] {
            let counts = store.usage(&UsageQuery { by, bucket: None, ..query.clone() }).await.unwrap();
            let total: i64 = counts.iter().map(|count| count.calls).sum();
            let expected: i64 = model.iter().filter(|((of, ..), _)| *of == at).map(|(_, calls)| calls).sum();
            assert_eq!(total, expected, "seed {seed}, {by:?}");
        }
    }
    assert_eq!(&found, model, "seed {seed}");
    assert!(model.values().sum::<i64>() > 200, "seed {seed}: hardly anything was called");
}
