//! How much memory counting may take, and whose it is: one organization's flood takes nobody else's share, and refused
//! calls take none of the allowed ones'.

use domain::OrganizationId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Organizations that are told apart at once.
const SHARES_MAX: usize = 16_384;

/// The bounds of what is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes for allowed calls, as they are reckoned.
    pub allowed_bytes: usize,
    /// Bytes for refused ones.
    pub refused_bytes: usize,
    /// Kinds of allowed calls of one key and hour that are told apart; the rest is under `other`.
    pub allowed_apart: u16,
    /// The same of refused ones.
    pub refused_apart: u16,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { allowed_bytes: 48 << 20, refused_bytes: 16 << 20, allowed_apart: 256, refused_apart: 64 }
    }
}

/// Which of the two budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Allowed,
    Refused,
}

/// What one organization takes of either.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) organization: OrganizationId,
    allowed: AtomicUsize,
    refused: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct Budget {
    pub(super) bounds: Bounds,
    allowed: AtomicUsize,
    refused: AtomicUsize,
    shares: Mutex<HashMap<OrganizationId, Arc<Share>>>,
    count: AtomicUsize,
}

impl Budget {
    pub(super) fn new(bounds: Bounds) -> Budget {
        let (allowed, refused, count) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        Budget { bounds, allowed, refused, shares: Mutex::default(), count }
    }

    fn of(&self, side: Side) -> (usize, &AtomicUsize) {
        match side {
            Side::Allowed => (self.bounds.allowed_bytes, &self.allowed),
            Side::Refused => (self.bounds.refused_bytes, &self.refused),
        }
    }

    /// The share of an organization; `None` when more have calls than can be told apart.
    pub(super) fn share(&self, organization: &OrganizationId) -> Option<Arc<Share>> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(organization) {
            return Some(Arc::clone(share));
        }
        if shares.len() >= SHARES_MAX {
            shares.retain(|_, share| Arc::strong_count(share) > 1);
        }
        if shares.len() >= SHARES_MAX {
            return None;
        }
        let (allowed, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let share = Arc::new(Share { organization: organization.clone(), allowed, refused });
        shares.insert(organization.clone(), Arc::clone(&share));
        self.count.store(shares.len(), Ordering::Relaxed);
        Some(share)
    }

    /// Takes room, if it may: the first half is for whoever comes, of the second each organization has its part.
    pub(super) fn take(&self, share: &Share, side: Side, bytes: usize) -> bool {
        let (limit, used) = self.of(side);
        let half = limit / 2;
        let mine = share.of(side);
        let after = used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let mine_after = mine.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let fits = after <= half || after <= limit && mine_after <= self.part(limit);
        if !fits {
            self.give(share, side, bytes);
        }
        fits
    }

    /// Whether an organization has more than its part by now, while the room that all share is taken: the parts get
    /// smaller when another organization comes.
    pub(super) fn is_over(&self, share: &Share) -> bool {
        [Side::Allowed, Side::Refused].into_iter().any(|side| {
            let (limit, used) = self.of(side);
            used.load(Ordering::Relaxed) > limit / 2
                && share.of(side).load(Ordering::Relaxed) > self.part(limit)
        })
    }

    fn part(&self, limit: usize) -> usize {
        limit / 2 / self.count.load(Ordering::Relaxed).max(1)
    }

    pub(super) fn give(&self, share: &Share, side: Side, bytes: usize) {
        self.of(side).1.fetch_sub(bytes, Ordering::Relaxed);
        share.of(side).fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether so much is in use that what stands still should go.
    pub(super) fn is_short(&self) -> bool {
        [Side::Allowed, Side::Refused].into_iter().any(|side| {
            let (limit, used) = self.of(side);
            used.load(Ordering::Relaxed) > limit / 8 * 3
        })
    }

    pub(super) fn used(&self) -> usize {
        self.allowed.load(Ordering::Relaxed) + self.refused.load(Ordering::Relaxed)
    }
}

impl Share {
    fn of(&self, side: Side) -> &AtomicUsize {
        match side {
            Side::Allowed => &self.allowed,
            Side::Refused => &self.refused,
        }
    }
}
