//! A data-plane node over a record that does not change, as `keydesk serve` wires one.

use data::http::{Desk, Family, Phase, router};
use data::{Clock, Follower, Gate, Head, Live, Metrics, NodeId, Nudge, Pace, Source, SourceError};
use domain::token::Issuer;
use domain::{Change, Loaded, Pepper, Timestamp, TrustedPeers, Version};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A record that is handed over once.
struct Record {
    head: Head,
    loaded: Mutex<Option<Loaded>>,
}

impl Source for Record {
    async fn register(&self, _: &NodeId) -> Result<(), SourceError> {
        Ok(())
    }

    async fn renew(&self, _: &NodeId, beat: i64) -> Result<Head, SourceError> {
        Ok(Head { beat: beat + 1, ..self.head.clone() })
    }

    async fn load(&self) -> Result<(String, Loaded), SourceError> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok((self.head.history.clone(), loaded.ok_or(SourceError::Lost)?))
    }

    async fn changes(&self, _: Version, _: usize) -> Result<Vec<Change>, SourceError> {
        // The newest one, which a follower reads again to see that history is what it was.
        let Head { version, hash, .. } = self.head;
        let (actor, action, organization) = ("operator".into(), "bench".into(), String::new());
        let (at, body) = (Timestamp::from_micros(0), "[]".into());
        Ok(vec![Change { version, at, actor, action, organization, body, hash }])
    }

    async fn applied(&self, _: &NodeId, _: Version) -> Result<(), SourceError> {
        Ok(())
    }

    async fn deregister(&self, _: &NodeId) -> Result<(), SourceError> {
        Ok(())
    }
}

/// The routes of a data listener that knows this record, once it decides.
pub(crate) async fn listening(
    loaded: Loaded,
    pepper: Pepper,
    issuer: Issuer,
    now: fn() -> Timestamp,
) -> axum::Router {
    let live = Arc::new(Live::new(Clock::system(now)));
    let metrics = Arc::new(Metrics::new("bench"));
    let lease = Duration::from_secs(300);
    let head = Head { history: "bench".into(), version: loaded.version, hash: loaded.hash, beat: 0, lease };
    let source = Record { head, loaded: Mutex::new(Some(loaded)) };
    let draw = || NodeId::from_random([1; 16]);
    let follower = Follower::new(
        source,
        Arc::clone(&live),
        Arc::clone(&metrics),
        Nudge::default(),
        Pace::default(),
        draw,
    );
    tokio::spawn(follower.run(std::future::pending()));
    while live.lease_left().is_zero() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let gate = Arc::new(Gate::new(Arc::clone(&live), pepper, issuer, Arc::clone(&metrics)));
    let phase = watch::Sender::new(Phase::Serving).subscribe();
    let (trusted, family) = (TrustedPeers::nobody(), Family::default());
    router(Arc::new(Desk {
        gate,
        live,
        metrics,
        tokens: None,
        trusted,
        trusts_everyone: false,
        family,
        phase,
    }))
}
