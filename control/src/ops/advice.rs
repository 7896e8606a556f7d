//! Least privilege: what a key does not need.

mod review;

pub use review::{KEYS_MAX, Place, Review, Reviewed, after, of_organization};

use super::preview::{bounded, span};
use super::sight;
use crate::store::{UsageOf, UsageSpan};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Scope, Timestamp, Version, advise, makes_administrators};

const DAY_SECONDS: i64 = 86_400;
/// Kinds of calls that are looked at; of a key with more, nothing is suggested.
const KINDS_MAX: i64 = 10_000;

/// What can be said of one key.
#[derive(Debug, Clone)]
pub struct KeyAdvice {
    /// Which state of the key this is about. A change that follows the advice must be made to no other.
    pub version: Version,
    /// From when on its calls were looked at.
    pub from: Timestamp,
    /// How many of them were allowed.
    pub calls: i64,
    /// Scopes that allowed none of them.
    pub unused: Vec<Scope>,
    /// A narrower grant that allows all of them.
    pub suggestion: Option<Vec<Scope>>,
    /// Whether it may have done more than is on record. Then nothing is suggested.
    pub incomplete: bool,
}

/// What of its scopes a key did not need in the last days, or since it was made.
///
/// # Errors
/// The caller may not change the key, or too much is on record of it.
pub async fn of_key(app: &App, caller: &Caller, id: &str, days: i64) -> Result<KeyAdvice, Error> {
    let (row, project) = sight::key(app, caller, id, Operation::WriteKeys).await?;
    let (version, key, catalog) = (row.version, row.key, app.catalog().await?);
    let span = within_age(span(app.now(), days * DAY_SECONDS), key.created_at);
    let (span, cut) = bounded(app, key.id, span).await?;
    let of = UsageOf::Key(key.id, project.project.organization_id);
    let found = app.store.allowed_calls(key.id, span, true, KINDS_MAX).await?;
    let present = key.grant.compile(&catalog, key.project_id).unwrap_or_default();
    let looked_at = found.kinds.iter().fold(0, |sum: i64, kind| sum.saturating_add(kind.calls));
    let incomplete = cut
        || looked_at < found.total
        // What an administrator does, it does without a verification.
        || makes_administrators(&present)
        || app.store.usage_incomplete(&of, span, key.created_at).await?;
    let calls = found.kinds.iter().filter_map(|kind| Some((kind.action?, kind.resource.as_str())));
    let advice = advise(&present, calls, catalog.types());
    // A key of another system keeps the grant that it was imported with.
    let can_apply = !incomplete && key.import.is_none();
    let suggestion = advice.suggestion.filter(|_| can_apply);
    let unused = advice.unused;
    Ok(KeyAdvice { version, from: span.from, calls: found.total, unused, suggestion, incomplete })
}

fn within_age(span: UsageSpan, created_at: Timestamp) -> UsageSpan {
    UsageSpan { from: span.from.max(created_at.hour()), ..span }
}
