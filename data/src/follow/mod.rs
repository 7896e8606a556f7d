//! Follows the log: keeps the live memory fresh and its lease renewed, and drops both when history is not what
//! it was.

mod backoff;
mod page;
mod session;

use crate::source::within;
use crate::{Live, Metrics, NodeId, Source};
use backoff::Backoff;
use session::Session;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tracing::{error, warn};

pub(crate) use backoff::chain;
pub(crate) use page::Fault;
pub(crate) use session::Trouble;

/// How often a node hears from the log.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long the log may take to answer, as long as it has not said how long a lease is.
    pub wait: Duration,
    /// How often it looks for changes that nobody told it about.
    pub poll: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { wait: Duration::from_secs(10), poll: Duration::from_millis(250) }
    }
}

/// Tells the follower that something was committed. Many at once count as one.
#[derive(Debug, Clone, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// Have the log read now.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// The one writer of the live memory.
pub struct Follower<S> {
    feed: Feed<S>,
    draw: Box<dyn Fn() -> NodeId + Send + Sync>,
    node: Option<NodeId>,
}

/// What one session after the other works with.
struct Feed<S> {
    source: S,
    live: Arc<Live>,
    metrics: Arc<Metrics>,
    nudge: Nudge,
    pace: Pace,
}

impl<S: Source> Follower<S> {
    /// A follower that has not begun. `draw` makes a random node id.
    pub fn new(
        source: S,
        live: Arc<Live>,
        metrics: Arc<Metrics>,
        nudge: Nudge,
        pace: Pace,
        draw: impl Fn() -> NodeId + Send + Sync + 'static,
    ) -> Follower<S> {
        let feed = Feed { source, live, metrics, nudge, pace };
        Follower { feed, draw: Box::new(draw), node: None }
    }

    /// Follows until `stop`, which must not come before every door has drained: from then on nothing is
    /// decided, and the node is taken off the record.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        tokio::select! {
            () = stop => {}
            never = self.follow() => match never {},
        }
        self.feed.live.drop_lease();
        if let Some(node) = self.node.take() {
            self.feed.forget(&node).await;
        }
    }

    async fn follow(&mut self) -> Infallible {
        let mut backoff = Backoff::default();
        loop {
            // A fresh id each time: under the old one, another process may have been heard.
            let node = (self.draw)();
            let before = self.node.replace(node.clone());
            match self.feed.session(node, before, &mut backoff).await {
                Trouble::Fault(fault) => {
                    self.feed.live.drop_lease();
                    self.feed.metrics.reloaded(&fault);
                    error!(cause = chain(&fault), "stopped answering; everything is loaded again");
                }
                Trouble::Failed(failure) => backoff.warn(&*failure, "nothing is loaded yet"),
            }
            backoff.wait().await;
        }
    }
}

impl<S: Source> Feed<S> {
    /// Follows under one node id until history breaks, or until nothing can be loaded.
    async fn session(&self, node: NodeId, before: Option<NodeId>, backoff: &mut Backoff) -> Trouble {
        let mut session = match Session::join(self, node, before).await {
            Ok(session) => session,
            Err(trouble) => return trouble,
        };
        loop {
            match session.step().await {
                Ok(caught_up) => {
                    backoff.succeed();
                    if caught_up {
                        self.rest(&session).await;
                    }
                }
                Err(Trouble::Failed(failure)) => {
                    backoff.warn(&*failure, "what is loaded is answered from while its lease lasts");
                    backoff.wait().await;
                }
                Err(fault @ Trouble::Fault(_)) => return fault,
            }
        }
    }

    /// Waits for a nudge, the next poll or the next renewal, whichever comes first.
    async fn rest(&self, session: &Session<'_, S>) {
        let until_renewal = session.renew_at.since(self.live.clock().boot());
        let _ = tokio::time::timeout(self.pace.poll.min(until_renewal), self.nudge.0.notified()).await;
    }

    async fn forget(&self, node: &NodeId) {
        if let Err(failure) = within(self.pace.wait, self.source.deregister(node)).await {
            warn!(node.id = %node, cause = chain(&failure), "the node stays on record until it is found dead");
        }
    }
}

impl<S> fmt::Debug for Follower<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("node", &self.node).finish_non_exhaustive()
    }
}
