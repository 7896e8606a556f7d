//! What a key is made from, what can be changed of it, and how a repeated create makes nothing twice.

use crate::Error;
use crate::store::{KeyRow, Replay, Tx};
use domain::access::Caller;
use domain::{Catalog, Grant, Key, KeySecret, KeyState, Name, Networks, Timestamp};

/// A key about to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Shown name.
    pub name: Name,
    /// What it may do; the default role when nothing is said.
    pub grant: Option<Grant>,
    /// Its key class; the catalog's first when nothing is said.
    pub class: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from.
    pub networks: Networks,
    /// Whether it is switched on from the start.
    pub enabled: bool,
}

/// A key just made. The secret is `None` when the create was repeated.
#[derive(Debug)]
pub struct Created {
    /// The key.
    pub row: KeyRow,
    /// Its plaintext, for this one answer.
    pub secret: Option<KeySecret>,
}

/// What to change of a key; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct KeyPatch {
    /// Shown name.
    pub name: Option<Name>,
    /// What it may do.
    pub grant: Option<Grant>,
    /// When it expires; `Some(None)` is never.
    pub expires_at: Option<Option<Timestamp>>,
    /// Where it may be used from.
    pub networks: Option<Networks>,
    /// Whether it is switched on.
    pub enabled: Option<bool>,
}

impl KeyPatch {
    /// Whether this switches the key off and does nothing else.
    pub(super) fn only_switches_off(&self) -> bool {
        let nothing_else = self.name.is_none()
            && self.grant.is_none()
            && self.expires_at.is_none()
            && self.networks.is_none();
        self.enabled == Some(false) && nothing_else
    }

    /// The key after this change.
    ///
    /// # Errors
    /// The grant does not fit the catalog, or the expiry has passed already.
    pub(super) fn onto(self, key: &Key, catalog: &Catalog, now: Timestamp) -> Result<Key, Error> {
        let grant = match self.grant {
            Some(grant) => grant.canonical(catalog, key.project_id)?,
            None => key.grant.clone(),
        };
        if let Some(Some(end)) = self.expires_at {
            in_future(end, now)?;
        }
        let state = match self.enabled {
            Some(true) => key.state.enabled(),
            Some(false) => key.state.disabled(now),
            None => key.state,
        };
        Ok(Key {
            name: self.name.unwrap_or_else(|| key.name.clone()),
            grant,
            expires_at: self.expires_at.unwrap_or(key.expires_at),
            networks: self.networks.unwrap_or_else(|| key.networks.clone()),
            state,
            ..key.clone()
        })
    }
}

/// A key of another system stays what it was there: it has a name and a switch, and nothing that came later.
pub(super) fn as_imported(before: &Key, after: &Key) -> Result<(), Error> {
    let same = Key { name: before.name.clone(), state: before.state, ..after.clone() } == *before;
    if before.import.is_none() || same { Ok(()) } else { Err(stays_as_imported()) }
}

/// What whoever changes more of a legacy key is told.
pub(super) fn stays_as_imported() -> Error {
    let message = "a legacy key stays as it was imported: only `name` and `enabled` can be changed; make a new key \
        for anything else";
    Error::Conflict(message.into())
}

pub(super) fn in_future(end: Timestamp, now: Timestamp) -> Result<(), Error> {
    if end > now { Ok(()) } else { Err(Error::Invalid("`expires_at` must be in the future".into())) }
}

pub(super) fn first_state(enabled: bool, now: Timestamp) -> KeyState {
    if enabled { KeyState::Active } else { KeyState::Disabled { since: now } }
}

/// An Idempotency-Key, and the digest of the request it came with.
#[derive(Debug, Clone)]
pub struct Once {
    /// As sent; 1 to 255 visible characters.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub request: [u8; 32],
}

impl Once {
    pub(super) async fn seen(&self, tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<Replay, Error> {
        Ok(tx.replay(&caller.actor.to_string(), &self.key, &self.request, now).await?)
    }

    /// Keeps only the id of what was made: a replay shows the object as it is then, and never the secret.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        Ok(tx.keep_answer(&caller.actor.to_string(), &self.key, &self.request, id, now).await?)
    }
}
