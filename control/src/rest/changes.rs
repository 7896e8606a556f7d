//! `/admin/changes`.

use super::render;
use super::request::Call;
use crate::{Error, ops};
use api::admin::{ChangeList, Pagination};
use axum::response::Response;
use domain::{Change, Version};

/// Lists what was changed in the caller's organization, oldest first.
#[utoipa::path(get, path = "/admin/changes", operation_id = "list_changes", tag = "changes", params(
        ("limit" = Option<i64>, Query, description = "1 to 100; 100 when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = ChangeList, description = "The changes")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let query = call.query(&["limit", "paginationToken"])?;
    let limit = query.limit()?.unwrap_or(100);
    let from = query.get("paginationToken").map(read_version).transpose()?.unwrap_or(Version::START);
    let mut changes = ops::changes::list(&call.app, &call.caller, from, limit + 1).await?;
    let keep = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = changes.get(keep).map(|change| change.version.0.to_string());
    changes.truncate(keep);
    let pagination = next.map(|next| Pagination { next: Some(next) });
    Ok(render::list(ChangeList { data: changes.into_iter().map(render::change).collect(), pagination }))
}

/// What a change was about, as `kind id`.
pub(crate) fn targets(change: &Change) -> Vec<String> {
    render::targets(change)
}

/// Where a page of the log begins.
pub(crate) fn read_version(text: &str) -> Result<Version, Error> {
    let refused = || Error::Invalid("`paginationToken` is not one that this server gave out".into());
    text.parse().ok().filter(|number| *number > 0).map(Version).ok_or_else(refused)
}
