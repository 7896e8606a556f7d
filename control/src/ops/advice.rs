//! Least privilege: what a key does not need, and which keys of an organization are worth a look.

use super::preview::{bounded, span};
use super::sight;
use crate::store::{KeyRow, UsageOf, UsageSpan};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Finding, OrganizationId, ProjectId, Scope, Timestamp, Version, advise, makes_administrators, review};

const DAY_SECONDS: i64 = 86_400;
/// Kinds of calls that are looked at; of a key with more, nothing is suggested.
const KINDS_MAX: i64 = 10_000;
/// Keys of an organization that are looked at for one answer.
const KEYS_MAX: i64 = 10_000;

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

/// A key, and what is worth a look about it.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The key.
    pub row: KeyRow,
    /// What is worth a look, the worst first.
    pub findings: Vec<Finding>,
}

/// Keys that are worth a look, the worst first.
#[derive(Debug, Clone)]
pub struct Review {
    /// As many as were asked for.
    pub keys: Vec<Reviewed>,
    /// How many there are.
    pub total: usize,
    /// Whether uses may be missing from the record, or there are more keys than one answer may look at.
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

/// The keys of an organization that are worth a look, among those that the caller may change.
///
/// # Errors
/// The caller cannot see the organization.
pub async fn of_organization(app: &App, caller: &Caller, id: &str, most: usize) -> Result<Review, Error> {
    let row = sight::organization(app, caller, id, Operation::ReadOrganization).await?;
    let (organization, now) = (row.organization, app.now());
    let catalog = app.catalog().await?;
    let (rows, more) = rows(app, &organization.id, caller.projects(Operation::WriteKeys), now).await?;
    let of = UsageOf::Organization(organization.id);
    let lately = span(now, 90 * DAY_SECONDS);
    let lost = app.store.usage_incomplete(&of, lately, lately.to).await?;
    let since = app.store.usage_since().await?;
    let reviewed = |row: KeyRow| {
        let scopes = row.key.grant.compile(&catalog, row.key.project_id).unwrap_or_default();
        let findings = review(&row.key, &scopes, row.last_use.as_ref(), since, now);
        (!findings.is_empty()).then_some(Reviewed { row, findings })
    };
    let mut keys: Vec<Reviewed> = rows.into_iter().filter_map(reviewed).collect();
    keys.sort_by_cached_key(worst);
    let total = keys.len();
    keys.truncate(most);
    Ok(Review { keys, total, incomplete: more || lost || since.is_none() })
}

/// The worst finding counts most, then how many there are, then how old the key is.
fn worst(reviewed: &Reviewed) -> impl Ord + use<> {
    let first = reviewed.findings.first().copied();
    let key = &reviewed.row.key;
    (first, std::cmp::Reverse(reviewed.findings.len()), key.created_at, key.id.to_string())
}

/// At most [`KEYS_MAX`] keys, and whether there are more.
async fn rows(
    app: &App,
    organization: &OrganizationId,
    projects: Option<Vec<ProjectId>>,
    now: Timestamp,
) -> Result<(Vec<KeyRow>, bool), Error> {
    let places = projects.map_or(vec![None], |projects| projects.into_iter().map(Some).collect());
    let mut found = Vec::new();
    for place in places {
        let room = KEYS_MAX - i64::try_from(found.len()).unwrap_or(KEYS_MAX);
        found.extend(app.store.keys_in_use(organization, place, now, room + 1).await?);
        let most = usize::try_from(KEYS_MAX).unwrap_or(usize::MAX);
        if found.len() > most {
            found.truncate(most);
            return Ok((found, true));
        }
    }
    Ok((found, false))
}
