//! What a key, a scope, a network, a change and a verdict *are*, and whether a presented key may pass.
//!
//! Nothing here reads a clock, draws randomness, waits or does I/O: callers pass `now` and `rng`, so the
//! whole crate can be tested and simulated as plain functions.

pub mod access;
mod administrator;
mod advice;
pub mod catalog;
mod ceiling;
mod chain;
mod change;
mod email;
mod grant;
mod id;
mod key;
mod name;
mod network;
mod preview;
mod principal;
mod projects;
mod record;
mod recorded;
mod registry;
mod resource;
mod review;
mod scope;
mod scopes;
mod snapshot;
mod subset;
mod table;
mod time;
pub mod token;
mod usage;
mod verdict;
mod verify;

pub use administrator::{administers, makes_administrators};
pub use advice::{Advice, advise};
pub use catalog::Catalog;
pub use ceiling::{Beyond, Ceiling, Given};
pub use chain::{ChangeHash, link, parse_sha256};
pub use change::{Change, Effect, Version};
pub use email::{Email, EmailError};
pub use grant::{Access, Endpoint, Grant, GrantError, Level, Preset};
pub use id::{
    ActorId, ImportId, InviteId, KeyId, OrganizationId, ProjectId, ResourceId, RoleBindingId,
    ServiceAccountId, SessionId, SigningKeyId, TokenId, UserId,
};
pub use key::{Digest, KeySecret, LegacyError, LegacyValue, Malformed, Pepper, Presented, random_text};
pub use name::{Name, NameError};
pub use network::{NetworkError, Networks, NotANetwork, Reach, TrustedPeers};
pub use preview::{Fate, GROUPS_MAX, Preview, Proposed, RefusedCalls, preview};
pub use principal::{Principal, PrincipalType, Resource};
pub use record::{Import, ImportState, Key, KeyState, KeyStatus, Organization, Plan, Project};
pub use recorded::Recorded;
pub use resource::{
    Address, Asked, AskedError, Filter, FilterError, Registration, ResourceName, ResourceNameError, Wanted,
};
pub use review::{Finding, review};
pub use scope::{Action, Actions, Scope};
pub use scopes::Scopes;
pub use snapshot::{ApplyError, Entry, Loaded, Snapshot};
pub use subset::{beyond, subset};
pub use time::Timestamp;
pub use usage::{Called, ClientNetwork, LastUse, OTHER, Unseen, UsageBatch};
pub use verdict::{Ask, Granted, Reason, Verdict};
pub use verify::{Holder, permits, verify, verify_imported, verify_legacy, verify_token};
