//! The keys of an import in memory: read, digested, and nothing of their values kept.

use super::Weak;
use super::desk::Seat;
use super::fault::Faults;
use crate::{App, Error};
use domain::access::Caller;
use domain::{
    ActorId, Digest, Grant, ImportId, Key, KeyId, KeyState, LegacyValue, Level, Name, Networks, Pepper,
    Project, Timestamp,
};

/// Keys in one import.
const KEYS_MAX: usize = 1_000_000;
/// The class they read back with. It is none of the catalog's: no right can hang on it.
const CLASS: &str = "legacy";

/// What a key is known by.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    /// Itself.
    Value(LegacyValue<'a>),
    /// Its SHA-256.
    Sha256([u8; 32]),
}

/// A key to import.
#[derive(Debug)]
pub struct NewLegacyKey<'a> {
    /// Shown name.
    pub name: Name,
    /// The key.
    pub given: Given<'a>,
    /// What it may do on GraphQL.
    pub graphql: Level,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it was made; the moment of the import when nobody knows.
    pub created_at: Option<Timestamp>,
    /// Where it may be used from, where somebody said so.
    pub networks: Option<Networks>,
}

/// An import before anything of it is written.
pub struct Draft {
    pub(super) caller: Caller,
    pub(super) project: Project,
    pub(super) entries: Vec<Entry>,
    faults: Faults,
    weak: Weak,
    now: Timestamp,
    pepper: Pepper,
    // Given back with the draft.
    _seat: Seat,
}

/// A key that is fit to be imported; a million of them are kept close together.
pub(super) struct Entry {
    pub(super) line: u32,
    pub(super) digest: Digest,
    name: Name,
    hint: Box<str>,
    pub(super) graphql: Level,
    enabled: bool,
    created_at: Option<Timestamp>,
    networks: Networks,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Draft")
    }
}

impl Draft {
    pub(super) fn new(app: &App, caller: Caller, project: Project, weak: Weak, seat: Seat) -> Draft {
        let (entries, faults) = (Vec::new(), Faults::default());
        let (now, pepper) = (app.now(), app.pepper.clone());
        Draft { caller, project, entries, faults, weak, now, pepper, _seat: seat }
    }

    /// Takes the key of a line, or notes why it cannot be taken. False when there is no room for more.
    pub fn add(&mut self, line: u32, new: NewLegacyKey<'_>) -> bool {
        if self.entries.len() >= KEYS_MAX {
            self.refuse(line, format!("one too many: an import takes {KEYS_MAX} keys at most"));
            return false;
        }
        match self.entry(line, new) {
            // Where there are faults nothing will be imported, so nothing is kept for it.
            Ok(entry) if self.faults.is_empty() => self.entries.push(entry),
            Ok(_) => {}
            Err(message) => self.refuse(line, message),
        }
        true
    }

    /// Notes what is wrong with a line.
    pub fn refuse(&mut self, line: u32, message: impl Into<String>) {
        self.faults.add(line, message);
        self.entries = Vec::new();
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn entry(&self, line: u32, new: NewLegacyKey<'_>) -> Result<Entry, &'static str> {
        if new.created_at.is_some_and(|at| at > self.now || at < Timestamp::from_micros(0)) {
            return Err("`created_at` must be in the past, and not before 1970");
        }
        self.strong_enough(&new)?;
        let (digest, hint) = match new.given {
            Given::Value(value) => (value.digest(&self.pepper), value.hint()),
            Given::Sha256(sha256) => (self.pepper.digest_of_sha256(&sha256), String::new()),
        };
        Ok(Entry {
            line,
            digest,
            name: new.name,
            hint: hint.into(),
            graphql: new.graphql,
            enabled: new.enabled,
            created_at: new.created_at,
            networks: new.networks.unwrap_or_default(),
        })
    }

    /// What may be guessed is let in only on purpose, and only for callers from somewhere.
    fn strong_enough(&self, new: &NewLegacyKey<'_>) -> Result<(), &'static str> {
        let weak = match new.given {
            Given::Value(value) if !value.is_weak() => return Ok(()),
            Given::Value(_) => {
                "`value` has under 20 characters and may be guessed: import it with \
                allow_weak=true (--allow-weak) and `allowed_ip_cidrs`"
            }
            Given::Sha256(_) => {
                "nobody can tell whether the key behind `sha256` may be guessed: import it with \
                allow_weak=true (--allow-weak) and `allowed_ip_cidrs`"
            }
        };
        match (self.weak, new.networks.as_ref().is_some_and(|networks| !networks.is_unrestricted())) {
            (Weak::Allowed, true) => Ok(()),
            (Weak::Allowed, false) => {
                Err("a key that may be guessed needs `allowed_ip_cidrs`: the networks it is \
                used from, or * for all of them")
            }
            (Weak::Refused, _) => Err(weak),
        }
    }

    /// All that was read, in the order of the digests: the database's index grows at one place at a time then.
    ///
    /// # Errors
    /// There is something wrong with a line, or there are no keys.
    pub async fn finish(mut self) -> Result<Draft, Error> {
        if !self.faults.is_empty() {
            return Err(Error::Faults(Box::new(self.faults)));
        }
        if self.entries.is_empty() {
            return Err(Error::Invalid("there are no keys to import".into()));
        }
        let sorting = tokio::task::spawn_blocking(move || {
            self.entries.sort_unstable_by_key(|entry| (*entry.digest.as_bytes(), entry.line));
            self.find_twins();
            self
        });
        let draft = sorting.await.map_err(|_| crate::store::StoreError::Failed)?;
        if draft.faults.is_empty() { Ok(draft) } else { Err(Error::Faults(Box::new(draft.faults))) }
    }

    fn find_twins(&mut self) {
        for (first, second) in self.entries.iter().zip(self.entries.iter().skip(1)) {
            if first.digest == second.digest {
                self.faults.add(second.line, format!("the same key as line {}", first.line));
            }
        }
    }
}

impl Entry {
    pub(super) fn key(
        &self,
        id: KeyId,
        import: ImportId,
        project: &Project,
        by: ActorId,
        now: Timestamp,
    ) -> Key {
        Key {
            id,
            project_id: project.id,
            name: self.name.clone(),
            digest: self.digest,
            class: CLASS.into(),
            hint: self.hint.clone().into(),
            grant: Grant::legacy(self.graphql),
            state: if self.enabled { KeyState::Active } else { KeyState::Disabled { since: now } },
            expires_at: None,
            networks: self.networks.clone(),
            created_at: self.created_at.unwrap_or(now),
            created_by: by,
            import: Some(import),
        }
    }
}
