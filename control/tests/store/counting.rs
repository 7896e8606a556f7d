//! A process that verifies and counts, over a store of the test's own.

use crate::records::{Home, moment};
use api::verify::VerifyCode;
use control::store::{ChangeFilter, Store};
use data::{
    Bounds, Clock, Flusher, Follower, Gate, Head, Live, Meter, Metrics, NodeId, Nudge, Pace, SinkError,
    Source, SourceError, UsageSink,
};
use domain::{Change, Grant, Key, KeySecret, Loaded, Pepper, Timestamp, UsageBatch, Version};
use rand_core::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use tokio::sync::oneshot;

/// A key that may read everything, not yet in the database, and what is presented.
pub(crate) fn key_and_secret(home: &Home) -> (Key, String) {
    let secret = KeySecret::generate("rpa", &mut crate::records::rng());
    let digest = Pepper::new(&[7; 32]).digest(secret.expose().as_bytes());
    let grant = Grant::Scopes(vec![("read".into(), "*".into())]);
    (Key { digest, grant, ..home.key() }, secret.expose().to_owned())
}

/// The log of the store, as the server wires it.
struct Feed(Arc<Store>);

impl Source for Feed {
    async fn register(&self, node: &NodeId) -> Result<(), SourceError> {
        self.0.register_node(node.as_str(), moment(0)).await.map_err(failed)
    }

    async fn renew(&self, node: &NodeId, beat: i64) -> Result<Head, SourceError> {
        let at = self.0.renew_node(node.as_str(), beat).await.map_err(failed)?.ok_or(SourceError::Lost)?;
        Ok(Head { history: at.history, version: at.version, hash: at.hash, beat: beat + 1, lease: at.lease })
    }

    async fn load(&self) -> Result<(String, Loaded), SourceError> {
        self.0.load().await.map_err(failed)
    }

    async fn changes(&self, from: Version, limit: usize) -> Result<Vec<Change>, SourceError> {
        let limit = i64::try_from(limit).unwrap();
        self.0.changes(ChangeFilter { from, organization: None, limit }).await.map_err(failed)
    }

    async fn applied(&self, _: &NodeId, _: Version) -> Result<(), SourceError> {
        Ok(())
    }

    async fn deregister(&self, node: &NodeId) -> Result<(), SourceError> {
        self.0.deregister_node(node.as_str()).await.map_err(failed)
    }
}

fn failed(error: control::store::StoreError) -> SourceError {
    SourceError::Failed(Box::new(error))
}

/// The store, which can be made to fail: before it does anything, or behind it, so that nobody knows.
pub(crate) struct Record {
    store: Arc<Store>,
    fault: Arc<AtomicU8>,
}

impl UsageSink for Record {
    async fn add(&self, batch: &UsageBatch) -> Result<(), SinkError> {
        let fault = self.fault.swap(0, Ordering::SeqCst);
        if fault == 1 {
            return Err(SinkError("refused".into()));
        }
        let added = self.store.add_usage(batch.clone(), moment(0)).await;
        if fault == 2 {
            return Err(SinkError("nobody knows".into()));
        }
        added.map(|_| ()).map_err(|error| SinkError(Box::new(error)))
    }
}

/// One process: what it counted and nobody has put on record is gone with it.
pub(crate) struct Node {
    pub(crate) gate: Gate,
    pub(crate) live: Arc<Live>,
    pub(crate) nudge: Nudge,
    pub(crate) flusher: Flusher<Record>,
    pub(crate) fault: Arc<AtomicU8>,
    /// Calls since all was on record, as the model has them.
    pub(crate) open: Vec<(usize, VerifyCode, Timestamp)>,
    _stop: oneshot::Sender<()>,
}

impl Node {
    pub(crate) async fn start(store: &Arc<Store>, wall: &Arc<AtomicI64>, bounds: Bounds) -> Node {
        let wall = Arc::clone(wall);
        let clock = Clock::system(move || Timestamp::from_micros(wall.load(Ordering::SeqCst)));
        let live = Arc::new(Live::new(clock.clone()));
        let metrics = Arc::new(Metrics::new("0.0.0"));
        let nudge = Nudge::default();
        let draw = || NodeId::from_random(random());
        let feed = Feed(Arc::clone(store));
        let follower = Follower::new(
            feed,
            Arc::clone(&live),
            Arc::clone(&metrics),
            nudge.clone(),
            Pace::default(),
            draw,
        );
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(follower.run(async { drop(stopped.await) }));
        while live.lease_left().is_zero() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let meter = Arc::new(Meter::new(bounds, Arc::clone(&metrics)));
        let fault = Arc::new(AtomicU8::new(0));
        let record = Record { store: Arc::clone(store), fault: Arc::clone(&fault) };
        let flusher = Flusher::new(Arc::clone(&meter), record, clock, draw());
        let gate = Gate::new(
            Arc::clone(&live),
            Pepper::new(&[7; 32]),
            domain::token::Issuer::new("http://test"),
            metrics,
        )
        .metered(meter);
        Node { gate, live, nudge, flusher, fault, open: Vec::new(), _stop: stop }
    }
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    crate::records::rng().fill_bytes(&mut bytes);
    bytes
}
