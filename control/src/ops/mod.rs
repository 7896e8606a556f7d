//! Everything that can be done, with its rules, once. Every front end calls these.
//!
//! The first lines of an operation say who may do it; absent and forbidden look the same to a stranger.

pub mod account;
pub mod advice;
pub(crate) mod attempts;
mod ceiling;
pub mod changes;
pub mod first_owner;
pub mod import;
pub mod invites;
mod key_roles;
pub mod keys;
mod new_key;
pub mod organizations;
pub mod passwords;
mod plans;
pub mod preview;
pub mod projects;
mod proposal;
pub mod resources;
mod revocation;
pub mod role_bindings;
pub mod roles;
mod room;
pub mod service_accounts;
pub mod sessions;
pub mod setup;
mod sight;
pub mod signing_keys;
pub mod tokens;
pub mod trial;
pub mod usage;
pub mod users;

pub use new_key::{Created, KeyPatch, NewKey, Once};
pub use sight::Precondition;
