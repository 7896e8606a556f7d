//! Bringing the schema up to date: embedded, in order, all or nothing, under a lock.

use super::OpenError;
use super::open::sqlite_fault;
use domain::ChangeHash;
use sqlx::{Connection, PgConnection, SqliteConnection};

/// Every migration there ever was. A released one is never edited.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../../migrations/0001_begin.sql")),
    (2, include_str!("../../migrations/0002_plans_and_resources.sql")),
    (3, include_str!("../../migrations/0003_people.sql")),
    (4, include_str!("../../migrations/0004_imports.sql")),
    (5, include_str!("../../migrations/0005_keys_made_by_keys.sql")),
    (6, include_str!("../../migrations/0006_public_keys.sql")),
    (7, include_str!("../../migrations/0007_lease.sql")),
    (8, include_str!("../../migrations/0008_tokens.sql")),
    (9, include_str!("../../migrations/0009_usage.sql")),
    (10, include_str!("../../migrations/0010_console.sql")),
];

const LEDGER: &str = "create table if not exists schema_versions (version bigint not null primary key)";
const NEWEST: &str = "select coalesce(max(version), 0) from schema_versions";
const CLOCK: &str =
    "insert into clock (id, version, hash, history) values (1, 0, $1, $2) on conflict (id) do nothing";
const DONE: &str = "insert into schema_versions (version) values ($1)";

/// The statements of one migration, the same on both databases; answers the schema that was found.
macro_rules! migrate_on {
    ($tx:ident, $history:ident) => {{
        sqlx::raw_sql(LEDGER).execute(&mut *$tx).await?;
        let found: i64 = sqlx::query_scalar(NEWEST).fetch_one(&mut *$tx).await?;
        if found > newest_known() {
            return Ok(found);
        }
        for (version, text) in pending(found) {
            sqlx::raw_sql(text).execute(&mut *$tx).await?;
            sqlx::query(DONE).bind(version).execute(&mut *$tx).await?;
        }
        sqlx::query(CLOCK).bind(ChangeHash::START.0.as_slice()).bind($history).execute(&mut *$tx).await?;
        $tx.commit().await?;
        Ok(found)
    }};
}

pub(super) async fn sqlite(conn: &mut SqliteConnection, history: &str) -> Result<(), OpenError> {
    let result: sqlx::Result<i64> = async {
        // `immediate` is the lock: a second process waits here and then finds the work done.
        let mut tx = conn.begin_with("begin immediate").await?;
        migrate_on!(tx, history)
    }
    .await;
    refuse_newer(result.map_err(|error| sqlite_fault(&error))?)
}

pub(super) async fn postgres(conn: &mut PgConnection, history: &str) -> Result<(), OpenError> {
    let result: sqlx::Result<i64> = async {
        let mut tx = conn.begin().await?;
        // Released with the transaction; the number is "keydesk" in a form PostgreSQL takes.
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(0x006b_6579_6465_736b_i64)
            .execute(&mut *tx)
            .await?;
        migrate_on!(tx, history)
    }
    .await;
    refuse_newer(result.map_err(|error| OpenError::Unreachable(error.to_string()))?)
}

fn pending(found: i64) -> impl Iterator<Item = (i64, &'static str)> {
    MIGRATIONS.iter().copied().filter(move |(version, _)| *version > found)
}

fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|(version, _)| *version).max().unwrap_or(0)
}

/// A newer schema was left as it is: its transaction ended without a commit.
fn refuse_newer(found: i64) -> Result<(), OpenError> {
    let known = newest_known();
    if found > known { Err(OpenError::TooNew { found, known }) } else { Ok(()) }
}
