//! One row of the one log: the audit trail, the feed of every node's memory and the point of replication.

use crate::token::{PublishedKey, RevokedToken};
use crate::{ChangeHash, Import, ImportId, Key, KeyId, Organization, Project, Registration, Timestamp, link};
use serde::{Deserialize, Serialize};

/// The number of a change: 1, 2, 3 … without a gap, in the order of the commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// Before any change.
    pub const START: Version = Version(0);

    /// The version of the change after this one.
    #[must_use]
    pub const fn next(self) -> Version {
        Version(self.0 + 1)
    }
}

/// A change as stored: the text fields are exactly the bytes that were hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub version: Version,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub actor: String,
    /// What was done, as `noun.verb`.
    pub action: String,
    /// The organization it belongs to; empty for the whole system's.
    pub organization: String,
    /// The [`Effect`]s as a JSON array.
    pub body: String,
    /// The hash of this row, which covers the row before.
    pub hash: ChangeHash,
}

/// What became of one object: its whole state after the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// An organization.
    Organization(Organization),
    /// A project.
    Project(Project),
    /// An API key.
    Key(Box<Key>),
    /// A resource of an owned type, registered or released.
    Resource(Registration),
    /// An import of legacy keys.
    Import(Import),
    /// Keys of an import that was given up: it is as if they had never been.
    Forgotten {
        /// The import.
        import: ImportId,
        /// Some of its keys.
        keys: Vec<KeyId>,
    },
    /// A key that signs access tokens: its public half.
    SigningKey(PublishedKey),
    /// An access token that was taken back.
    RevokedToken(RevokedToken),
    /// The text of the whole catalog.
    Catalog(String),
    /// Anything the data plane needs no memory of; a sentence for the audit trail.
    Note(String),
}

impl Change {
    /// The effects of this change.
    ///
    /// # Errors
    /// The body was written by a newer version or is damaged; whoever cannot read it must not decide.
    pub fn effects(&self) -> Result<Vec<Effect>, serde_json::Error> {
        serde_json::from_str(&self.body)
    }

    /// Whether this row's hash follows from its fields and the hash before it.
    pub fn follows(&self, previous: ChangeHash) -> bool {
        let fields = [&*self.actor, &*self.action, &*self.organization, &*self.body];
        link(previous, self.version, self.at, fields) == self.hash
    }
}
