//! One stay of the node on record: register, load, then renew and read until history breaks.

use super::Feed;
use super::page::{self, Fault};
use crate::clock::BootTime;
use crate::source::within;
use crate::{Head, NodeId, Source, SourceError};
use domain::{Snapshot, Version};
use std::error::Error;
use std::time::Duration;
use tracing::info;

/// Changes read at once. One may hold the keys of a whole piece of an import, some 150 KB.
const PAGE_MAX: usize = 100;
/// How long a whole load may take.
const LOAD_WAIT_MAX: Duration = Duration::from_secs(600);

/// Why a step was not taken.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Stop answering at once.
    Fault(Fault),
    /// Try again; the lease tells how long that may go on.
    Failed(Box<dyn Error + Send + Sync>),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault)
    }
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Trouble {
        match error {
            SourceError::Lost => Trouble::Fault(Fault::Lost),
            SourceError::Failed(_) => Trouble::Failed(Box::new(error)),
        }
    }
}

pub(super) struct Session<'f, S> {
    feed: &'f Feed<S>,
    node: NodeId,
    beat: i64,
    history: String,
    snapshot: Snapshot,
    noted: Version,
    /// As the last renewal gave it; `None` before the first.
    lease: Option<Duration>,
    /// When the next renewal is due; counted like the lease, so that it is overdue after a suspend.
    pub(super) renew_at: BootTime,
}

impl<'f, S: Source> Session<'f, S> {
    /// Puts the node on record, then loads everything. `before` is the id it had until now.
    pub(super) async fn join(
        feed: &'f Feed<S>,
        node: NodeId,
        before: Option<NodeId>,
    ) -> Result<Session<'f, S>, Trouble> {
        within(feed.pace.wait, feed.source.register(&node)).await?;
        // Not earlier: whoever waits for all nodes must always find this process among them.
        if let Some(before) = before {
            feed.forget(&before).await;
        }
        let (history, loaded) = within(LOAD_WAIT_MAX, feed.source.load()).await?;
        let snapshot = blocking(move || Snapshot::build(loaded)).await?;
        info!(node.id = %node, version = snapshot.version().0, keys = snapshot.key_count(), "loaded");
        let (noted, renew_at) = (Version::START, BootTime::START);
        Ok(Session { feed, node, beat: 0, history, snapshot, noted, lease: None, renew_at })
    }

    /// Renews when that is due and otherwise reads on; false when there is more to read at once.
    pub(super) async fn step(&mut self) -> Result<bool, Trouble> {
        let now = self.feed.live.clock().boot();
        if now < self.renew_at {
            return self.read(None).await;
        }
        self.renew(now).await?;
        self.renew_at = now.plus(self.wait() / 3);
        Ok(true)
    }

    /// The lease counts from before the request: what the answer says was true no earlier than that.
    async fn renew(&mut self, begun: BootTime) -> Result<(), Trouble> {
        let head = within(self.wait(), self.feed.source.renew(&self.node, self.beat)).await?;
        self.beat = head.beat;
        self.heed(head.lease);
        if head.history != self.history {
            return Err(Fault::OtherHistory.into());
        }
        if head.version < self.snapshot.version() {
            return Err(Fault::WentBack(self.snapshot.version()).into());
        }
        while !self.read(Some(&head)).await? && self.snapshot.version() < head.version {}
        if self.snapshot.version() < head.version {
            return Err(Fault::Missing(head.version).into());
        }
        self.feed.live.renew(&self.snapshot, begun, begun.plus(head.lease));
        self.note_applied().await;
        Ok(())
    }

    /// No wait is longer than a lease: what comes later would come too late.
    fn wait(&self) -> Duration {
        self.lease.unwrap_or(self.feed.pace.wait)
    }

    fn heed(&mut self, lease: Duration) {
        if self.lease.replace(lease) != Some(lease) {
            info!(lease.seconds = lease.as_secs(), "each renewal lets this node answer for its lease");
        }
    }

    /// Reads and publishes one page under the lease as it is; false when the page was full.
    async fn read(&mut self, head: Option<&Head>) -> Result<bool, Trouble> {
        let changes = self.feed.source.changes(self.snapshot.version(), PAGE_MAX);
        let page = within(self.wait(), changes).await?;
        let caught_up = page.len() < PAGE_MAX;
        if page::fresh(&self.snapshot, &page)?.is_empty() {
            page::agrees(&self.snapshot, head)?;
            return Ok(caught_up);
        }
        // A new catalog compiles every key's grant again, which may take a second.
        let (snapshot, head) = (self.snapshot.clone(), head.cloned());
        self.snapshot = blocking(move || page::apply(snapshot, &page, head.as_ref())).await??;
        self.feed.live.advance(&self.snapshot);
        self.note_applied().await;
        Ok(caught_up)
    }

    /// Only after publishing: whoever reads the note may rely on it.
    async fn note_applied(&mut self) {
        let version = self.snapshot.version();
        if version > self.noted {
            self.noted = version;
            let _ = within(self.wait(), self.feed.source.applied(&self.node, version)).await;
        }
    }
}

/// Runs what may take long where it holds up no one else.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Trouble::Failed(Box::new(error)))
}
