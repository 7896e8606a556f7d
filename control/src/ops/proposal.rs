//! What a key would be after a change, and whether the caller may make it: asked alike by whoever makes the change
//! and by whoever only wants to know what it would break.

use super::new_key::{KeyPatch, as_imported};
use super::sight::{Precondition, key_now, permitted_now, plan_now};
use super::{ceiling, plans};
use crate::Error;
use crate::store::{KeyRow, Tx};
use domain::access::{Caller, Operation};
use domain::{Catalog, Key, KeyId, ProjectId, Timestamp};

/// A change of a key that the caller sees.
pub(super) struct Proposal {
    pub(super) key: KeyId,
    pub(super) project: ProjectId,
    pub(super) patch: KeyPatch,
    pub(super) precondition: Precondition,
}

/// A change that may be made. Nothing is written yet.
pub(super) struct Proposed {
    /// Who makes it, as this transaction sees them.
    pub(super) caller: Caller,
    /// The key as it is.
    pub(super) row: KeyRow,
    /// The key as it would be.
    pub(super) key: Key,
}

/// The change as it would be made now, or why it may not be.
pub(super) async fn permitted(
    tx: &mut Tx,
    caller: &Caller,
    proposal: Proposal,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<Proposed, Error> {
    let Proposal { key, project, patch, precondition } = proposal;
    let caller = permitted_now(tx, caller, Operation::WriteKeys(project)).await?;
    let plan = plan_now(tx, project).await?;
    let row = key_now(tx, key).await?;
    precondition.check(row.version)?;
    if let Some(grant) = &patch.grant {
        plans::permit_change(catalog.plan(plan), grant)?;
    }
    let key = patch.onto(&row.key, catalog, now)?;
    if key != row.key {
        as_imported(&row.key, &key)?;
        // Whatever else the caller lacks, it can always take away.
        if verb(&row.key, &key) != DISABLED {
            ceiling::permit_change(&caller, &row.key, &key, now)?;
            ceiling::permit(tx, &caller, catalog, &key).await?;
        }
    }
    Ok(Proposed { caller, row, key })
}

const DISABLED: &str = "disabled";

/// Switching has its own word in the log; anything more is an update.
pub(super) fn verb(before: &Key, after: &Key) -> &'static str {
    let only_switched = Key { state: before.state, ..after.clone() } == *before;
    match after.state {
        domain::KeyState::Active if only_switched => "enabled",
        domain::KeyState::Disabled { .. } if only_switched => DISABLED,
        domain::KeyState::Active | domain::KeyState::Disabled { .. } | domain::KeyState::Revoked { .. } => {
            "updated"
        }
    }
}
