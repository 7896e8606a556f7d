//! Adding what a process counted: a batch is on record whole or not at all, and once.

use crate::store::tx::Conn;
use crate::store::{Db, Lane, Store, StoreError, Tx};
use domain::{Called, LastUse, Timestamp, Unseen, UsageBatch};
use std::collections::BTreeMap;

/// Notes that the batch is on record; changes no row when it, or a later one, is already. Where the same batch is
/// being added by a statement that was given up, this waits for its end.
const FLUSH: &str = "insert into usage_flushes (node, sequence, flushed_at) values ($1, $2, $3) \
    on conflict (node) do update set sequence = excluded.sequence, flushed_at = excluded.flushed_at \
    where usage_flushes.sequence < excluded.sequence";

/// What makes one row of `usage`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RowKey<'a> {
    key: String,
    hour: i64,
    organization: &'a str,
    project: String,
    action: &'static str,
    resource: &'a str,
    organization_named: bool,
    outcome: &'static str,
    network: String,
}

/// The rest of it.
struct Calls {
    calls: i64,
    first_at: i64,
    last_at: i64,
}

/// The rows of a batch, each once and in one order. Two processes that add to the same rows would otherwise wait for
/// each other in PostgreSQL, and none may be twice in one of its statements.
struct Rows<'a> {
    called: BTreeMap<RowKey<'a>, Calls>,
    last_uses: BTreeMap<String, &'a LastUse>,
    unseen: BTreeMap<(&'a str, String, i64), i64>,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a UsageBatch) -> Rows<'a> {
        let mut rows = Rows { called: BTreeMap::new(), last_uses: BTreeMap::new(), unseen: BTreeMap::new() };
        for called in &batch.called {
            rows.count(called);
        }
        for (key, used) in &batch.last_uses {
            let newest = rows.last_uses.entry(key.to_string()).or_insert(used);
            if newest.at < used.at {
                *newest = used;
            }
        }
        for Unseen { organization, key, hour, calls } in &batch.unseen {
            let organization = organization.as_ref().map_or("", |id| id.as_str());
            let key = key.map_or(String::new(), |key| key.to_string());
            let sum = rows.unseen.entry((organization, key, hour.micros())).or_default();
            *sum = sum.saturating_add(*calls);
        }
        rows
    }

    fn count(&mut self, called: &'a Called) {
        let key = RowKey {
            key: called.key.to_string(),
            hour: called.hour.micros(),
            organization: called.organization.as_str(),
            project: called.project.to_string(),
            action: called.action.map_or("", domain::Action::text),
            resource: &called.resource,
            organization_named: called.organization_named,
            outcome: called.outcome(),
            network: called.network.to_string(),
        };
        let (first, last) = (called.first_at.micros(), called.last_at.micros());
        let sum = self.called.entry(key).or_insert(Calls { calls: 0, first_at: first, last_at: last });
        sum.calls = sum.calls.saturating_add(called.calls);
        sum.first_at = sum.first_at.min(first);
        sum.last_at = sum.last_at.max(last);
    }
}

/// The statements of one batch, the same on both databases; whether it was added.
macro_rules! add_on {
    ($database:ty, $conn:expr, $batch:expr, $now:expr) => {{
        let batch: &UsageBatch = $batch;
        let flush = sqlx::query(FLUSH).bind(&batch.node).bind(batch.sequence).bind($now.micros());
        if flush.execute(&mut *$conn).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let rows = Rows::of(batch);
        if !rows.called.is_empty() {
            let mut insert = sqlx::QueryBuilder::<$database>::new(
                "insert into usage (key_id, hour, organization_id, project_id, action, resource, \
                 organization_named, outcome, network, calls, first_at, last_at) ",
            );
            insert.push_values(rows.called, |mut row, (key, sum): (RowKey<'_>, Calls)| {
                row.push_bind(key.key)
                    .push_bind(key.hour)
                    .push_bind(key.organization)
                    .push_bind(key.project)
                    .push_bind(key.action)
                    .push_bind(key.resource)
                    .push_bind(key.organization_named)
                    .push_bind(key.outcome)
                    .push_bind(key.network)
                    .push_bind(sum.calls)
                    .push_bind(sum.first_at)
                    .push_bind(sum.last_at);
            });
            insert.push(
                " on conflict (key_id, hour, organization_id, project_id, action, resource, organization_named, \
                 outcome, network) do update set calls = usage.calls + excluded.calls, \
                 first_at = case when excluded.first_at < usage.first_at then excluded.first_at \
                 else usage.first_at end, \
                 last_at = case when excluded.last_at > usage.last_at then excluded.last_at \
                 else usage.last_at end",
            );
            insert.build().execute(&mut *$conn).await?;
        }
        if !rows.last_uses.is_empty() {
            let mut insert =
                sqlx::QueryBuilder::<$database>::new("insert into last_uses (key_id, used_at, ip) ");
            insert.push_values(rows.last_uses, |mut row, (key, used): (String, &LastUse)| {
                row.push_bind(key).push_bind(used.at.micros()).push_bind(used.ip.map(|ip| ip.to_string()));
            });
            insert.push(
                " on conflict (key_id) do update set used_at = excluded.used_at, ip = excluded.ip \
                 where excluded.used_at > last_uses.used_at",
            );
            insert.build().execute(&mut *$conn).await?;
        }
        if !rows.unseen.is_empty() {
            let mut insert = sqlx::QueryBuilder::<$database>::new(
                "insert into usage_unseen (organization_id, key_id, hour, calls) ",
            );
            insert.push_values(
                rows.unseen,
                |mut row, ((organization, key, hour), calls): ((&str, String, i64), i64)| {
                    row.push_bind(organization).push_bind(key).push_bind(hour).push_bind(calls);
                },
            );
            insert.push(
                " on conflict (organization_id, key_id, hour) \
                 do update set calls = usage_unseen.calls + excluded.calls",
            );
            insert.build().execute(&mut *$conn).await?;
        }
        Ok(true)
    }};
}

impl Store {
    /// Adds a batch, and answers whether it was added now; one that is on record already is not added again. Batches
    /// of a process must come in the order of their numbers. There is room for a thousand of each kind of row.
    ///
    /// # Errors
    /// It may not be on record. The same batch may be sent again, however this ended.
    pub async fn add_usage(&self, batch: UsageBatch, now: Timestamp) -> Result<bool, StoreError> {
        match &self.db {
            // The embedded database has one writer. This waits behind others, and a revocation behind none but the
            // one batch that is being written.
            Db::Sqlite(_) => {
                self.write(Lane::Ordinary, async move |tx: &mut Tx| match &mut tx.conn {
                    Conn::Sqlite(conn) => add_on!(sqlx::Sqlite, conn, &batch, now),
                    Conn::Postgres(conn) => add_on!(sqlx::Postgres, conn, &batch, now),
                })
                .await
            }
            // Here nobody needs to wait at all: counting locks no clock row, and other rows than a change does.
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::raw_sql("set local synchronous_commit to on").execute(&mut *tx).await?;
                let added: Result<bool, StoreError> =
                    async { add_on!(sqlx::Postgres, tx, &batch, now) }.await;
                let added = added?;
                tx.commit().await.map_err(|_| StoreError::OutcomeUnknown)?;
                Ok(added)
            }
        }
    }

    /// Notes that calls are counted from now on, in a database that is older than counting.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn begin_usage(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(Lane::Ordinary, async move |tx: &mut Tx| {
            const BEGIN: &str = "update usage_since set since = $1 where since < 0";
            crate::store::execute!(tx, sqlx::query(BEGIN).bind(now.micros()))?;
            Ok(())
        })
        .await
    }
}
