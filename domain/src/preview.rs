//! What would break: recorded calls, decided once more by a key as it would be.

use crate::{
    Action, Address, Ask, Asked, ClientNetwork, Holder, Key, KeyStatus, OTHER, ProjectId, Reach, Reason,
    Recorded, Scope, Scopes, Timestamp, Wanted, permits,
};
use std::collections::HashMap;

/// Most groups of refused calls that are told apart; the rest is summed.
pub const GROUPS_MAX: usize = 200;

/// A key as it would be.
#[derive(Debug)]
pub struct Proposed<'a, R> {
    holder: Holder<'a, R>,
    scopes: Scopes,
    reach: Reach,
    closed: Option<Reason>,
}

/// What would become of calls that were allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They would be allowed again.
    Allowed,
    /// They would be refused.
    Refused(Reason),
    /// The record does not say enough.
    Unsure,
}

/// Calls that would be refused, and what they have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCalls {
    /// What was asked for.
    pub action: Option<Action>,
    /// The canonical address; empty when none was asked for.
    pub resource: String,
    /// Where they came from.
    pub network: ClientNetwork,
    /// The first check that surely fails.
    pub reason: Reason,
    /// How many.
    pub calls: i64,
    /// When the first of them was decided.
    pub first_at: Timestamp,
    /// When the last of them was.
    pub last_at: Timestamp,
}

/// What would become of all that is on record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// All calls.
    pub calls: i64,
    /// Those that would be refused.
    pub refused: i64,
    /// What they have in common, most calls first; at most [`GROUPS_MAX`].
    pub by: Vec<RefusedCalls>,
    /// How many groups were left out, and how many of the refused calls are in those.
    pub rest: (usize, i64),
    /// Calls that the record cannot decide.
    pub unsure: i64,
}

impl<'a, R: Fn(&str) -> Option<ProjectId>> Proposed<'a, R> {
    /// The key as it would be from `now` on. `scopes` are its grant, compiled.
    pub fn new(key: &Key, scopes: &[Scope], holder: Holder<'a, R>, now: Timestamp) -> Proposed<'a, R> {
        let closed = match key.status(now) {
            KeyStatus::Active => None,
            KeyStatus::Revoked => Some(Reason::Revoked),
            KeyStatus::Expired => Some(Reason::Expired),
            KeyStatus::Disabled => Some(Reason::Disabled),
        };
        Proposed { holder, scopes: Scopes::new(scopes), reach: key.networks.reach(), closed }
    }

    /// What would become of these calls. Checks in the order of a verification; where one of them cannot be decided
    /// and a later one surely refuses, they are refused.
    pub fn fate(&self, calls: &Recorded) -> Fate {
        if let Some(reason) = self.closed {
            return Fate::Refused(reason);
        }
        let from = self.reach.of(calls.network);
        if from == Some(false) {
            return Fate::Refused(Reason::IpNotAllowed);
        }
        match (self.permits(calls), from) {
            (Some(false), _) => Fate::Refused(Reason::InsufficientScope),
            (Some(true), Some(true)) => Fate::Allowed,
            (Some(true) | None, _) => Fate::Unsure,
        }
    }

    fn permits(&self, calls: &Recorded) -> Option<bool> {
        let organization = calls.organization_named.then_some(self.holder.organization.as_str());
        let wanted = match calls.action {
            None => None,
            // Whatever it was, nothing is left that allows it.
            Some(action) if calls.resource == OTHER => {
                return if self.scopes.mention(action) { None } else { Some(false) };
            }
            Some(action) => {
                // What the catalog has no word for any more cannot even be asked.
                let address = Address::parse(Asked::Text(&calls.resource), self.holder.types).ok()?;
                Some(Wanted { action, address })
            }
        };
        Some(permits(&self.holder, &self.scopes, &Ask { wanted, client: None, organization }))
    }
}

/// Decides all of them once more, and sums up what would be refused.
pub fn preview<R>(proposed: &Proposed<'_, R>, recorded: &[Recorded]) -> Preview
where
    R: Fn(&str) -> Option<ProjectId>,
{
    let mut found = Preview::default();
    let mut groups: HashMap<(Option<Action>, &str, ClientNetwork, Reason), RefusedCalls> = HashMap::new();
    for calls in recorded {
        found.calls = found.calls.saturating_add(calls.calls);
        let reason = match proposed.fate(calls) {
            Fate::Allowed => continue,
            Fate::Unsure => {
                found.unsure = found.unsure.saturating_add(calls.calls);
                continue;
            }
            Fate::Refused(reason) => reason,
        };
        found.refused = found.refused.saturating_add(calls.calls);
        let key = (calls.action, calls.resource.as_str(), calls.network, reason);
        groups
            .entry(key)
            .and_modify(|group| group.add(calls))
            .or_insert_with(|| RefusedCalls::of(calls, reason));
    }
    found.by = groups.into_values().collect();
    found.by.sort_unstable_by(|one, other| one.order().cmp(&other.order()));
    let rest = found.by.split_off(found.by.len().min(GROUPS_MAX));
    found.rest = (rest.len(), rest.iter().fold(0, |sum: i64, group| sum.saturating_add(group.calls)));
    found
}

impl RefusedCalls {
    fn of(calls: &Recorded, reason: Reason) -> RefusedCalls {
        RefusedCalls {
            action: calls.action,
            resource: calls.resource.clone(),
            network: calls.network,
            reason,
            calls: calls.calls,
            first_at: calls.first_at,
            last_at: calls.last_at,
        }
    }

    fn add(&mut self, calls: &Recorded) {
        self.calls = self.calls.saturating_add(calls.calls);
        self.first_at = self.first_at.min(calls.first_at);
        self.last_at = self.last_at.max(calls.last_at);
    }

    /// Most calls first; then the same order in every answer.
    fn order(&self) -> impl Ord {
        let action = self.action.map_or("", Action::text);
        (std::cmp::Reverse(self.calls), self.resource.clone(), action, self.network, self.reason.code())
    }
}
