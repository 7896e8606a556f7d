//! What a change of a key would break, by what is on record of its calls. Changes nothing.

use super::new_key::KeyPatch;
use super::proposal::{self, Proposal};
use super::sight::{self, Precondition};
use crate::store::{Lane, Tx, UsageOf, UsageSpan};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Holder, KeyId, Timestamp, preview};

/// How far back calls are looked at.
const SECONDS: i64 = 30 * 86_400;
/// Kinds of calls that are decided once more; those with fewer calls are unsure.
const KINDS_MAX: i64 = 10_000;
/// Rows that are looked at for one answer, the newest: what that costs at most is measured by `bench`.
pub const ROWS_MAX: i64 = 40_000;

/// What the change would break.
#[derive(Debug, Clone)]
pub struct Foretold {
    /// From when on calls were looked at.
    pub from: Timestamp,
    /// What would become of the calls.
    pub calls: domain::Preview,
    /// Whether calls may be missing from the record, or more is on record than one answer looks at.
    pub incomplete: bool,
    /// When the key would expire: then all calls are refused, whatever is counted here.
    pub expires_at: Option<Timestamp>,
}

/// Decides the calls of the last 30 days that were allowed once more, by the key as it would be.
///
/// # Errors
/// As the change itself, or this server's data plane may not decide.
pub async fn of_key(
    app: &App,
    caller: &Caller,
    id: &str,
    patch: KeyPatch,
    precondition: Precondition,
) -> Result<Foretold, Error> {
    let (row, project) = sight::key(app, caller, id, Operation::WriteKeys).await?;
    let organization = project.project.organization_id;
    let catalog = app.catalog().await?;
    let now = app.now();
    let proposal = Proposal { key: row.key.id, project: row.key.project_id, patch, precondition };
    let (asking, words) = (caller.clone(), std::sync::Arc::clone(&catalog));
    // In the writer's turn, and writing nothing: so it is refused when and as the change would be.
    let check = async move |tx: &mut Tx| {
        Ok::<_, Error>(proposal::permitted(tx, &asking, proposal, &words, now).await?.key)
    };
    let key = app.store.write(Lane::Ordinary, check).await?;
    let known = app.known()?;
    let (span, cut) = bounded(app, key.id, span(now, SECONDS)).await?;
    let of = UsageOf::Key(key.id, organization.clone());
    let found = app.store.allowed_calls(key.id, span, false, KINDS_MAX).await?;
    let incomplete = cut || app.store.usage_incomplete(&of, span, key.created_at).await?;
    // A grant that no longer fits the catalog grants nothing.
    let scopes = key.grant.compile(&catalog, key.project_id).unwrap_or_default();
    let holder = Holder {
        types: catalog.types(),
        project: key.project_id,
        organization: &organization,
        registered_to: |name: &str| known.registered_to(name),
    };
    let mut calls = preview(&domain::Proposed::new(&key, &scopes, holder, now), &found.kinds);
    let left_out = found.total.saturating_sub(calls.calls).max(0);
    calls.calls = calls.calls.saturating_add(left_out);
    calls.unsure = calls.unsure.saturating_add(left_out);
    Ok(Foretold { from: span.from, calls, incomplete, expires_at: key.expires_at })
}

/// The hours of so many seconds up to now, the one that has begun included.
pub(super) fn span(now: Timestamp, seconds: i64) -> UsageSpan {
    UsageSpan { from: now.plus_seconds(-seconds).hour(), to: now.plus_seconds(3600).hour() }
}

/// As many of these hours as one answer may look at, the newest; and whether that leaves some out.
pub(super) async fn bounded(app: &App, key: KeyId, span: UsageSpan) -> Result<(UsageSpan, bool), Error> {
    let beyond = app.store.usage_beyond(key, span, ROWS_MAX).await?;
    let from = beyond.map_or(span.from, |hour| hour.plus_seconds(3600));
    Ok((UsageSpan { from, ..span }, beyond.is_some()))
}
