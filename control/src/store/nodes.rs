//! Node rows: how a data-plane process proves that it hears from the log (`leases.md`). No tick.

use super::rows::stored;
use super::{Db, Store, StoreError, Tx, execute, read, run, write};
use domain::{ChangeHash, Version};
use std::time::Duration;

/// A running data-plane process on record.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NodeRow {
    /// Random, drawn at each start.
    pub id: String,
    /// How many renewals it made.
    pub beat: i64,
    /// The version it has applied.
    pub applied: i64,
}

/// What a renewal learns: where the log stands on the primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// The id of the history.
    pub history: String,
    /// The newest version.
    pub version: Version,
    /// Its hash.
    pub hash: ChangeHash,
    /// How long this renewal lets the process answer; the same for all of them.
    pub lease: Duration,
}

impl Store {
    /// Adds the row of a process that starts.
    pub async fn register_node(&self, id: &str, now: domain::Timestamp) -> Result<(), StoreError> {
        // The embedded database serves one process, held by a lock on a file: it needs no row to be known.
        if self.is_embedded() {
            return Ok(());
        }
        run!(
            self,
            sqlx::query(
                "insert into nodes (id, history, beat, applied, registered_at) \
             select $1, history, 0, 0, $2 from clock where id = 1"
            )
            .bind(id)
            .bind(now.micros())
        )?;
        Ok(())
    }

    /// Proves that this process still reaches the primary; `None` when its row, beat or history is not as
    /// expected. On PostgreSQL a write, because only a primary takes one; on the embedded database a read,
    /// because the one file is the primary and must be readable when its disk is full.
    pub async fn renew_node(&self, id: &str, beat: i64) -> Result<Option<Beat>, StoreError> {
        let row: Option<(String, i64, Vec<u8>, i64)> = match &self.db {
            Db::Sqlite(db) => {
                sqlx::query_as("select history, version, hash, lease_seconds from clock where id = 1")
                    .fetch_optional(db)
                    .await?
            }
            Db::Postgres(db) => {
                sqlx::query_as(
                    "update nodes set beat = beat + 1 from clock \
                     where nodes.id = $1 and nodes.beat = $2 and clock.id = 1 and nodes.history = clock.history \
                     returning clock.history, clock.version, clock.hash, clock.lease_seconds",
                )
                .bind(id)
                .bind(beat)
                .fetch_optional(db)
                .await?
            }
        };
        row.map(|(history, version, hash, lease)| {
            let hash = ChangeHash(stored(hash.try_into().ok())?);
            let lease = Duration::from_secs(stored(lease.try_into().ok())?);
            Ok(Beat { history, version: Version(version), hash, lease })
        })
        .transpose()
    }

    /// Notes how far a process has come.
    pub async fn note_applied(&self, id: &str, version: Version) -> Result<(), StoreError> {
        if self.is_embedded() {
            return Ok(());
        }
        run!(self, sqlx::query("update nodes set applied = $2 where id = $1").bind(id).bind(version.0))?;
        Ok(())
    }

    /// Removes the row of a process that will never answer again.
    pub async fn deregister_node(&self, id: &str) -> Result<(), StoreError> {
        if self.is_embedded() {
            return Ok(());
        }
        run!(self, sqlx::query("delete from nodes where id = $1").bind(id))?;
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: i64 =
            read!(self, |db| sqlx::query_scalar("select version from clock where id = 1").fetch_one(db))?;
        Ok(())
    }
}

impl Tx {
    /// How long a renewal lets a node answer.
    pub async fn lease_seconds(&mut self) -> Result<i64, StoreError> {
        let lease = "select lease_seconds from clock where id = 1";
        Ok(write!(self, |conn| sqlx::query_scalar(lease).fetch_one(conn))?)
    }

    /// Changes it, for all nodes: each learns of it with its next renewal.
    pub async fn set_lease_seconds(&mut self, seconds: i64) -> Result<(), StoreError> {
        execute!(self, sqlx::query("update clock set lease_seconds = $1 where id = 1").bind(seconds))?;
        Ok(())
    }
}
