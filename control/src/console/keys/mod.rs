//! Pages about API keys.

pub(super) mod list;
mod shown;
