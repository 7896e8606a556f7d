//! The doors for gateways: a gateway asks here about each request that it holds, in its own protocol.
//!
//! `asked` finds out which request that is, `credential` which key it carries, `decide` whether it may pass;
//! `identity` and `refused` are the two kinds of answers. `forward` and `ext` speak HTTP, `grpc` the protocol of
//! Envoy, whose messages are in `message`.

mod asked;
mod credential;
mod decide;
pub(super) mod ext;
pub(super) mod forward;
pub(super) mod grpc;
mod identity;
mod message;
mod refused;
mod reply;

#[cfg(test)]
mod tests;

pub use asked::Family;
pub(crate) use asked::Headers;
pub(crate) use decide::{Permit, credential, needed, permitted};
pub(crate) use forward::fields;
pub use identity::IDENTITY;
pub(crate) use identity::Identity;
pub(crate) use refused::{Hands, Refused};
pub(crate) use reply::NAMES;

use super::Desk;
use axum::Router;
use axum::routing::{any, post};
use std::sync::Arc;

/// Headers that carry a credential, which a gateway takes out before it sends a request on.
pub const CREDENTIALS: [&str; 3] = ["authorization", "x-api-key", "api-key"];

/// The routes of all doors, for any method: some gateways ask with the method of the request they hold.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/authz/forward", any(forward::forward))
        .route("/authz/ext", any(ext::ext))
        .route("/authz/ext/", any(ext::ext))
        .route("/authz/ext/{*path}", any(ext::ext))
        .route(grpc::PATH, post(grpc::check))
}
