//! Which keys of an organization are worth a look: unused, or wider than they need be.

use crate::{Filter, Key, LastUse, Scope, Timestamp};

/// A key that was not used for so long is one that nobody may miss.
const UNUSED_SECONDS: i64 = 90 * 86_400;

/// What is wrong with a key, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// It never opened anything.
    NeverUsed,
    /// It opened nothing for 90 days.
    Unused,
    /// One of its scopes is on every resource.
    FullAccess,
    /// It can be used from any address.
    AnyAddress,
    /// It never expires.
    NoExpiry,
}

impl Finding {
    /// All there are, the worst first.
    pub const EACH: [Finding; 5] =
        [Finding::NeverUsed, Finding::Unused, Finding::FullAccess, Finding::AnyAddress, Finding::NoExpiry];

    /// As written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Finding::NeverUsed => "never_used",
            Finding::Unused => "unused_90_days",
            Finding::FullAccess => "full_access",
            Finding::AnyAddress => "any_address",
            Finding::NoExpiry => "no_expiry",
        }
    }
}

/// What can be said of a key at `now`, the worst first. `scopes` are its grant, compiled; uses are on record from
/// `recorded_since` on, `None` when they are not on record at all.
pub fn review(
    key: &Key,
    scopes: &[Scope],
    last_use: Option<&LastUse>,
    recorded_since: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Finding> {
    let everything = Filter::everything();
    let full = scopes.iter().any(|scope| scope.filter == everything);
    let unrestricted = key.networks.allows(None);
    let found = [
        unused(key, last_use, recorded_since, now),
        full.then_some(Finding::FullAccess),
        unrestricted.then_some(Finding::AnyAddress),
        key.expires_at.is_none().then_some(Finding::NoExpiry),
    ];
    found.into_iter().flatten().collect()
}

fn unused(
    key: &Key,
    last_use: Option<&LastUse>,
    recorded_since: Option<Timestamp>,
    now: Timestamp,
) -> Option<Finding> {
    // A use before the record begins would not be known, nor one of an imported key before it came here.
    let imported = key.import.is_some();
    let since = recorded_since?.max(if imported { key.id.made_at() } else { key.created_at });
    match last_use {
        None if since == key.created_at && !imported => Some(Finding::NeverUsed),
        None => (since.plus_seconds(UNUSED_SECONDS) <= now).then_some(Finding::Unused),
        Some(used) => (used.at.plus_seconds(UNUSED_SECONDS) <= now).then_some(Finding::Unused),
    }
}
