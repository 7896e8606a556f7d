//! Pages about projects and what is registered to them.

mod detail;
mod list;
mod remove;
mod resources;

pub(super) use detail::{rename, show};
pub(super) use list::{create, show as list};
pub(super) use remove::{ask as ask_removal, remove};
pub(super) use resources::{register, release};
