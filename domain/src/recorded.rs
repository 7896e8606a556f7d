//! Calls as the record keeps them, to be decided once more.

use crate::{Action, ClientNetwork, Timestamp};

/// Calls of one key that were allowed, and that are alike in all that a verification looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What was asked for; `None` when the key was only authenticated.
    pub action: Option<Action>,
    /// The canonical address; empty when none was asked for, [`OTHER`](crate::OTHER) when it was not kept apart.
    pub resource: String,
    /// Whether the call named the organization it meant; as it was allowed, that was the key's.
    pub organization_named: bool,
    /// Where they came from.
    pub network: ClientNetwork,
    /// How many.
    pub calls: i64,
    /// When the first of them was decided.
    pub first_at: Timestamp,
    /// When the last of them was.
    pub last_at: Timestamp,
}
