//! Organizations, projects and keys as they stand on record.

use crate::{ActorId, Digest, Grant, ImportId, KeyId, Name, Networks, OrganizationId, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

/// What an organization pays for (`compat.md` 1.4); the console calls Free "Starter".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plan {
    /// The least.
    Free,
    /// More.
    Standard,
    /// All.
    Enterprise,
    /// All, on machines of its own.
    Dedicated,
}

impl Plan {
    /// All of them, the least first.
    pub const ALL: [Plan; 4] = [Plan::Free, Plan::Standard, Plan::Enterprise, Plan::Dedicated];

    /// The plan of exactly this name.
    pub fn parse(text: &str) -> Option<Plan> {
        Plan::ALL.into_iter().find(|plan| plan.name() == text)
    }

    /// The name as written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Plan::Free => "Free",
            Plan::Standard => "Standard",
            Plan::Enterprise => "Enterprise",
            Plan::Dedicated => "Dedicated",
        }
    }
}

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Opaque id.
    pub id: OrganizationId,
    /// Shown name.
    pub name: Name,
    /// What it pays for.
    pub plan: Plan,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its signing key was made; before that it can have no API keys.
    pub bootstrapped_at: Option<Timestamp>,
    /// When it was removed; it is invisible from then on.
    pub removed_at: Option<Timestamp>,
}

/// Keys belong to a project, a project to an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Shown name.
    pub name: Name,
    /// Kept for clients that send it; Keydesk attaches no meaning.
    pub max_pods: i64,
    /// Kept for clients that send it; cannot be turned off again.
    pub force_encryption_with_cmek: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was removed; all its keys are refused from then on.
    pub removed_at: Option<Timestamp>,
}

/// An API key. Its secret is not here: only a digest is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Public id.
    pub id: KeyId,
    /// The project it belongs to; the organization follows from that.
    pub project_id: ProjectId,
    /// Shown name, not unique.
    pub name: Name,
    /// What it is recognised by.
    pub digest: Digest,
    /// The key class of the catalog it was made with.
    pub class: String,
    /// What may be shown of the secret.
    pub hint: String,
    /// What it may do, as written.
    pub grant: Grant,
    /// Whether it may be used.
    pub state: KeyState,
    /// It is refused from this moment on.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from.
    pub networks: Networks,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: ActorId,
    /// The import it came with, if another system made it. It is nobody's until that import is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportId>,
}

/// Keys of another system that come in together: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The project its keys belong to.
    pub project_id: ProjectId,
    /// How many keys it has when it is complete.
    pub keys: i64,
    /// How far it has come.
    pub state: ImportState,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Who began it.
    pub created_by: ActorId,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Keys are being written; none of them is anybody's yet.
    Staged,
    /// From this change on its keys are keys.
    Complete,
    /// Its keys are being taken away again.
    Abandoned,
}

/// Whether a key may be used. Disabling can be undone, revoking cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// In use.
    Active,
    /// Switched off, for now.
    Disabled {
        /// Since when.
        since: Timestamp,
    },
    /// Dead for ever.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Who did it.
        by: ActorId,
    },
}

/// What is shown of a key's state: the first that holds of Revoked, Expired, Disabled, Active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// It may be used.
    Active,
    /// Its time has passed.
    Expired,
    /// It is switched off.
    Disabled,
    /// It is dead for ever.
    Revoked,
}

impl KeyStatus {
    /// As written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            KeyStatus::Active => "active",
            KeyStatus::Expired => "expired",
            KeyStatus::Disabled => "disabled",
            KeyStatus::Revoked => "revoked",
        }
    }
}

impl KeyState {
    /// Switched on again; revoked stays revoked, and what is on already stays as it is.
    #[must_use]
    pub fn enabled(self) -> KeyState {
        match self {
            KeyState::Active | KeyState::Disabled { .. } => KeyState::Active,
            KeyState::Revoked { .. } => self,
        }
    }

    /// Switched off from `now` on; what is off already keeps its moment.
    #[must_use]
    pub fn disabled(self, now: Timestamp) -> KeyState {
        match self {
            KeyState::Active => KeyState::Disabled { since: now },
            KeyState::Disabled { .. } | KeyState::Revoked { .. } => self,
        }
    }

    /// Dead from `now` on; the first revocation is the one on record.
    #[must_use]
    pub fn revoked(self, now: Timestamp, by: ActorId) -> KeyState {
        match self {
            KeyState::Active | KeyState::Disabled { .. } => KeyState::Revoked { at: now, by },
            KeyState::Revoked { .. } => self,
        }
    }
}

impl Key {
    /// What is shown of its state at `now`.
    pub fn status(&self, now: Timestamp) -> KeyStatus {
        let expired = self.expires_at.is_some_and(|end| now >= end);
        match self.state {
            KeyState::Revoked { .. } => KeyStatus::Revoked,
            KeyState::Active | KeyState::Disabled { .. } if expired => KeyStatus::Expired,
            KeyState::Disabled { .. } => KeyStatus::Disabled,
            KeyState::Active => KeyStatus::Active,
        }
    }
}
