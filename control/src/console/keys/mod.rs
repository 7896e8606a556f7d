//! Pages about API keys.

pub(super) mod create;
pub(super) mod detail;
mod draft;
pub(super) mod edit;
mod editor;
pub(super) mod list;
pub(super) mod revoke;
pub(super) mod shown;
mod summary;
pub(super) mod switch;
