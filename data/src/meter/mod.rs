//! Counts what each key is used for: in memory that is bounded whatever callers send, beside the verdict and never
//! before it. What was counted goes out in batches.

mod budget;
mod flush;
mod shard;
mod sheet;

pub use budget::Bounds;
pub use flush::{Flusher, SinkError, UsageSink};

use crate::Metrics;
use budget::Budget;
use domain::catalog::types::Types;
use domain::{Ask, ClientNetwork, Granted, LastUse, Timestamp, Verdict};
use shard::{Drained, Shard};
use sheet::{Kind, Look};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Parts that are locked on their own, each for some hundred nanoseconds.
const SHARDS: u8 = 64;

/// What was counted and is not on record yet.
#[derive(Debug)]
pub struct Meter {
    shards: Vec<Mutex<Shard>>,
    budget: Budget,
    hasher: RandomState,
    metrics: Arc<Metrics>,
    /// Told when memory gets short: then counts go out before it is their time.
    short: Notify,
}

impl Meter {
    /// Nothing counted yet.
    pub fn new(bounds: Bounds, metrics: Arc<Metrics>) -> Meter {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        // Drawn at random for each process: nobody outside can choose resources that look alike to it.
        Meter {
            shards,
            budget: Budget::new(bounds),
            hasher: RandomState::new(),
            metrics,
            short: Notify::new(),
        }
    }

    /// Counts a call of a key that is known. Those of nobody's keys only count in the metrics.
    pub(crate) fn note(&self, verdict: &Verdict<'_>, ask: &Ask<'_>, types: &Types, now: Timestamp) {
        let (found, refused) = match verdict {
            Verdict::Granted(found) => (found, None),
            Verdict::Denied(reason, Some(found)) => (found, Some(*reason)),
            Verdict::Denied(_, None) => return,
        };
        let kind = Kind {
            action: ask.wanted.as_ref().map(|wanted| wanted.action),
            organization_named: ask.organization.is_some(),
            refused,
            network: ClientNetwork::of(ask.client),
        };
        let used = refused.is_none().then_some(LastUse { at: now, ip: ask.client });
        match &ask.wanted {
            None => self.count(found, kind, "", used, now),
            Some(wanted) => {
                wanted.address.with_text(types, |text| self.count(found, kind, text, used, now));
            }
        }
    }

    fn count(&self, found: &Granted<'_>, kind: Kind, resource: &str, used: Option<LastUse>, now: Timestamp) {
        let look = Look { kind, resource, hash: self.hasher.hash_one((kind, resource)) };
        let id = found.key.id;
        let place = id.as_bytes().last().map_or(0, |byte| usize::from(byte % SHARDS));
        let Some(shard) = self.shards.get(place) else { return };
        let folded = lock(shard).count(self, found, &look, used, now);
        match folded {
            Some(false) => drop(self.metrics.usage.calls.inc()),
            Some(true) => {
                self.metrics.usage.calls.inc();
                self.metrics.usage.folded.inc();
            }
            None => drop(self.metrics.usage.unseen.inc()),
        }
        if folded.is_none_or(|folded| folded) && self.budget.is_short() {
            self.short.notify_one();
        }
    }

    /// Takes what one shard has counted, and forgets what need not be remembered.
    fn drain(&self, place: usize, short: bool, now: Timestamp) -> Drained {
        let Some(shard) = self.shards.get(place) else { return Drained::default() };
        let drained = lock(shard).drain(short, now, &self.budget);
        self.metrics.usage.evicted.inc_by(drained.evicted);
        self.metrics.usage.bytes.set(i64::try_from(self.budget.used()).unwrap_or(i64::MAX));
        drained
    }
}

/// A count that a panic cut short is still a count.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
