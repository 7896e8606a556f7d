//! What keys were used for, for whoever may see them.

use super::sight;
use crate::store::{UsageBy, UsageCount, UsageOf, UsageQuery, UsageSpan};
use crate::{App, Error};
use domain::Timestamp;
use domain::access::{Caller, Operation};

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;
/// The longest time that can be asked for, and the longest hour by hour.
const SPAN_MAX: i64 = 400 * DAY_MICROS;
const HOURLY_MAX: i64 = 31 * DAY_MICROS;
/// What is asked for when nothing is said.
const SPAN_DEFAULT: i64 = DAY_MICROS;
/// Values that are told apart in one answer.
const VALUES_MAX: i64 = 100;
/// Rows that are looked at for one answer.
const ROWS_MAX: i64 = 2_000_000;

/// How long one count is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// A UTC hour.
    Hour,
    /// A UTC day.
    Day,
}

/// A question about usage, as a front end read it.
#[derive(Debug, Clone)]
pub struct UsageAsk {
    /// From when; a day before `to` when absent.
    pub from: Option<Timestamp>,
    /// Until when; now when absent.
    pub to: Option<Timestamp>,
    /// How long one count is; the whole time when absent.
    pub interval: Option<Interval>,
    /// What is counted apart.
    pub by: UsageBy,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Usage {
    /// The counts, bucket by bucket.
    pub counts: Vec<UsageCount>,
    /// Whether calls may be missing.
    pub incomplete: bool,
}

impl UsageBy {
    /// All there are.
    pub const EACH: [UsageBy; 5] =
        [UsageBy::Outcome, UsageBy::Action, UsageBy::Resource, UsageBy::Key, UsageBy::Network];

    /// As it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            UsageBy::Outcome => "outcome",
            UsageBy::Action => "action",
            UsageBy::Resource => "resource",
            UsageBy::Key => "key",
            UsageBy::Network => "network",
        }
    }
}

/// What a key was used for.
///
/// # Errors
/// The caller cannot see the key, it is revoked, or the question is out of bounds.
pub async fn of_key(app: &App, caller: &Caller, id: &str, ask: &UsageAsk) -> Result<Usage, Error> {
    let (row, project) = sight::key(app, caller, id, Operation::ReadProject).await?;
    let of = UsageOf::Key(row.key.id, project.project.organization_id);
    // An imported key's date is its former system's: nothing was called here before the import.
    answer(app, of, row.key.created_at, ask).await
}

/// The same of a key that may be revoked: what it did before is what one wants to know then.
///
/// # Errors
/// The caller cannot see the key, or the question is out of bounds.
pub async fn of_key_on_record(app: &App, caller: &Caller, id: &str, ask: &UsageAsk) -> Result<Usage, Error> {
    let (row, project) = sight::key_on_record(app, caller, id, Operation::ReadProject).await?;
    let of = UsageOf::Key(row.key.id, project.project.organization_id);
    answer(app, of, row.key.created_at, ask).await
}

/// What the keys of an organization were used for.
///
/// # Errors
/// The caller cannot see the organization, or not all of its projects but asks what is theirs, or the question is out
/// of bounds.
pub async fn of_organization(app: &App, caller: &Caller, id: &str, ask: &UsageAsk) -> Result<Usage, Error> {
    let row = sight::organization(app, caller, id, Operation::ReadOrganization).await?;
    let sees_all = caller.projects(Operation::ReadProject).is_none();
    match ask.by {
        UsageBy::Outcome | UsageBy::Action => {}
        // Keys, and what they reach, are nothing to whoever does not see their projects.
        UsageBy::Resource | UsageBy::Key | UsageBy::Network if sees_all => {}
        UsageBy::Resource | UsageBy::Key | UsageBy::Network => {
            return Err(Error::Forbidden(
                "an organization's usage by resource, key or network is for whoever sees all of its projects",
            ));
        }
    }
    answer(app, UsageOf::Organization(row.organization.id), row.organization.created_at, ask).await
}

pub(super) async fn answer(
    app: &App,
    of: UsageOf,
    existed_since: Timestamp,
    ask: &UsageAsk,
) -> Result<Usage, Error> {
    let span = span(ask, app.now())?;
    if app.store.usage_rows(&of, span, ROWS_MAX).await? >= ROWS_MAX {
        let message = "more is on record of this time than one answer may look at: ask for a shorter time";
        return Err(Error::Invalid(message.into()));
    }
    let incomplete = app.store.usage_incomplete(&of, span, existed_since).await?;
    let bucket = ask.interval.map(|interval| match interval {
        Interval::Hour => HOUR_MICROS,
        Interval::Day => DAY_MICROS,
    });
    let query = UsageQuery { of, span, by: ask.by, bucket, values_max: VALUES_MAX };
    Ok(Usage { counts: app.store.usage(&query).await?, incomplete })
}

/// Whole hours: what is on record of an hour is not divided any more.
fn span(ask: &UsageAsk, now: Timestamp) -> Result<UsageSpan, Error> {
    let refused = |message: &str| Err(Error::Invalid(message.into()));
    let to = ask.to.unwrap_or(now);
    let from = ask.from.unwrap_or(Timestamp::from_micros(to.micros().saturating_sub(SPAN_DEFAULT)));
    let (asked_from, asked_to) = (from.micros(), to.micros());
    if asked_from >= asked_to {
        return refused("`from` must be before `to`");
    }
    if asked_to - asked_from > SPAN_MAX {
        return refused("`from` and `to` must be at most 400 days apart");
    }
    if ask.interval == Some(Interval::Hour) && asked_to - asked_from > HOURLY_MAX {
        return refused("with `interval=hour`, `from` and `to` must be at most 31 days apart");
    }
    let to = Timestamp::from_micros(asked_to.saturating_add(HOUR_MICROS - 1)).hour();
    Ok(UsageSpan { from: from.hour(), to })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_001_000_000);

    fn ask(days: i64, more: i64, interval: Option<Interval>) -> Result<UsageSpan, Error> {
        let from = Some(Timestamp::from_micros(NOW.micros() - days * DAY_MICROS - more));
        span(&UsageAsk { from, to: Some(NOW), interval, by: UsageBy::Outcome }, NOW)
    }

    #[test]
    fn a_time_is_widened_to_whole_hours_and_bounded() {
        let found = ask(0, 1, None).unwrap();
        assert_eq!((found.from, found.to.micros()), (NOW.hour(), NOW.hour().micros() + HOUR_MICROS));
        assert!(ask(400, 0, None).is_ok() && ask(400, 1, None).is_err());
        assert!(ask(31, 0, Some(Interval::Hour)).is_ok() && ask(31, 1, Some(Interval::Hour)).is_err());
        assert!(
            ask(400, 0, Some(Interval::Day)).is_ok() && ask(0, 0, None).is_err() && ask(-1, 0, None).is_err()
        );
    }
}
