//! Some of the keys, under one lock.

use super::Meter;
use super::budget::Budget;
use super::sheet::{Look, SHEET_BYTES, Sheet};
use domain::{Called, Granted, KeyId, LastUse, OrganizationId, Timestamp, Unseen};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

/// Keys and hours whose calls went uncounted that are told apart. Beyond it is only known that somebody's did.
const UNSEEN_MAX: usize = 128;

/// Whose calls went uncounted, and when.
type Missed = (Option<OrganizationId>, Option<KeyId>, Timestamp);

#[derive(Debug, Default)]
pub(super) struct Shard {
    sheets: HashMap<(KeyId, Timestamp), Sheet>,
    unseen: HashMap<Missed, i64>,
}

/// What was taken from a shard.
#[derive(Debug, Default)]
pub(super) struct Drained {
    pub(super) called: Vec<Called>,
    pub(super) last_uses: Vec<(KeyId, LastUse)>,
    pub(super) unseen: Vec<Unseen>,
    pub(super) evicted: u64,
}

impl Shard {
    /// Counts a call; whether under `other`, or `None` when only that it was missed.
    pub(super) fn count(
        &mut self,
        meter: &Meter,
        found: &Granted<'_>,
        look: &Look<'_>,
        used: Option<LastUse>,
        now: Timestamp,
    ) -> Option<bool> {
        let hour = now.hour();
        let sheet = match self.sheets.entry((found.key.id, hour)) {
            Entry::Occupied(entry) => Some(entry.into_mut()),
            Entry::Vacant(entry) => {
                let side = look.kind.side();
                let share = meter.budget.share(found.organization);
                let share = share.filter(|share| meter.budget.take(share, side, SHEET_BYTES));
                share.map(|share| entry.insert(Sheet::new(share, found.key.project, side)))
            }
        };
        let counted = sheet.and_then(|sheet| {
            if let Some(used) = used {
                sheet.used(used);
            }
            sheet.count(look, &meter.budget, |kind, text| meter.hasher.hash_one((kind, text)), now)
        });
        if counted.is_none() {
            self.miss(found, hour);
        }
        counted
    }

    /// Remembers that a call was missed, as closely as there is room for.
    fn miss(&mut self, found: &Granted<'_>, hour: Timestamp) {
        let (key, organization) = (Some(found.key.id), Some(found.organization.clone()));
        let missed = [(organization.clone(), key, hour), (organization, None, hour)];
        let room = self.unseen.len() < UNSEEN_MAX;
        // The last half is for organizations: a flood with many keys of one must not hide whose they are.
        let room_for_keys = self.unseen.len() < UNSEEN_MAX / 2;
        let [by_key, by_organization] = missed;
        let place = if room_for_keys || self.unseen.contains_key(&by_key) {
            by_key
        } else if room || self.unseen.contains_key(&by_organization) {
            by_organization
        } else {
            (None, None, hour)
        };
        *self.unseen.entry(place).or_default() += 1;
    }

    /// Takes what was counted. Hours that are over are forgotten, and while memory is short, keys that stood still and
    /// those of organizations that have more than their part.
    pub(super) fn drain(&mut self, short: bool, now: Timestamp, budget: &Budget) -> Drained {
        let mut drained = Drained::default();
        let hour = now.hour();
        let mut over = Vec::new();
        for (&(key, of), sheet) in &mut self.sheets {
            let active = sheet.take(key, of, &mut drained.called, &mut drained.last_uses);
            if of < hour || short && (!active || budget.is_over(&sheet.share)) {
                over.push((key, of));
            }
        }
        for place in over {
            if let Some(sheet) = self.sheets.remove(&place) {
                drained.evicted += u64::from(place.1 >= hour);
                sheet.forget(budget);
            }
        }
        if self.sheets.capacity() > 64 && self.sheets.len() < self.sheets.capacity() / 8 {
            self.sheets.shrink_to_fit();
        }
        let unseen = self.unseen.drain().map(|((organization, key, hour), calls)| Unseen {
            organization,
            key,
            hour,
            calls,
        });
        drained.unseen.extend(unseen);
        drained
    }
}
