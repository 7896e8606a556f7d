//! The control plane: every change and its record.
//!
//! `ops` holds the rules, once. `rest`, `graphql` and `oauth` parse, call and render. `store` is the only SQL.

mod app;
mod authenticate;
mod console;
mod error;
pub mod graphql;
pub mod oauth;
pub mod openapi;
pub mod ops;
pub mod rest;
pub mod seal;
pub mod signing;
pub mod store;

pub use app::{App, Known, Parts, Visible};
pub use authenticate::{Credential, LiveKey};
pub use error::Error;
