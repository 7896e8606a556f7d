//! Where what the data plane counts goes: control's store. And how long it stays there.

use crate::clock;
use control::App;
use control::store::Store;
use data::{SinkError, UsageSink};
use domain::UsageBatch;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often what is too old is looked for.
const LOOK: Duration = Duration::from_secs(600);
/// Rows taken away by one transaction, and the pause behind it: others write in between.
const ROWS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(20);
/// A process that was silent for so many seconds sends no batch again.
const IDLE_SECONDS: i64 = 7 * 24 * 3600;

/// The usage of this process's own database.
pub(super) struct Record(pub(super) Arc<App>);

impl UsageSink for Record {
    async fn add(&self, batch: &UsageBatch) -> Result<(), SinkError> {
        let added = self.0.store.add_usage(batch.clone(), clock::now()).await;
        // Whether it was added now or before, it is on record.
        added.map(|_| ()).map_err(|error| SinkError(Box::new(error)))
    }
}

/// Begins the record, and takes away what is older than it is to be kept, now and then.
pub(super) async fn keep(store: &Store, retention: Duration) -> Infallible {
    loop {
        if let Err(error) = begin_and_prune(store, retention).await {
            tracing::warn!(%error, "old usage is still there");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn begin_and_prune(store: &Store, retention: Duration) -> Result<(), control::store::StoreError> {
    let now = clock::now();
    store.begin_usage(now).await?;
    let kept = i64::try_from(retention.as_secs()).unwrap_or(i64::MAX);
    let before = now.plus_seconds(-kept).hour();
    store.note_usage_pruned(before, now.plus_seconds(-IDLE_SECONDS)).await?;
    let mut organization = String::new();
    while let Some(next) = store.next_with_usage(&organization).await? {
        while store.prune_usage(&next, before, i64::from(ROWS)).await? >= u64::from(ROWS) {
            tokio::time::sleep(PAUSE).await;
        }
        organization = next;
    }
    Ok(())
}
