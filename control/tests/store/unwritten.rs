//! What is counted while nothing can be written: it is kept within its bounds, and on record once when there is room.

use crate::counting::{Node, key_and_secret};
use crate::full_disk::{create_until_full, fill};
use crate::place::Place;
use crate::records::{Home, moment};
use api::verify::VerifyCode;
use control::store::{Store, UsageBy, UsageOf, UsageQuery, UsageSpan};
use data::{Bounds, Call};
use domain::{Asked, Key};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// A disk with a database, keys in it, and a process that counts their calls within these bounds.
struct Scene {
    place: Place,
    store: Arc<Store>,
    home: Home,
    keys: Vec<(Key, String)>,
    node: Node,
}

impl Scene {
    async fn begin(keys: usize, bounds: Bounds) -> Option<Scene> {
        let place = Place::small_disk()?;
        let store = Arc::new(place.open().await);
        let home = Home::made(&store).await;
        let keys: Vec<(Key, String)> = (0..keys).map(|_| key_and_secret(&home)).collect();
        for (key, _) in &keys {
            home.create(&store, key).await.unwrap();
        }
        let wall = Arc::new(AtomicI64::new(moment(0).micros()));
        let node = Node::start(&store, &wall, bounds).await;
        Some(Scene { place, store, home, keys, node })
    }

    /// Each key reads this once.
    fn read(&self, resource: &str) {
        for (_, secret) in &self.keys {
            let client = "203.0.113.9".parse().ok();
            let resource = Some(Asked::Text(resource));
            let call = Call { key: secret, action: Some("read"), resource, client, ..Call::default() };
            let code = self.node.gate.decide(&call, |decision| decision.code()).unwrap();
            assert_eq!(code, VerifyCode::Allowed);
        }
    }

    /// How many calls are on record, and whether some may be missing.
    async fn recorded(&self) -> (i64, bool) {
        let of = UsageOf::Organization(self.home.organization.id.clone());
        let span = UsageSpan { from: moment(0).hour(), to: moment(3600) };
        let query = UsageQuery { of: of.clone(), span, by: UsageBy::Key, bucket: None, values_max: 1_000 };
        let calls = self.store.usage(&query).await.unwrap().iter().map(|count| count.calls).sum();
        (calls, self.store.usage_incomplete(&of, span, moment(0)).await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_on_a_full_disk_is_on_record_once_when_there_is_room() {
    let Some(mut scene) = Scene::begin(40, Bounds::default()).await else { return };
    scene.read("THING/a/b");
    scene.node.flusher.flush().await.unwrap();
    assert_eq!(scene.recorded().await, (40, false));
    let filler = fill(&scene.place);
    create_until_full(&scene.store, &scene.home).await;

    // Calls are decided, and none of their counts is half written.
    for round in 0..10 {
        scene.read(&format!("THING/a/{round}"));
        scene.node.flusher.flush().await.unwrap_err();
    }
    assert_eq!(scene.recorded().await, (40, false));

    std::fs::remove_file(filler).unwrap();
    scene.node.flusher.flush().await.unwrap();
    assert_eq!(scene.recorded().await, (40 + 10 * 40, false));
    for (key, _) in &scene.keys {
        assert!(scene.store.key(key.id).await.unwrap().unwrap().last_use.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_finds_no_room_in_memory_while_the_disk_is_full_is_said_to_be_missing() {
    const BYTES: usize = 32 << 10;
    let bounds = Bounds { allowed_bytes: BYTES, refused_bytes: BYTES, allowed_apart: 8, refused_apart: 4 };
    let Some(mut scene) = Scene::begin(40, bounds).await else { return };
    let filler = fill(&scene.place);
    create_until_full(&scene.store, &scene.home).await;

    for round in 0..10 {
        scene.read(&format!("THING/a/{round}"));
        scene.node.flusher.flush().await.unwrap_err();
    }
    std::fs::remove_file(filler).unwrap();
    scene.node.flusher.flush().await.unwrap();

    let unseen = scene.place.number("select sum(calls) from usage_unseen").await;
    let (calls, incomplete) = scene.recorded().await;
    assert_eq!((calls + unseen, incomplete), (10 * 40, true));
    assert!(calls > 0 && unseen > 0, "{calls} counted, {unseen} not");
}
