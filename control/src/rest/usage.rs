//! `/admin/api-keys/{id}/usage` and `/admin/organizations/{id}/usage`.

use super::query::Query;
use super::render;
use super::request::Call;
use crate::ops::usage::{self, Interval, UsageAsk};
use crate::store::UsageBy;
use crate::{Error, ops};
use api::admin::{Usage, UsageCount};
use api::time::format;
use axum::response::Response;
use domain::Timestamp;

const KNOWN: [&str; 4] = ["from", "to", "interval", "by"];

/// Counts what a key was used for: the last 24 hours, unless `from` and `to` say otherwise.
#[utoipa::path(get, path = "/admin/api-keys/{api_key_id}/usage", operation_id = "fetch_api_key_usage", tag = "usage",
    params(("api_key_id" = String, Path, format = Uuid, description = "The key's id"),
        ("from" = Option<String>, Query, description = "RFC 3339, rounded down to the hour; a day before `to` when absent"),
        ("to" = Option<String>, Query, description = "RFC 3339, rounded up to the hour; now when absent. At most 400 days after `from`"),
        ("interval" = Option<String>, Query, description = "hour (at most 31 days) or day, both of UTC; one count for all when absent"),
        ("by" = Option<String>, Query, description = "outcome (when absent), action, resource, key or network")),
    responses((status = 200, body = Usage, description = "The counts")))]
pub(crate) async fn of_key(call: Call) -> Result<Response, Error> {
    let ask = ask(&call.query(&KNOWN)?)?;
    let found = ops::usage::of_key(&call.app, &call.caller, call.parent(), &ask).await?;
    Ok(render::list(shown(&ask, found)))
}

/// Counts what all keys of an organization were used for.
#[utoipa::path(get, path = "/admin/organizations/{organization_id}/usage", operation_id = "fetch_organization_usage",
    tag = "usage", params(("organization_id" = String, Path, description = "The organization's id"),
        ("from" = Option<String>, Query, description = "RFC 3339, rounded down to the hour; a day before `to` when absent"),
        ("to" = Option<String>, Query, description = "RFC 3339, rounded up to the hour; now when absent. At most 400 days after `from`"),
        ("interval" = Option<String>, Query, description = "hour (at most 31 days) or day, both of UTC; one count for all when absent"),
        ("by" = Option<String>, Query, description = "outcome (when absent), action; for whoever sees all projects also resource, key or network")),
    responses((status = 200, body = Usage, description = "The counts")))]
pub(crate) async fn of_organization(call: Call) -> Result<Response, Error> {
    let ask = ask(&call.query(&KNOWN)?)?;
    let found = ops::usage::of_organization(&call.app, &call.caller, call.parent(), &ask).await?;
    Ok(render::list(shown(&ask, found)))
}

fn ask(query: &Query) -> Result<UsageAsk, Error> {
    let time = |name: &str| {
        let refused =
            || Error::Invalid(format!("`{name}` must be an RFC 3339 time such as 2026-11-21T07:48:00Z"));
        let read = |text: &str| api::time::parse(text).map(Timestamp::from_micros).ok_or_else(refused);
        query.get(name).map(read).transpose()
    };
    let interval = match query.get("interval") {
        None => None,
        Some("hour") => Some(Interval::Hour),
        Some("day") => Some(Interval::Day),
        Some(_) => return Err(Error::Invalid("`interval` must be hour or day".into())),
    };
    let by = query.get("by").unwrap_or("outcome");
    let by = UsageBy::EACH.into_iter().find(|known| known.name() == by);
    let by = by.ok_or_else(|| {
        Error::Invalid("`by` must be one of outcome, action, resource, key, network".into())
    })?;
    Ok(UsageAsk { from: time("from")?, to: time("to")?, interval, by })
}

fn shown(ask: &UsageAsk, found: usage::Usage) -> Usage {
    let total = found.counts.iter().fold(0, |sum: i64, count| sum.saturating_add(count.calls));
    let shown = |count: crate::store::UsageCount| UsageCount {
        value: count.value,
        start: ask.interval.map(|_| format(count.start)),
        calls: count.calls,
    };
    let data = found.counts.into_iter().map(shown).collect();
    Usage { by: ask.by.name(), data, total, incomplete: found.incomplete }
}
