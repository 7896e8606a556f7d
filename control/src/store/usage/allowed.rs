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

type Row = (String, String, bool, String, i64, i64, i64, i64);

/// One text for what is told apart by network and what is not.
macro_rules! allowed {
    ($network:literal) => {
        concat!(
            "select action, resource, organization_named, ",
            $network,
            " as place, cast(sum(calls) as bigint) as calls, min(first_at), max(last_at), \
             cast(sum(sum(calls)) over () as bigint) from usage \
             where key_id = $1 and hour >= $2 and hour < $3 and outcome = 'allowed' \
             group by action, resource, organization_named, place \
             order by 5 desc, action, resource, organization_named, place limit $4"
        )
    };
}

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
        let total = rows.first().map_or(0, |row| row.7);
        let kinds = all(rows, |(action, resource, organization_named, network, calls, first, last, _)| {
            let action = if action.is_empty() { None } else { Some(stored(Action::parse(&action))?) };
            let network = stored(ClientNetwork::parse(&network))?;
            let (first_at, last_at) = (Timestamp::from_micros(first), Timestamp::from_micros(last));
            Ok(Recorded { action, resource, organization_named, network, calls, first_at, last_at })
        })?;
        Ok(AllowedCalls { kinds, total })
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
