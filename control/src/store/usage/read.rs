//! What is on record of calls, summed up.

use crate::store::open::WAIT;
use crate::store::rows::stored;
use crate::store::{Store, StoreError, read};
use domain::{Action, KeyId, OTHER, OrganizationId, Timestamp};

/// Whose calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageOf {
    /// One key's.
    Key(KeyId, OrganizationId),
    /// Those of all keys of an organization.
    Organization(OrganizationId),
}

/// What calls are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageBy {
    /// The verify code.
    Outcome,
    /// The action that was asked for.
    Action,
    /// The resource that was asked for.
    Resource,
    /// The key.
    Key,
    /// The client's network.
    Network,
}

/// Which hours: those that begin at or after `from` and before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSpan {
    /// The first hour's start.
    pub from: Timestamp,
    /// The end of the last hour.
    pub to: Timestamp,
}

/// What is asked of the record.
#[derive(Debug, Clone)]
pub struct UsageQuery {
    /// Whose calls.
    pub of: UsageOf,
    /// When.
    pub span: UsageSpan,
    /// Told apart by what.
    pub by: UsageBy,
    /// How long one count is, in microseconds: `None` for the whole span.
    pub bucket: Option<i64>,
    /// The most values that are told apart: those with the most calls. The rest is [`OTHER`].
    pub values_max: i64,
}

/// How many calls there were of one value, in one bucket.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UsageCount {
    /// What they have in common.
    pub value: String,
    /// Start of the bucket, in microseconds; 0 where there are none.
    pub start: i64,
    /// How many.
    pub calls: i64,
}

/// Calls of a key that are alike in everything a verification looks at, over all hours of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCalls {
    /// What was asked for; `None` when the key was only authenticated.
    pub action: Option<Action>,
    /// The canonical address; empty when none was asked for, [`OTHER`] when it was not kept apart.
    pub resource: String,
    /// Whether the call named the organization it meant.
    pub organization_named: bool,
    /// The verify code.
    pub outcome: String,
    /// `203.0.113.0/24`, `2001:db8::/48`, empty when unknown, [`OTHER`] when it was not kept apart.
    pub network: String,
    /// How many.
    pub calls: i64,
    /// When the first of them was decided.
    pub first_at: Timestamp,
    /// When the last of them was.
    pub last_at: Timestamp,
}

type CallsRow = (String, String, bool, String, String, i64, i64, i64);

/// One text for each thing that calls can be told apart by; the scope is a column, too.
macro_rules! counted {
    ($value:literal, $of:literal) => {
        concat!(
            "with found as (select ",
            $value,
            " as value, hour, calls from usage where ",
            $of,
            " = $1 and hour >= $2 and hour < $3), \
             most as (select value from found group by value order by sum(calls) desc, value limit $5) \
             select coalesce(most.value, $6) as value, found.hour - found.hour % $4 as start, \
             cast(sum(found.calls) as bigint) as calls \
             from found left join most on most.value = found.value \
             group by coalesce(most.value, $6), found.hour - found.hour % $4 order by 2, 3 desc, 1"
        )
    };
}

impl UsageBy {
    fn of_key(self) -> &'static str {
        match self {
            UsageBy::Outcome => counted!("outcome", "key_id"),
            UsageBy::Action => counted!("action", "key_id"),
            UsageBy::Resource => counted!("resource", "key_id"),
            UsageBy::Key => counted!("key_id", "key_id"),
            UsageBy::Network => counted!("network", "key_id"),
        }
    }

    fn of_organization(self) -> &'static str {
        match self {
            UsageBy::Outcome => counted!("outcome", "organization_id"),
            UsageBy::Action => counted!("action", "organization_id"),
            UsageBy::Resource => counted!("resource", "organization_id"),
            UsageBy::Key => counted!("key_id", "organization_id"),
            UsageBy::Network => counted!("network", "organization_id"),
        }
    }
}

impl UsageOf {
    fn id(&self) -> String {
        match self {
            UsageOf::Key(key, _) => key.to_string(),
            UsageOf::Organization(organization) => organization.to_string(),
        }
    }

    fn organization(&self) -> &str {
        match self {
            UsageOf::Key(_, organization) | UsageOf::Organization(organization) => organization.as_str(),
        }
    }

    fn key(&self) -> String {
        match self {
            UsageOf::Key(key, _) => key.to_string(),
            UsageOf::Organization(_) => String::new(),
        }
    }
}

impl Store {
    /// Calls, counted as asked: bucket by bucket, the most frequent value of each first.
    ///
    /// # Errors
    /// The database did not answer in time, or too many such questions are being answered.
    pub async fn usage(&self, query: &UsageQuery) -> Result<Vec<UsageCount>, StoreError> {
        let _turn = self.turn_for_usage().await?;
        let text = match query.of {
            UsageOf::Key(..) => query.by.of_key(),
            UsageOf::Organization(_) => query.by.of_organization(),
        };
        // What is left of an hour when it is divided by more than any hour there is, is the hour.
        let bucket = query.bucket.unwrap_or(i64::MAX);
        Ok(read!(self, |db| sqlx::query_as(text)
            .bind(query.of.id())
            .bind(query.span.from.micros())
            .bind(query.span.to.micros())
            .bind(bucket)
            .bind(query.values_max)
            .bind(OTHER)
            .fetch_all(db))?)
    }

    /// How many rows a question would have to look at, counted no further than `most`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn usage_rows(&self, of: &UsageOf, span: UsageSpan, most: i64) -> Result<i64, StoreError> {
        const OF_KEY: &str = "select count(*) from (select 1 from usage where key_id = $1 and hour >= $2 \
            and hour < $3 limit $4) as found";
        const OF_ORGANIZATION: &str = "select count(*) from (select 1 from usage where organization_id = $1 \
            and hour >= $2 and hour < $3 limit $4) as found";
        let text = match of {
            UsageOf::Key(..) => OF_KEY,
            UsageOf::Organization(_) => OF_ORGANIZATION,
        };
        let _turn = self.turn_for_usage().await?;
        Ok(read!(self, |db| sqlx::query_scalar(text)
            .bind(of.id())
            .bind(span.from.micros())
            .bind(span.to.micros())
            .bind(most)
            .fetch_one(db))?)
    }

    /// Whether calls may be missing from the hours of a span: some were not counted, or what was counted is not kept
    /// any more. Nothing is missing from before `existed_since`, when whose calls they are came to be.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn usage_incomplete(
        &self,
        of: &UsageOf,
        span: UsageSpan,
        existed_since: Timestamp,
    ) -> Result<bool, StoreError> {
        const INCOMPLETE: &str = "select exists (select 1 from usage_unseen where hour >= $1 and hour < $2 \
             and (organization_id = '' or organization_id = $3 and ($4 = '' or key_id = '' or key_id = $4))) \
            or exists (select 1 from usage_since where since < 0 or since > $5)";
        let asked_since = span.from.max(existed_since);
        Ok(read!(self, |db| sqlx::query_scalar(INCOMPLETE)
            .bind(span.from.micros())
            .bind(span.to.micros())
            .bind(of.organization())
            .bind(of.key())
            .bind(asked_since.micros())
            .fetch_one(db))?)
    }

    /// What a key was used for, the most frequent first, at most `most` kinds of calls.
    ///
    /// # Errors
    /// The database did not answer in time, or too many such questions are being answered.
    pub async fn usage_calls(
        &self,
        key: KeyId,
        span: UsageSpan,
        most: i64,
    ) -> Result<Vec<UsageCalls>, StoreError> {
        const CALLS: &str = "select action, resource, organization_named, outcome, network, \
            cast(sum(calls) as bigint), min(first_at), max(last_at) from usage \
            where key_id = $1 and hour >= $2 and hour < $3 \
            group by action, resource, organization_named, outcome, network \
            order by 6 desc, action, resource, organization_named, outcome, network limit $4";
        let _turn = self.turn_for_usage().await?;
        let rows: Vec<CallsRow> = read!(self, |db| sqlx::query_as(CALLS)
            .bind(key.to_string())
            .bind(span.from.micros())
            .bind(span.to.micros())
            .bind(most)
            .fetch_all(db))?;
        super::super::rows::all(
            rows,
            |(action, resource, organization_named, outcome, network, calls, first, last)| {
                let action = if action.is_empty() { None } else { Some(stored(Action::parse(&action))?) };
                let (first_at, last_at) = (Timestamp::from_micros(first), Timestamp::from_micros(last));
                Ok(UsageCalls {
                    action,
                    resource,
                    organization_named,
                    outcome,
                    network,
                    calls,
                    first_at,
                    last_at,
                })
            },
        )
    }

    /// Waits until fewer such questions are being answered, but not for ever. They have turns of their own: what one
    /// organization asks of its record keeps nobody's lists waiting.
    pub(super) async fn turn_for_usage(&self) -> Result<tokio::sync::SemaphorePermit<'_>, StoreError> {
        let turn = tokio::time::timeout(WAIT, self.usage_turns.acquire()).await;
        turn.map_err(|_| StoreError::Overloaded)?.map_err(|_| StoreError::Failed)
    }
}
