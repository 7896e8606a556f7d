//! Pages about service accounts.

mod create;
mod detail;
mod list;
mod remove;
mod secret;

pub(super) use create::{show as new, submit};
pub(super) use detail::{give_role, rename, show, take_role};
pub(super) use list::show as list;
pub(super) use remove::{ask as ask_removal, remove};
pub(super) use secret::{ask as ask_rotation, rotate, saved};
