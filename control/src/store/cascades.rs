//! Keys made by keys, and revocations that reach them change by change.

use super::rows::{all, stored};
use super::{StoreError, Tx, execute, write};
use domain::{ActorId, KeyId, Timestamp};

/// The partial index is found by the very words of its condition.
const MADE_BY: &str = "select id from api_keys \
    where created_by = $1 and substr(created_by, 1, 4) = 'key:' and id > $2 order by id limit $3";

impl Tx {
    /// The keys that a key made, revoked ones too, in the order of their ids.
    pub async fn keys_made_by(
        &mut self,
        key: KeyId,
        after: Option<KeyId>,
        limit: i64,
    ) -> Result<Vec<KeyId>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows: Vec<String> = write!(self, |conn| sqlx::query_scalar(MADE_BY)
            .bind(ActorId::Key(key).to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(conn))?;
        all(rows, |id| stored(KeyId::parse(&id)))
    }

    /// Whether the revocation of this key has not reached all that it should.
    pub async fn is_cascading(&mut self, key: KeyId) -> Result<bool, StoreError> {
        let found: Option<i64> =
            write!(self, |conn| sqlx::query_scalar("select begun_at from cascades where key_id = $1")
                .bind(key.to_string())
                .fetch_optional(conn))?;
        Ok(found.is_some())
    }

    /// Notes that the revocation of this key goes on in further changes.
    pub async fn begin_cascade(&mut self, key: KeyId, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("insert into cascades (key_id, begun_at) values ($1, $2)")
                .bind(key.to_string())
                .bind(now.micros())
        )?;
        Ok(())
    }

    /// Notes that it has reached everything.
    pub async fn end_cascade(&mut self, key: KeyId) -> Result<(), StoreError> {
        execute!(self, sqlx::query("delete from cascades where key_id = $1").bind(key.to_string()))?;
        Ok(())
    }
}
