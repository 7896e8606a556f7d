//! Revoking a key, and with it the keys it made: first the key itself, then what hangs on it, in changes of
//! bounded size.

use super::sight::{self, Precondition, is_revoked, not_found, permitted_now};
use crate::error::Object;
use crate::store::{KeyRow, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Effect, Key, KeyId, ProjectId, Timestamp};
use std::collections::VecDeque;

/// Most keys revoked by one change: it holds the whole state of each.
const REVOKED_MAX: usize = 100;
/// Most keys looked at by one change, so that those revoked before cost little, too.
const LOOKED_AT_MAX: usize = 1000;

/// Whether a revocation reaches the keys that the key made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cascade {
    /// Those and what they made in turn, where the caller may revoke keys.
    Children,
    /// Only the key itself.
    Alone,
}

/// Revokes a key, for ever; the next verification that starts after the answer refuses it. Answers how many keys
/// were revoked, itself included.
///
/// # Errors
/// The caller cannot see the key or may not revoke it, it is revoked already, or somebody else changed it. A
/// revocation that ended before it reached every key goes on when it is asked for again.
pub async fn revoke(
    app: &App,
    caller: &Caller,
    id: &str,
    precondition: Precondition,
    cascade: Cascade,
) -> Result<usize, Error> {
    let root = sight::key_on_record(app, caller, id, Operation::WriteKeys).await?.0.key;
    let mut walk = Walk::new(caller.clone(), root.id, root.project_id, cascade);
    let now = app.now();
    loop {
        let (precondition, step) = (precondition.clone(), walk);
        walk = app
            .urgent_change(async move |tx| {
                let mut step = step;
                step.go_on(tx, &precondition, now).await?;
                Ok(step)
            })
            .await?;
        if walk.left.is_empty() {
            return Ok(walk.count);
        }
    }
}

/// Where a revocation stands between two changes.
#[derive(Clone)]
struct Walk {
    caller: Caller,
    root: KeyId,
    project: ProjectId,
    cascade: Cascade,
    begun: bool,
    /// Keys whose children were not all looked at. They may be revoked: what they made may not be.
    left: VecDeque<KeyId>,
    /// The last child looked at of the first of them.
    after: Option<KeyId>,
    count: usize,
}

impl Walk {
    fn new(caller: Caller, root: KeyId, project: ProjectId, cascade: Cascade) -> Walk {
        Walk { caller, root, project, cascade, begun: false, left: VecDeque::new(), after: None, count: 0 }
    }

    /// All that one change does.
    async fn go_on(&mut self, tx: &mut Tx, precondition: &Precondition, now: Timestamp) -> Result<(), Error> {
        let mut dead = Vec::new();
        let unfinished = tx.is_cascading(self.root).await?;
        if !self.begun {
            // Only once: the caller may be the very key that the first change revoked.
            self.caller = permitted_now(tx, &self.caller, Operation::WriteKeys(self.project)).await?;
            dead.extend(self.begin(tx, precondition, unfinished, now).await?);
            self.begun = true;
        }
        self.reach(tx, &mut dead, now).await?;
        match (unfinished, self.left.is_empty()) {
            (false, false) => tx.begin_cascade(self.root, now).await?,
            (true, true) => tx.end_cascade(self.root).await?,
            (false, true) | (true, false) => {}
        }
        self.count += dead.len();
        record(tx, &self.caller, dead, now).await
    }

    /// The key itself, unless an earlier attempt got that far.
    async fn begin(
        &mut self,
        tx: &mut Tx,
        precondition: &Precondition,
        unfinished: bool,
        now: Timestamp,
    ) -> Result<Option<Key>, Error> {
        let absent = || not_found(Object::ApiKey, &self.root.to_string());
        let row = tx.key(self.root).await?.ok_or_else(absent)?;
        let children = self.cascade == Cascade::Children;
        if is_revoked(&row) && !(unfinished && children) {
            return Err(absent());
        }
        if children {
            self.left.push_back(self.root);
        }
        if is_revoked(&row) {
            return Ok(None);
        }
        precondition.check(row.version)?;
        end(tx, &self.caller, row.key, now).await.map(Some)
    }

    /// As many of the keys that are left as one change may hold.
    async fn reach(&mut self, tx: &mut Tx, dead: &mut Vec<Key>, now: Timestamp) -> Result<(), Error> {
        let mut looked_at = 0;
        while let Some(parent) = self.left.front().copied() {
            let room = REVOKED_MAX.saturating_sub(dead.len()).min(LOOKED_AT_MAX.saturating_sub(looked_at));
            if room == 0 {
                return Ok(());
            }
            let page = tx.keys_made_by(parent, self.after, i64::try_from(room).unwrap_or(i64::MAX)).await?;
            if page.len() < room {
                self.left.pop_front();
                self.after = None;
            } else {
                self.after = page.last().copied();
            }
            looked_at += page.len();
            for id in page {
                self.left.push_back(id);
                if let Some(key) = living(tx, &self.caller, id).await? {
                    dead.push(end(tx, &self.caller, key, now).await?);
                }
            }
        }
        Ok(())
    }
}

/// The key, if it is there to be revoked by this caller.
async fn living(tx: &mut Tx, caller: &Caller, id: KeyId) -> Result<Option<Key>, Error> {
    let row = tx.key(id).await?.filter(|row| !is_revoked(row));
    Ok(row.map(|KeyRow { key, .. }| key).filter(|key| caller.may(Operation::WriteKeys(key.project_id))))
}

async fn end(tx: &mut Tx, caller: &Caller, key: Key, now: Timestamp) -> Result<Key, Error> {
    let key = Key { state: key.state.revoked(now, caller.actor), ..key };
    tx.update_key(&key).await?;
    Ok(key)
}

async fn record(tx: &mut Tx, caller: &Caller, dead: Vec<Key>, now: Timestamp) -> Result<(), Error> {
    if dead.is_empty() {
        return Ok(());
    }
    let effects: Vec<Effect> = dead.into_iter().map(|key| Effect::Key(Box::new(key))).collect();
    tx.record(now, caller.actor, "api_key.revoked", caller.organization.as_str(), &effects).await?;
    Ok(())
}
