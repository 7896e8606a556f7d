//! Connections to one upstream that nobody has a request on.

use super::connection::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// How long one is kept. Less than most servers do, lest they close it first.
const WAIT: Duration = Duration::from_secs(30);
/// How many are kept.
const MAX: usize = 256;

/// The one that was used last is on top: the others may be closed in peace.
#[derive(Debug, Default)]
pub(super) struct Idle(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    connections: Vec<(Connection, Instant)>,
    is_swept: bool,
}

impl Idle {
    /// One that still stands.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut kept = lock(&self.0);
        while let Some((mut connection, since)) = kept.connections.pop() {
            if since.elapsed() > WAIT {
                // Whatever is below was put there even earlier.
                kept.connections.clear();
            } else if connection.is_free() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps it, unless something is under way on it still.
    pub(super) fn keep(&self, mut connection: Connection) {
        if !connection.is_free() {
            return;
        }
        let mut kept = lock(&self.0);
        if kept.connections.len() < MAX {
            kept.connections.push((connection, Instant::now()));
        }
        // At the very end there is no runtime any more, and nothing to sweep.
        if !kept.is_swept
            && let Ok(runtime) = Handle::try_current()
        {
            kept.is_swept = true;
            drop(runtime.spawn(sweep(Arc::downgrade(&self.0))));
        }
    }
}

/// Closes those that are too old, until none is left.
async fn sweep(kept: Weak<Mutex<Kept>>) {
    loop {
        sleep(WAIT).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut kept = lock(&kept);
        kept.connections.retain(|(_, since)| since.elapsed() <= WAIT);
        kept.is_swept = !kept.connections.is_empty();
        if !kept.is_swept {
            return;
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Idle, WAIT};
    use crate::gateway::connection::Connection;
    use hyper_util::rt::TokioIo;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};
    use tokio::time::{pause, sleep, timeout};

    /// A connection, and the upstream's end of it.
    async fn connection() -> (Connection, DuplexStream) {
        let (ours, theirs) = duplex(1 << 10);
        (Connection::begin(TokioIo::new(ours)).await.unwrap(), theirs)
    }

    #[tokio::test]
    async fn the_one_that_was_used_last_is_used_next_and_none_that_the_upstream_closed() {
        let idle = Idle::default();
        let (first, kept) = connection().await;
        let (second, closed) = connection().await;
        idle.keep(first);
        idle.keep(second);
        drop(closed);
        assert!(idle.take().is_some());
        assert!(idle.take().is_none());
        drop(kept);
    }

    #[tokio::test]
    async fn one_that_nobody_uses_is_closed_although_nobody_asks() {
        pause();
        let idle = Idle::default();
        let (first, mut upstream) = connection().await;
        idle.keep(first);
        let mut end = [0; 1];
        assert!(timeout(WAIT / 2, upstream.read(&mut end)).await.is_err(), "too early");
        let closed = timeout(WAIT * 2, upstream.read(&mut end)).await;
        assert!(matches!(closed, Ok(Ok(0))));
        // And the next one, when nobody swept any more.
        sleep(Duration::from_secs(60)).await;
        let (next, mut upstream) = connection().await;
        idle.keep(next);
        assert!(matches!(timeout(WAIT * 3, upstream.read(&mut end)).await, Ok(Ok(0))));
    }
}
