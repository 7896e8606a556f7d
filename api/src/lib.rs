//! The contract on the wire: JSON types, error shapes, `openapi.json`. No behaviour.

pub mod admin;
pub mod body;
pub mod error;
pub mod graphql;
pub mod oauth;
pub mod time;
pub mod verify;
