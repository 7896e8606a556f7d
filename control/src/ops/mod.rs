//! Everything that can be done, with its rules, once. Every front end calls these.
//!
//! The first lines of an operation say who may do it; absent and forbidden look the same to a stranger.

pub mod changes;
pub mod keys;
mod new_key;
pub mod organizations;
mod plans;
pub mod projects;
pub mod setup;
mod sight;

pub use new_key::{Created, KeyPatch, NewKey, Once};
pub use sight::Precondition;
