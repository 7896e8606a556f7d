//! `/admin/api-keys/{id}/advice` and `/admin/organizations/{id}/advice`.

use super::render;
use super::request::Call;
use crate::ops::advice::{KeyAdvice, Place, Reviewed};
use crate::{Error, ops};
use api::admin::{Advice, OrganizationAdvice, Pagination, ReviewedKey, ScopeBody, Suggestion};
use api::time::format;
use axum::response::Response;
use domain::{Finding, KeyId, Scope, Timestamp};
use std::cmp::Reverse;

const DAYS: i64 = 30;
const KEYS: i64 = 100;

/// Says which scopes a key did not need, and a narrower grant: a body for `PATCH`, to be sent with `If-Match`.
#[utoipa::path(get, path = "/admin/api-keys/{api_key_id}/advice", operation_id = "fetch_api_key_advice", tag = "usage",
    params(("api_key_id" = String, Path, format = Uuid, description = "The key's id"),
        ("days" = Option<i64>, Query, description = "1 to 90; 30 when absent. No further back than the key is old")),
    responses((status = 200, body = Advice, description = "What the key does not need")))]
pub(crate) async fn of_key(call: Call) -> Result<Response, Error> {
    let query = call.query(&["days"])?;
    let days = query.get("days").map(days).transpose()?.unwrap_or(DAYS);
    let found = ops::advice::of_key(&call.app, &call.caller, call.parent(), days).await?;
    Ok(render::list(shown(found)))
}

/// Lists the keys of an organization that are worth a look, the worst first.
#[utoipa::path(get, path = "/admin/organizations/{organization_id}/advice", operation_id = "fetch_organization_advice",
    tag = "usage", params(("organization_id" = String, Path, description = "The organization's id"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 100 when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = OrganizationAdvice, description = "Keys, and what is worth a look about them")))]
pub(crate) async fn of_organization(call: Call) -> Result<Response, Error> {
    let query = call.query(&["limit", "paginationToken"])?;
    let most = usize::try_from(query.limit()?.unwrap_or(KEYS)).unwrap_or(usize::MAX);
    let place = query.get("paginationToken").map(read_place).transpose()?;
    let found = ops::advice::after(&call.app, &call.caller, call.parent(), place, most).await?;
    let pagination = found.next.map(|last| Pagination { next: Some(written(&last)) });
    let data = found.keys.into_iter().map(reviewed).collect();
    Ok(render::list(OrganizationAdvice {
        data,
        total: found.total,
        incomplete: found.incomplete,
        pagination,
    }))
}

/// Where a page ended. Nothing in it is secret or trusted.
fn written(place: &Place) -> String {
    let worst = place.worst.map_or("", Finding::name);
    format!("{worst}.{}.{}.{}", place.findings.0, place.created_at.micros(), place.id)
}

fn read_place(text: &str) -> Result<Place, Error> {
    let read = || {
        let [worst, findings, micros, id] = *text.split('.').collect::<Vec<_>>() else { return None };
        Some(Place {
            worst: Some(Finding::EACH.into_iter().find(|finding| finding.name() == worst)?),
            findings: Reverse(findings.parse().ok()?),
            created_at: Timestamp::from_micros(micros.parse().ok()?),
            id: KeyId::parse(id)?.to_string(),
        })
    };
    read().ok_or_else(|| Error::Invalid("`paginationToken` is not one that this server gave out".into()))
}

fn days(text: &str) -> Result<i64, Error> {
    match text.parse() {
        Ok(days @ 1..=90) if !text.starts_with('+') => Ok(days),
        _ => Err(Error::OutOfRange("`days` must be a number from 1 to 90".into())),
    }
}

fn shown(found: KeyAdvice) -> Advice {
    Advice {
        etag: render::etag(found.version),
        from: format(found.from.micros()),
        calls: found.calls,
        unused_scopes: scopes(&found.unused),
        suggestion: found.suggestion.map(|narrower| Suggestion { scopes: scopes(&narrower) }),
        incomplete: found.incomplete,
    }
}

fn scopes(scopes: &[Scope]) -> Vec<ScopeBody> {
    let written = |scope: &Scope| (scope.actions.text().to_owned(), scope.filter.text().to_owned());
    scopes.iter().map(|scope| render::scope(written(scope))).collect()
}

fn reviewed(reviewed: Reviewed) -> ReviewedKey {
    let Reviewed { row, findings } = reviewed;
    ReviewedKey {
        id: row.key.id.to_string(),
        name: row.key.name.as_str().into(),
        project_id: row.key.project_id.to_string(),
        findings: findings.into_iter().map(Finding::name).collect(),
        last_used_at: row.last_use.map(|used| format(used.at.micros())),
    }
}
