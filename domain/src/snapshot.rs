//! What the data plane knows, as of a version. Cheap to clone, patched by one change after another.

mod legacy;

use crate::projects::{Home, Place, Projects};
use crate::registry::Registry;
use crate::table::Table;
use crate::token::Trust;
use crate::{
    Catalog, Change, ChangeHash, Digest, Effect, Grant, ImportId, Key, KeyId, KeyState, Networks, Project,
    ProjectId, Reason, Scope, Scopes, Timestamp, Version,
};
use legacy::Legacy;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Everything a verification looks at.
#[derive(Debug, Clone)]
pub struct Snapshot {
    version: Version,
    hash: ChangeHash,
    catalog: Arc<Catalog>,
    keys: Table<Digest, Entry>,
    legacy: Legacy,
    digests: Table<KeyId, Digest>,
    projects: Projects,
    resources: Registry,
    trust: Trust,
}

/// A key as a verification needs it: its grant compiled, the rest of the record left out.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Public id.
    pub id: KeyId,
    /// Shown name.
    pub name: Arc<str>,
    /// Its project.
    pub project: ProjectId,
    /// Where it may be used from.
    pub networks: Networks,
    /// What it may do.
    pub scopes: Scopes,
    home: Place,
    switch: Switch,
    expires_at: Option<Timestamp>,
    /// As written, to be compiled again when the catalog changes.
    grant: Arc<Grant>,
}

/// The state of a key without its history: a million of them are kept close together.
#[derive(Debug, Clone, Copy)]
enum Switch {
    On,
    Off,
    Dead,
}

impl From<KeyState> for Switch {
    fn from(state: KeyState) -> Switch {
        match state {
            KeyState::Active => Switch::On,
            KeyState::Disabled { .. } => Switch::Off,
            KeyState::Revoked { .. } => Switch::Dead,
        }
    }
}

/// What a store hands over at start, all of it as of one version.
#[derive(Debug)]
pub struct Loaded {
    /// The version it stands at.
    pub version: Version,
    /// The hash of the change of that version.
    pub hash: ChangeHash,
    /// The catalog in force.
    pub catalog: Catalog,
    /// Every project, removed ones too.
    pub projects: Vec<Project>,
    /// Every key, revoked ones too, and those of imports that are not complete.
    pub keys: Vec<Key>,
    /// The imports that are complete.
    pub imports: Vec<ImportId>,
    /// Canonical names of registered resources, and whose they are.
    pub resources: Vec<(String, ProjectId)>,
    /// Signing keys, and tokens that were taken back.
    pub trust: Trust,
}

/// Why a change could not be applied. Whoever meets one must stop deciding and load everything again.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A change is missing in between, or was seen before.
    #[error("change {found:?} does not follow version {known:?}")]
    Gap {
        /// Where the snapshot stands.
        known: Version,
        /// The change offered.
        found: Version,
    },
    /// History is not what it was.
    #[error("the hash of change {0:?} does not follow from the change before it")]
    BrokenChain(Version),
    /// Written by a newer version, or damaged.
    #[error("change {0:?} cannot be read")]
    Unreadable(Version, #[source] serde_json::Error),
    /// A catalog that this version refuses.
    #[error("the catalog of change {0:?} is not valid")]
    Catalog(Version),
}

impl Snapshot {
    /// Builds the memory from everything on record.
    pub fn build(loaded: Loaded) -> Snapshot {
        let mut snapshot = Snapshot {
            version: loaded.version,
            hash: loaded.hash,
            catalog: Arc::new(loaded.catalog),
            keys: Table::new(),
            legacy: Legacy::none(),
            digests: Table::new(),
            projects: Projects::new(),
            resources: Registry::of(loaded.resources),
            trust: loaded.trust,
        };
        for project in loaded.projects {
            snapshot.projects.put(&project);
        }
        for import in loaded.imports {
            snapshot.legacy.complete(import);
        }
        let mut shared = Shared::default();
        for key in loaded.keys {
            snapshot.put_key(key, &mut shared);
        }
        snapshot
    }

    /// Applies the next change.
    ///
    /// # Errors
    /// It is not the next one, its hash does not follow, or it cannot be read; the snapshot is unchanged.
    pub fn apply(&mut self, change: &Change) -> Result<(), ApplyError> {
        if change.version != self.version.next() {
            return Err(ApplyError::Gap { known: self.version, found: change.version });
        }
        if !change.follows(self.hash) {
            return Err(ApplyError::BrokenChain(change.version));
        }
        let effects = change.effects().map_err(|error| ApplyError::Unreadable(change.version, error))?;
        let mut next = self.clone();
        let mut shared = Shared::default();
        for effect in effects {
            next.put(effect, change.at, &mut shared)
                .map_err(|CatalogRefused| ApplyError::Catalog(change.version))?;
        }
        next.version = change.version;
        next.hash = change.hash;
        *self = next;
        Ok(())
    }

    fn put(&mut self, effect: Effect, at: Timestamp, shared: &mut Shared) -> Result<(), CatalogRefused> {
        match effect {
            Effect::Project(project) => self.projects.put(&project),
            Effect::Key(key) => self.put_key(*key, shared),
            Effect::Resource(resource) => self.resources.put(&resource),
            Effect::Import(import) => self.legacy.note(&import),
            Effect::Forgotten { keys, .. } => keys.iter().for_each(|key| self.forget(key)),
            Effect::SigningKey(key) => self.trust.put_key(key),
            Effect::RevokedToken(token) => self.trust.put_revoked(&token, at),
            Effect::Catalog(text) => {
                self.replace_catalog(Catalog::parse(&text).map_err(|_| CatalogRefused)?);
                // What was compiled before it is of the catalog before it.
                *shared = Shared::default();
            }
            // An organization can be removed only when all its projects are.
            Effect::Organization(_) | Effect::Note(_) => {}
        }
        Ok(())
    }

    fn put_key(&mut self, key: Key, shared: &mut Shared) {
        if let Some(before) = self.digests.get(&key.id).filter(|before| **before != key.digest) {
            // The key has another secret now; the one before is nobody's.
            self.keys.remove(before);
        }
        self.digests.insert(key.id, key.digest);
        let (grant, scopes) = shared.compile(key.grant, key.project_id, &self.catalog);
        let entry = Entry {
            id: key.id,
            name: key.name.as_str().into(),
            project: key.project_id,
            networks: shared.networks(key.networks),
            scopes,
            home: self.projects.place_of(key.project_id),
            switch: key.state.into(),
            expires_at: key.expires_at,
            grant,
        };
        match key.import {
            None => drop(self.keys.insert(key.digest, entry)),
            Some(import) => self.legacy.put(key.digest, import, entry),
        }
    }

    fn forget(&mut self, key: &KeyId) {
        if let Some(digest) = self.digests.get(key).copied() {
            self.legacy.forget(&digest);
            self.digests.remove(key);
        }
    }

    fn replace_catalog(&mut self, catalog: Catalog) {
        self.catalog = Arc::new(catalog);
        let mut shared = Shared::default();
        let mut renew = |entry: &Entry| {
            let (grant, scopes) = shared.compile(Grant::clone(&entry.grant), entry.project, &self.catalog);
            Entry { grant, scopes, ..entry.clone() }
        };
        let mut keys = Table::new();
        for (digest, entry) in self.keys.iter() {
            keys.insert(*digest, renew(entry));
        }
        self.keys = keys;
        self.legacy = self.legacy.renewed(renew);
    }

    /// The version everything here is of.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The hash of the change of that version.
    pub fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// The operator's vocabulary.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The same, to be kept.
    pub fn shared_catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Which keys sign access tokens, and which tokens were taken back.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The key of this digest.
    pub fn key(&self, digest: &Digest) -> Option<&Entry> {
        self.keys.get(digest).or_else(|| self.legacy.get(digest))
    }

    /// The imported key of this digest.
    pub(crate) fn imported(&self, digest: &Digest) -> Option<&Entry> {
        self.legacy.get(digest)
    }

    /// Whether a text that is no key of ours could be a key at all.
    pub fn has_legacy(&self) -> bool {
        self.legacy.is_in_use()
    }

    /// The key of this id.
    pub fn key_of_id(&self, id: &KeyId) -> Option<&Entry> {
        self.key(self.digests.get(id)?)
    }

    /// How many keys there are, revoked ones included.
    pub fn key_count(&self) -> usize {
        self.keys.iter().count() + self.legacy.count()
    }

    pub(crate) fn home(&self, key: &Entry) -> Option<&Home> {
        self.projects.at(key.home)
    }

    /// The project that a resource is registered to, by its canonical name.
    pub fn registered_to(&self, canonical: &str) -> Option<ProjectId> {
        self.resources.project_of(canonical)
    }
}

struct CatalogRefused;

impl Entry {
    /// What it may do, one scope after the other, as this catalog means it.
    pub fn compiled(&self, catalog: &Catalog) -> Vec<Scope> {
        self.grant.compile(catalog, self.project).unwrap_or_default()
    }

    /// When it expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Why this key is closed at `now`, whatever is asked of it.
    pub fn closed(&self, now: Timestamp) -> Option<Reason> {
        let expired = self.expires_at.is_some_and(|end| now >= end);
        match self.switch {
            Switch::Dead => Some(Reason::Revoked),
            Switch::On | Switch::Off if expired => Some(Reason::Expired),
            Switch::Off => Some(Reason::Disabled),
            Switch::On => None,
        }
    }
}

/// What many keys have in common, kept once: a million keys stand closer together, and what is looked at
/// for one of them is still in the caches for the next.
#[derive(Default)]
struct Shared {
    /// By the project, when the grant names it, and the grant as written.
    grants: HashMap<(Option<ProjectId>, String), (Arc<Grant>, Scopes)>,
    networks: HashSet<Networks>,
}

impl Shared {
    fn compile(&mut self, grant: Grant, project: ProjectId, catalog: &Catalog) -> (Arc<Grant>, Scopes) {
        let text = serde_json::to_string(&grant).unwrap_or_default();
        let named = match &grant {
            Grant::Roles(_) => Some(project),
            Grant::Scopes(_) | Grant::Access(_) => None,
        };
        let found = self.grants.entry((named, text)).or_insert_with(|| {
            // A grant that no longer fits the catalog grants nothing: what cannot be decided is refused.
            let scopes = grant.compile(catalog, project).unwrap_or_default();
            (Arc::new(grant), Scopes::new(&scopes))
        });
        found.clone()
    }

    fn networks(&mut self, networks: Networks) -> Networks {
        if let Some(known) = self.networks.get(&networks) {
            return known.clone();
        }
        self.networks.insert(networks.clone());
        networks
    }
}
