//! Pages about API keys.

pub(super) mod create;
pub(super) mod detail;
mod draft;
pub(super) mod edit;
mod editor;
pub(super) mod list;
pub(super) mod revoke;
mod shown;
mod summary;
pub(super) mod switch;
