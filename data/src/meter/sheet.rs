//! What one key did in one hour.

use super::budget::{Budget, Share, Side};
use domain::{Action, Called, ClientNetwork, KeyId, LastUse, OTHER, ProjectId, Reason, Timestamp};
use std::sync::Arc;

/// What a row, and a sheet without rows, is reckoned at: what they are, and what the maps and lists around them keep
/// free for more.
const ROW_BYTES: usize = 224;
pub(super) const SHEET_BYTES: usize = 512;
/// Kinds of calls that are kept with only their resource or only their network, beyond those told apart.
const HALVES: u16 = 64;

/// What calls have in common, but for the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) action: Option<Action>,
    pub(super) organization_named: bool,
    pub(super) refused: Option<Reason>,
    pub(super) network: ClientNetwork,
}

/// A call that looks for its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) kind: Kind,
    pub(super) resource: &'a str,
    pub(super) hash: u64,
}

#[derive(Debug)]
struct Row {
    kind: Kind,
    resource: Arc<str>,
    /// Since they were last taken.
    calls: i64,
    first_at: Timestamp,
    last_at: Timestamp,
}

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) share: Arc<Share>,
    project: ProjectId,
    /// The hash of each row, close together: a row is found by looking through them.
    hashes: Vec<u64>,
    rows: Vec<Row>,
    apart: [u16; 2],
    halves: [u16; 2],
    bytes: [usize; 2],
    used: Option<LastUse>,
}

impl Side {
    fn index(self) -> usize {
        match self {
            Side::Allowed => 0,
            Side::Refused => 1,
        }
    }
}

impl Kind {
    pub(super) fn side(&self) -> Side {
        if self.refused.is_none() { Side::Allowed } else { Side::Refused }
    }
}

impl Sheet {
    /// An empty one, its room taken on this side.
    pub(super) fn new(share: Arc<Share>, project: ProjectId, side: Side) -> Sheet {
        let mut bytes = [0; 2];
        if let Some(bytes) = bytes.get_mut(side.index()) {
            *bytes = SHEET_BYTES;
        }
        let (hashes, rows) = (Vec::new(), Vec::new());
        Sheet { share, project, hashes, rows, apart: [0; 2], halves: [0; 2], bytes, used: None }
    }

    /// Notes a use that opened something.
    pub(super) fn used(&mut self, used: LastUse) {
        self.used = Some(used);
    }

    /// Counts the call; whether under `other`, or `None` when there was no room for it at all.
    pub(super) fn count(
        &mut self,
        look: &Look<'_>,
        budget: &Budget,
        hash: impl Fn(Kind, &str) -> u64,
        now: Timestamp,
    ) -> Option<bool> {
        if self.add(look, now) {
            return Some(false);
        }
        let side = look.kind.side();
        let most = match side {
            Side::Allowed => budget.bounds.allowed_apart,
            Side::Refused => budget.bounds.refused_apart,
        };
        if self.is_below(self.apart, side, most) && self.push(look, budget, now) {
            self.apart = one_more(self.apart, side);
            return Some(false);
        }
        // What is known of it already is kept, as long as there is room for that.
        let elsewhere = Kind { network: ClientNetwork::Other, ..look.kind };
        let other = if look.resource.is_empty() { "" } else { OTHER };
        let resource_known = self.rows.iter().any(|row| *row.resource == *look.resource);
        let (kind, resource) = if resource_known { (elsewhere, look.resource) } else { (look.kind, other) };
        let half = Look { kind, resource, hash: hash(kind, resource) };
        if self.add(&half, now) {
            return Some(true);
        }
        if self.is_below(self.halves, side, HALVES) && self.push(&half, budget, now) {
            self.halves = one_more(self.halves, side);
            return Some(true);
        }
        // These are as few as there are actions and outcomes.
        let rest = Look { kind: elsewhere, resource: other, hash: hash(elsewhere, other) };
        (self.add(&rest, now) || self.push(&rest, budget, now)).then_some(true)
    }

    fn is_below(&self, counts: [u16; 2], side: Side, most: u16) -> bool {
        counts.get(side.index()).is_some_and(|count| *count < most)
    }

    /// Adds to the row that is there.
    fn add(&mut self, look: &Look<'_>, now: Timestamp) -> bool {
        let same = |(hash, row): (&u64, &Row)| {
            *hash == look.hash && row.kind == look.kind && *row.resource == *look.resource
        };
        let Some(at) = self.hashes.iter().zip(&self.rows).position(same) else { return false };
        let Some(row) = self.rows.get_mut(at) else { return false };
        if row.calls == 0 {
            row.first_at = now;
        }
        row.calls = row.calls.saturating_add(1);
        row.last_at = row.last_at.max(now);
        true
    }

    /// A new row, if there is room.
    fn push(&mut self, look: &Look<'_>, budget: &Budget, now: Timestamp) -> bool {
        let side = look.kind.side();
        let bytes = ROW_BYTES + look.resource.len();
        if !budget.take(&self.share, side, bytes) {
            return false;
        }
        if let Some(taken) = self.bytes.get_mut(side.index()) {
            *taken += bytes;
        }
        self.hashes.push(look.hash);
        let resource = look.resource.into();
        self.rows.push(Row { kind: look.kind, resource, calls: 1, first_at: now, last_at: now });
        true
    }

    /// Hands over what was counted since the last time; false when there was nothing.
    pub(super) fn take(
        &mut self,
        key: KeyId,
        hour: Timestamp,
        called: &mut Vec<Called>,
        last_uses: &mut Vec<(KeyId, LastUse)>,
    ) -> bool {
        let before = called.len();
        for row in self.rows.iter_mut().filter(|row| row.calls > 0) {
            called.push(Called {
                key,
                organization: self.share.organization.clone(),
                project: self.project,
                hour,
                action: row.kind.action,
                resource: Arc::clone(&row.resource),
                organization_named: row.kind.organization_named,
                refused: row.kind.refused,
                network: row.kind.network,
                calls: std::mem::take(&mut row.calls),
                first_at: row.first_at,
                last_at: row.last_at,
            });
        }
        last_uses.extend(self.used.take().map(|used| (key, used)));
        called.len() > before
    }

    /// Gives its room back.
    pub(super) fn forget(self, budget: &Budget) {
        for side in [Side::Allowed, Side::Refused] {
            budget.give(&self.share, side, self.bytes.get(side.index()).copied().unwrap_or(0));
        }
    }
}

fn one_more(mut counts: [u16; 2], side: Side) -> [u16; 2] {
    if let Some(count) = counts.get_mut(side.index()) {
        *count += 1;
    }
    counts
}
