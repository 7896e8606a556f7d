//! `/admin/api-keys/{id}/preview`.

use super::request::Call;
use super::{keys, render};
use crate::ops::preview::Foretold;
use crate::{Error, ops};
use api::admin::{Preview, PreviewGroup, PreviewRefused, PreviewRest, PreviewUnsure, UpdateKey};
use api::time::format;
use axum::response::Response;
use domain::{Action, RefusedCalls};

/// Says which calls of the last 30 days a change of the key would refuse. Changes nothing.
#[utoipa::path(post, path = "/admin/api-keys/{api_key_id}/preview", operation_id = "preview_api_key_update", tag = "usage",
    params(("api_key_id" = String, Path, format = Uuid, description = "The key's id")),
    request_body = UpdateKey,
    responses((status = 200, body = Preview, description = "What the change would break")))]
pub(crate) async fn of_key(mut call: Call) -> Result<Response, Error> {
    let body: UpdateKey = call.body().await?;
    let patch = keys::patch(body)?;
    let precondition = call.precondition()?;
    let found = ops::preview::of_key(&call.app, &call.caller, call.id()?, patch, precondition).await?;
    Ok(render::list(shown(found)))
}

fn shown(found: Foretold) -> Preview {
    let Foretold { from, calls, incomplete, expires_at } = found;
    let (groups, rest) = calls.rest;
    let rest = (groups > 0).then_some(PreviewRest { groups, calls: rest });
    Preview {
        from: format(from.micros()),
        calls: calls.calls,
        refused: PreviewRefused { calls: calls.refused, by: calls.by.into_iter().map(group).collect(), rest },
        unsure: PreviewUnsure { calls: calls.unsure },
        incomplete,
        expires_at: expires_at.map(|end| format(end.micros())),
    }
}

fn group(refused: RefusedCalls) -> PreviewGroup {
    PreviewGroup {
        action: refused.action.map_or("", Action::text),
        resource: refused.resource,
        network: refused.network.to_string(),
        reason: refused.reason.code(),
        calls: refused.calls,
        first_seen: format(refused.first_at.micros()),
        last_seen: format(refused.last_at.micros()),
    }
}
