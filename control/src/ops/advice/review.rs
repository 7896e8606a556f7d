//! Which keys of an organization are worth a look.

use super::{DAY_SECONDS, sight, span};
use crate::store::{KeyRow, UsageOf};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Finding, OrganizationId, ProjectId, Timestamp, review};
use std::cmp::Reverse;

/// Keys of an organization that are looked at for one answer.
pub const KEYS_MAX: i64 = 10_000;

/// A key, and what is worth a look about it.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The key.
    pub row: KeyRow,
    /// What is worth a look, the worst first.
    pub findings: Vec<Finding>,
}

/// Where a key stands among those that are worth a look: the worst finding counts most, then how many there are, then
/// how old the key is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The worst.
    pub worst: Option<Finding>,
    /// How many.
    pub findings: Reverse<usize>,
    /// How old.
    pub created_at: Timestamp,
    /// So that no two stand in one place.
    pub id: String,
}

/// Keys that are worth a look, the worst first.
#[derive(Debug, Clone)]
pub struct Review {
    /// As many as were asked for.
    pub keys: Vec<Reviewed>,
    /// The last of them, when there are more.
    pub next: Option<Place>,
    /// How many there are in all.
    pub total: usize,
    /// Whether uses may be missing from the record, or there are more keys than one answer may look at.
    pub incomplete: bool,
}

impl Reviewed {
    fn place(&self) -> Place {
        let (worst, findings) = (self.findings.first().copied(), Reverse(self.findings.len()));
        let key = &self.row.key;
        Place { worst, findings, created_at: key.created_at, id: key.id.to_string() }
    }
}

/// The keys of an organization that are worth a look, among those that the caller may change.
///
/// # Errors
/// The caller cannot see the organization.
pub async fn of_organization(app: &App, caller: &Caller, id: &str, most: usize) -> Result<Review, Error> {
    after(app, caller, id, None, most).await
}

/// The same from behind a place on, as things stand now: whoever moves forward between two of these is in neither.
///
/// # Errors
/// The caller cannot see the organization.
pub async fn after(
    app: &App,
    caller: &Caller,
    id: &str,
    place: Option<Place>,
    most: usize,
) -> Result<Review, Error> {
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
    let total = keys.len();
    keys.sort_by_cached_key(Reviewed::place);
    if let Some(place) = place {
        keys.retain(|key| key.place() > place);
    }
    let cut = keys.len() > most;
    keys.truncate(most);
    let next = keys.last().filter(|_| cut).map(Reviewed::place);
    Ok(Review { keys, next, total, incomplete: more || lost || since.is_none() })
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
