//! Hands what was counted to whoever keeps it, every few seconds and at the end.

use super::{Meter, SHARDS};
use crate::follow::chain;
use crate::{Clock, NodeId};
use domain::{Called, KeyId, LastUse, Unseen, UsageBatch};
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How often. What was counted since is lost when the process is killed.
const EVERY: Duration = Duration::from_secs(3);
/// Rows in a batch: few enough that a revocation waits for one no longer than for any other change.
const ROWS: usize = 256;
/// A batch that takes longer is sent again.
const WAIT: Duration = Duration::from_secs(10);
/// What is waited between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// At the end, nothing is tried longer than this.
const FAREWELL: Duration = Duration::from_secs(5);

/// Who keeps what was counted. The binary implements this over the store; tests over a list.
pub trait UsageSink: Send + Sync + 'static {
    /// Keeps the batch, all of it or nothing, and once: the same batch, by its process and its number, may come
    /// again when it was not known how the last try ended.
    fn add(&self, batch: &UsageBatch) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// Why a batch may not be on record. It is sent again.
#[derive(Debug, thiserror::Error)]
#[error("what was counted could not be kept")]
pub struct SinkError(#[source] pub Box<dyn Error + Send + Sync>);

/// Takes what a meter counted to a sink. While that fails, at most one batch and one shard's counts wait here; the rest
/// stays in the meter, within its bounds.
#[derive(Debug)]
pub struct Flusher<S> {
    meter: Arc<Meter>,
    sink: S,
    clock: Clock,
    node: NodeId,
    sequence: i64,
    sent: Option<UsageBatch>,
    called: Vec<Called>,
    last_uses: Vec<(KeyId, LastUse)>,
    unseen: Vec<Unseen>,
}

impl<S: UsageSink> Flusher<S> {
    /// Under a name that no other process had or will have.
    pub fn new(meter: Arc<Meter>, sink: S, clock: Clock, node: NodeId) -> Flusher<S> {
        let (called, last_uses, unseen) = (Vec::new(), Vec::new(), Vec::new());
        Flusher { meter, sink, clock, node, sequence: 0, sent: None, called, last_uses, unseen }
    }

    /// Runs until `stop`, then hands over the rest.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let meter = Arc::clone(&self.meter);
            let due = async {
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    () = async { meter.short.notified().await; tokio::time::sleep(EVERY / 10).await } => {}
                }
            };
            tokio::select! {
                () = &mut stop => break,
                () = due => {}
            }
            // Given up in the middle when the end comes: the same batch is sent once more, and kept once.
            tokio::select! {
                () = &mut stop => break,
                flushed = self.flush() => {
                    if let Err(error) = flushed {
                        tracing::warn!(error = %chain(&error), "what was counted is kept and sent again");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        }
        match tokio::time::timeout(FAREWELL, self.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = %chain(&error), "what was counted last is lost"),
            Err(_) => tracing::error!("what was counted last is lost: the database took too long"),
        }
    }

    /// Hands over everything that was counted until now.
    ///
    /// # Errors
    /// Some of it could not be handed over. Nothing is lost; the next flush goes on.
    pub async fn flush(&mut self) -> Result<(), SinkError> {
        self.send().await?;
        // Asked once: then what stands still goes everywhere, and there is room for a while.
        let short = self.meter.budget.is_short();
        for place in 0..usize::from(SHARDS) {
            let drained = self.meter.drain(place, short, self.clock.now());
            self.called.extend(drained.called);
            self.last_uses.extend(drained.last_uses);
            self.unseen.extend(drained.unseen);
            while [self.called.len(), self.last_uses.len(), self.unseen.len()]
                .into_iter()
                .any(|rows| rows >= ROWS)
            {
                self.send_next().await?;
            }
        }
        while !(self.called.is_empty() && self.last_uses.is_empty() && self.unseen.is_empty()) {
            self.send_next().await?;
        }
        Ok(())
    }

    async fn send_next(&mut self) -> Result<(), SinkError> {
        self.sequence += 1;
        self.sent = Some(UsageBatch {
            node: self.node.to_string(),
            sequence: self.sequence,
            called: first(&mut self.called),
            last_uses: first(&mut self.last_uses),
            unseen: first(&mut self.unseen),
        });
        self.send().await
    }

    /// Sends the batch that was taken last, if nobody has said yet that it is on record.
    async fn send(&mut self) -> Result<(), SinkError> {
        let Some(batch) = &self.sent else { return Ok(()) };
        let usage = &self.meter.metrics.usage;
        let added = tokio::time::timeout(WAIT, self.sink.add(batch)).await;
        match added.unwrap_or_else(|elapsed| Err(SinkError(Box::new(elapsed)))) {
            Ok(()) => {
                usage.flushes.inc();
                self.sent = None;
                Ok(())
            }
            Err(error) => {
                usage.failures.inc();
                Err(error)
            }
        }
    }
}

/// As many as fit into one batch.
fn first<T>(rows: &mut Vec<T>) -> Vec<T> {
    rows.split_off(rows.len().saturating_sub(ROWS))
}
