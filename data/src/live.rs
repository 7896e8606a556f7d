//! What this node knows right now, and until when it may act on it.

use crate::Clock;
use crate::clock::BootTime;
use arc_swap::{ArcSwapOption, Guard};
use domain::{Snapshot, Version};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A snapshot with its lease. It never changes; the next one replaces it whole.
#[derive(Debug)]
pub(crate) struct Generation {
    /// What is known.
    pub(crate) snapshot: Snapshot,
    /// From this moment on nobody may decide on it.
    pub(crate) valid_until: BootTime,
}

/// The newest generation. Readers never block; the follower alone writes.
#[derive(Debug)]
pub struct Live {
    newest: ArcSwapOption<Generation>,
    told: watch::Sender<Told>,
    clock: Clock,
}

/// What those who wait for a version look at.
#[derive(Debug)]
struct Told {
    version: Version,
    valid_until: BootTime,
    /// The newest version somebody waits for, and when they began to.
    promised: (Version, BootTime),
}

impl Live {
    /// Knows nothing yet, so nothing is decided.
    pub fn new(clock: Clock) -> Live {
        let told = Told {
            version: Version::START,
            valid_until: BootTime::START,
            promised: (Version::START, BootTime::START),
        };
        Live { newest: ArcSwapOption::empty(), told: watch::Sender::new(told), clock }
    }

    /// The clock that its leases are counted on.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The newest generation, whether its lease still holds or not; `None` before the first, and after a fault.
    pub(crate) fn newest(&self) -> Guard<Option<Arc<Generation>>> {
        self.newest.load()
    }

    /// The version of the newest generation.
    pub fn version(&self) -> Option<Version> {
        self.newest().as_ref().map(|newest| newest.snapshot.version())
    }

    /// How many keys are known, revoked ones included.
    pub fn key_count(&self) -> usize {
        self.newest().as_ref().map_or(0, |newest| newest.snapshot.key_count())
    }

    /// How much longer this node may decide without hearing from the log; zero when it may not.
    pub fn lease_left(&self) -> Duration {
        self.newest().as_ref().map_or(Duration::ZERO, |newest| newest.valid_until.since(self.clock.boot()))
    }

    /// Returns when no answer of this node can be of a version before this one: it was applied, or the lease
    /// of what is older has run out. Call it after the commit and before answering whoever asked for the write.
    pub async fn wait_applied(&self, version: Version) {
        let asked = self.clock.boot();
        self.told.send_if_modified(|told| {
            told.promised = (told.promised.0.max(version), told.promised.1.max(asked));
            false
        });
        let mut told = self.told.subscribe();
        loop {
            let (applied, valid_until) = {
                let told = told.borrow_and_update();
                (told.version, told.valid_until)
            };
            let left = valid_until.since(self.clock.boot());
            if applied >= version || left.is_zero() {
                return;
            }
            // Woken by the next generation, or when the lease should have run out; looks again either way.
            let _ = tokio::time::timeout(left, told.changed()).await;
        }
    }

    /// What is known now, to be asked once; `None` when this node may not decide.
    pub fn known(&self) -> Option<Snapshot> {
        let newest = self.newest.load();
        let current = newest.as_ref().filter(|newest| self.clock.boot() < newest.valid_until)?;
        Some(current.snapshot.clone())
    }

    /// Publishes what was read by a renewal begun at `begun`, valid until `valid_until`.
    pub(crate) fn renew(&self, snapshot: &Snapshot, begun: BootTime, valid_until: BootTime) {
        self.told.send_modify(|told| {
            // A slow renewal may have read the log before a write that somebody was told is in force here
            // because the lease had run out. Such a one must not bring the older state back to life.
            let late = snapshot.version() < told.promised.0 && begun < told.promised.1;
            let valid_until = if late { told.valid_until } else { valid_until };
            self.put(told, snapshot, valid_until);
        });
    }

    /// Publishes newer changes under the lease as it is.
    pub(crate) fn advance(&self, snapshot: &Snapshot) {
        self.told.send_modify(|told| self.put(told, snapshot, told.valid_until));
    }

    /// Stops deciding at once.
    pub(crate) fn drop_lease(&self) {
        self.told.send_modify(|told| {
            told.valid_until = BootTime::START;
            told.version = Version::START;
            self.newest.store(None);
        });
    }

    // Called under the lock of `told`, so that the two never disagree.
    fn put(&self, told: &mut Told, snapshot: &Snapshot, valid_until: BootTime) {
        told.version = snapshot.version();
        told.valid_until = valid_until;
        self.newest.store(Some(Arc::new(Generation { snapshot: snapshot.clone(), valid_until })));
    }
}

#[cfg(test)]
mod tests {
    use super::Live;
    use crate::Clock;
    use domain::token::Trust;
    use domain::{Catalog, ChangeHash, Loaded, Snapshot, Version};
    use std::time::Duration;

    const LEASE: Duration = Duration::from_secs(10);

    fn at(version: i64) -> Snapshot {
        let (version, hash, catalog) = (Version(version), ChangeHash::START, Catalog::builtin());
        let (projects, keys, imports, resources) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let trust = Trust::default();
        Snapshot::build(Loaded { version, hash, catalog, projects, keys, imports, resources, trust })
    }

    #[tokio::test]
    async fn a_slow_renewal_never_revives_what_a_waiting_write_was_told_is_over() {
        let (clock, hand) = Clock::by_hand();
        let live = Live::new(clock.clone());
        live.renew(&at(1), clock.boot(), clock.boot().plus(LEASE));
        hand.advance(Duration::from_secs(6));
        let begun = clock.boot();
        // Version 2 is committed; the lease runs out before it is read, so the write is answered.
        hand.advance(Duration::from_secs(5));
        live.wait_applied(Version(2)).await;
        // The renewal read the log before that commit, and its answer comes only now.
        live.renew(&at(1), begun, begun.plus(LEASE));
        assert_eq!(live.lease_left(), Duration::ZERO);
        live.renew(&at(2), begun, begun.plus(LEASE));
        assert_eq!(live.lease_left(), Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_newer_state_does_not_prolong_the_lease() {
        let (clock, hand) = Clock::by_hand();
        let live = Live::new(clock.clone());
        live.advance(&at(1));
        assert_eq!(live.lease_left(), Duration::ZERO, "there was no lease yet");
        live.renew(&at(1), clock.boot(), clock.boot().plus(LEASE));
        hand.advance(Duration::from_secs(4));
        live.advance(&at(2));
        assert_eq!((live.version(), live.lease_left()), (Some(Version(2)), Duration::from_secs(6)));
    }
}
