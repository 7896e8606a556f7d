//! Calls of a key that were allowed, as they are decided once more.

use super::UsageSpan;
use crate::store::rows::{all, stored};
use crate::store::{Store, StoreError, read};
use domain::{Action, ClientNetwork, KeyId, Recorded, Timestamp};

/// Kinds of calls that were allowed, and how many calls there were of any kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedCalls {
    /// The most frequent first.
    pub kinds: Vec<Recorded>,
    /// All calls, those of kinds that were left out, too.
    pub total: i64,
}

type Row = (String, String, bool, String, i64, i64, i64);

/// One text for what is told apart by network and what is not. Rows are sorted to be put together: the resource comes
/// first, because it is what most of them differ in.
macro_rules! allowed {
    ($network:literal) => {
        concat!(
            "select action, resource, organization_named, ",
            $network,
            " as place, cast(sum(calls) as bigint) as calls, min(first_at), max(last_at) from usage \
             where key_id = $1 and hour >= $2 and hour < $3 and outcome = 'allowed' \
             group by resource, place, action, organization_named \
             order by 5 desc, action, resource, organization_named, place limit $4"
        )
    };
}

const TOTAL: &str = "select cast(coalesce(sum(calls), 0) as bigint) from usage \
    where key_id = $1 and hour >= $2 and hour < $3 and outcome = 'allowed'";

impl Store {
    /// What a key was allowed in these hours, at most `most` kinds of calls. `from_anywhere`: wherever they came from is
    /// not told apart, and reads as unknown.
    ///
    /// # Errors
    /// The database did not answer in time, or too many such questions are being answered.
    pub async fn allowed_calls(
        &self,
        key: KeyId,
        span: UsageSpan,
        from_anywhere: bool,
        most: i64,
    ) -> Result<AllowedCalls, StoreError> {
        let text = if from_anywhere { allowed!("''") } else { allowed!("network") };
        let _turn = self.turn_for_usage().await?;
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(text)
            .bind(key.to_string())
            .bind(span.from.micros())
            .bind(span.to.micros())
            .bind(most)
            .fetch_all(db))?;
        let kinds = all(rows, |(action, resource, organization_named, network, calls, first, last)| {
            let action = if action.is_empty() { None } else { Some(stored(Action::parse(&action))?) };
            let network = stored(ClientNetwork::parse(&network))?;
            let (first_at, last_at) = (Timestamp::from_micros(first), Timestamp::from_micros(last));
            Ok(Recorded { action, resource, organization_named, network, calls, first_at, last_at })
        })?;
        let listed = kinds.iter().fold(0, |sum: i64, kind: &Recorded| sum.saturating_add(kind.calls));
        if i64::try_from(kinds.len()).is_ok_and(|kinds| kinds < most) {
            return Ok(AllowedCalls { kinds, total: listed });
        }
        let total: i64 = read!(self, |db| sqlx::query_scalar(TOTAL)
            .bind(key.to_string())
            .bind(span.from.micros())
            .bind(span.to.micros())
            .fetch_one(db))?;
        // More may have come in between.
        Ok(AllowedCalls { kinds, total: total.max(listed) })
    }

    /// The hour that must be left out, with all before it, to look at no more than the newest `most` rows of a key;
    /// `None` when there are no more.
    ///
    /// # Errors
    /// The database did not answer in time, or too many such questions are being answered.
    pub async fn usage_beyond(
        &self,
        key: KeyId,
        span: UsageSpan,
        most: i64,
    ) -> Result<Option<Timestamp>, StoreError> {
        const BEYOND: &str = "select hour from usage where key_id = $1 and hour >= $2 and hour < $3 \
            order by hour desc limit 1 offset $4";
        let _turn = self.turn_for_usage().await?;
        let hour: Option<i64> = read!(self, |db| sqlx::query_scalar(BEYOND)
            .bind(key.to_string())
            .bind(span.from.micros())
            .bind(span.to.micros())
            .bind(most)
            .fetch_optional(db))?;
        Ok(hour.map(Timestamp::from_micros))
    }

    /// Since when uses are on record; `None` when they are not, yet.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn usage_since(&self) -> Result<Option<Timestamp>, StoreError> {
        let since: i64 = read!(self, |db| sqlx::query_scalar("select since from usage_since").fetch_one(db))?;
        Ok((since >= 0).then(|| Timestamp::from_micros(since)))
    }
}
