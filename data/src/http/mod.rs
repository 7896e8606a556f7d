//! The data listener over HTTP: verify, the doors for gateways, health and metrics.
//!
//! The connection's own limits (header sizes, time-outs, hosts) are the binary's front; what follows from the
//! requests themselves is here.

mod body;
mod direct;
pub(crate) mod doors;
mod health;
mod problem;
mod token;
mod verify;

use crate::{Gate, Live, Metrics};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use domain::TrustedPeers;
use http::{HeaderValue, header};
use problem::Problem;
use std::sync::Arc;
use tokio::sync::watch;

pub use direct::{Caller, Direct};
pub use doors::{CREDENTIALS, Family, IDENTITY};
pub use health::Phase;
pub use token::Tokens;

/// The id of a request, as the front put it among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// What the routes of the data listener work with.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Decides.
    pub gate: Arc<Gate>,
    /// What is known, for health and metrics.
    pub live: Arc<Live>,
    /// What `/metrics` shows.
    pub metrics: Arc<Metrics>,
    /// What callers must show one of; always set beyond loopback.
    pub tokens: Option<Tokens>,
    /// Whose word about a client's address counts.
    pub trusted: TrustedPeers,
    /// Whether it counts from whoever reaches this listener: something else guards the way to it.
    pub trusts_everyone: bool,
    /// The headers in which gateways tell the forward door about the request they hold.
    pub family: Family,
    /// Whether every listener of the process accepts.
    pub phase: watch::Receiver<Phase>,
}

/// The routes of the data listener. The peer's address is read from the request's
/// [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo) extension; without one, nobody is trusted for it, unless
/// the desk trusts everyone.
pub fn router(desk: Arc<Desk>) -> Router {
    let guarded = Router::new()
        .route("/v1/verify", post(verify::verify))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .merge(doors::routes())
        .fallback(async |request: Request| Problem::NotFound.answer(request.extensions()))
        .method_not_allowed_fallback(async |request: Request| Problem::Method.answer(request.extensions()))
        // Outside of the routes, so that a stranger learns nothing about what there is.
        .layer(from_fn_with_state(Arc::clone(&desk), token::guard));
    Router::new()
        .route("/livez", get(health::livez))
        .method_not_allowed_fallback(async |request: Request| Problem::Method.answer(request.extensions()))
        .fallback_service(guarded.with_state(Arc::clone(&desk)))
        .layer(from_fn(no_store))
        .with_state(desk)
}

/// No answer of this listener may be kept: the next one may be another.
async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    keep_nothing(&mut response);
    response
}

fn keep_nothing(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

type Shared = State<Arc<Desk>>;
