//! One file for each command.

pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod completions;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod organization;
pub(crate) mod resource;
pub(crate) mod route;
pub(crate) mod signing_key;
pub(crate) mod usage;
pub(crate) mod verify;
