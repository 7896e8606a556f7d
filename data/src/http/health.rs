//! Whether the process lives, whether it may be sent calls, and what it has counted.

use super::Shared;
use super::problem::Problem;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

/// Where the process is between its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not every listener accepts yet.
    Starting,
    /// All of them do.
    Serving,
    /// No new calls should be sent; those under way are answered.
    Draining,
}

impl Phase {
    fn text(self) -> &'static str {
        match self {
            Phase::Starting => "starting",
            Phase::Serving => "ok",
            Phase::Draining => "draining",
        }
    }
}

pub(super) async fn livez() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

pub(super) async fn readyz(State(desk): Shared) -> Response {
    let current = !desk.live.lease_left().is_zero();
    let phase = *desk.phase.borrow();
    let ready = current && phase == Phase::Serving;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks = json!({
        "status": if ready { "ok" } else { "unavailable" },
        "checks": { "listeners": phase.text(), "snapshot": if current { "ok" } else { "stale" } },
    });
    (status, Json(checks)).into_response()
}

pub(super) async fn metrics(State(desk): Shared, request: Request) -> Response {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match desk.metrics.render(&desk.live) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT)], text).into_response(),
        Err(_) => Problem::Internal.answer(request.extensions()),
    }
}
