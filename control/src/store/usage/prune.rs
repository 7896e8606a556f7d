//! Taking away what is older than it is to be kept, a little at a time.

use crate::store::tx::Conn;
use crate::store::{Db, Lane, Store, StoreError, Tx, read};
use domain::Timestamp;

/// Rows of one organization, by where they lie: the databases have no common word for that.
const PRUNE_SQLITE: &str = "delete from usage where rowid in \
    (select rowid from usage where organization_id = $1 and hour < $2 limit $3)";
const PRUNE_POSTGRES: &str = "delete from usage where ctid = any(array\
    (select ctid from usage where organization_id = $1 and hour < $2 limit $3))";

/// What goes with the rows, and is little. A process that was silent for so long has no batch under way.
const NOTE: &str = "update usage_since set since = $1 where since >= 0 and since < $1";
const UNSEEN: &str = "delete from usage_unseen where hour < $1";
const FLUSHES: &str = "delete from usage_flushes where flushed_at < $1";

impl Store {
    /// The first organization after this one that has anything older on record.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_with_usage(&self, after: &str) -> Result<Option<String>, StoreError> {
        const NEXT: &str = "select min(organization_id) from usage where organization_id > $1";
        Ok(read!(self, |db| sqlx::query_scalar(NEXT).bind(after).fetch_one(db))?)
    }

    /// Takes away at most `most` rows of an organization from before `before`, in a transaction of their own, and
    /// answers how many those were.
    ///
    /// # Errors
    /// Nothing was taken away.
    pub async fn prune_usage(
        &self,
        organization: &str,
        before: Timestamp,
        most: i64,
    ) -> Result<u64, StoreError> {
        let organization = organization.to_owned();
        match &self.db {
            Db::Sqlite(_) => {
                self.write(Lane::Ordinary, async move |tx: &mut Tx| match &mut tx.conn {
                    Conn::Sqlite(conn) => {
                        let delete = sqlx::query(PRUNE_SQLITE).bind(organization).bind(before.micros());
                        Ok(delete.bind(most).execute(conn).await?.rows_affected())
                    }
                    Conn::Postgres(_) => Err(StoreError::Failed),
                })
                .await
            }
            Db::Postgres(pool) => {
                let delete = sqlx::query(PRUNE_POSTGRES).bind(organization).bind(before.micros());
                Ok(delete.bind(most).execute(pool).await?.rows_affected())
            }
        }
    }

    /// Notes that nothing from before `before` is kept any more, *before* it is taken away, so that no answer passes
    /// for complete that is not. `idle` is when a process was heard of last whose batches nobody will send again.
    ///
    /// # Errors
    /// Nothing was noted.
    pub async fn note_usage_pruned(&self, before: Timestamp, idle: Timestamp) -> Result<(), StoreError> {
        self.write(Lane::Ordinary, async move |tx: &mut Tx| {
            crate::store::execute!(tx, sqlx::query(NOTE).bind(before.micros()))?;
            crate::store::execute!(tx, sqlx::query(UNSEEN).bind(before.micros()))?;
            crate::store::execute!(tx, sqlx::query(FLUSHES).bind(idle.micros()))?;
            Ok(())
        })
        .await
    }
}
