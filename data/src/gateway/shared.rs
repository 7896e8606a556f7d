//! HTTP/2 connections to an upstream, each for many requests at once.

use super::connection::Unanswered;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// How far an upstream may be ahead of a client that reads slowly.
const STREAM_WINDOW: u32 = 64 << 10;
/// As much as there is: the bound is on each answer, so that no client that reads slowly takes what others need.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;
/// Requests at once on one connection. Most servers take no more than 100 to 250, and the next would wait unseen.
pub(super) const STREAMS_MAX: usize = 100;
const PING_WAIT: Duration = Duration::from_secs(20);

/// Those that stand.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<Vec<Shared>>);

#[derive(Clone)]
pub(super) struct Shared {
    sender: SendRequest<Body>,
    /// Counts who has a request on it, by its copies.
    users: Arc<()>,
}

impl Lines {
    /// One with room for a request.
    pub(super) fn get(&self) -> Option<Shared> {
        let mut all = self.all();
        all.retain(|shared| !shared.sender.is_closed());
        all.iter().find(|shared| Arc::strong_count(&shared.users) <= STREAMS_MAX).cloned()
    }

    pub(super) fn add(&self, shared: &Shared) {
        self.all().push(shared.clone());
    }

    fn all(&self) -> MutexGuard<'_, Vec<Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    pub(super) async fn begin<S>(socket: S) -> hyper::Result<Shared>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            // One that is gone without a word is found out.
            .keep_alive_interval(PING_WAIT);
        let (sender, driver) = builder.handshake(socket).await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!("an HTTP/2 connection to an upstream ended: {error}");
            }
        });
        Ok(Shared { sender, users: Arc::default() })
    }

    /// The head of the answer, which must begin within `wait`.
    pub(super) async fn ask(
        &mut self,
        request: Request<Body>,
        wait: Duration,
    ) -> Result<Response<Incoming>, Unanswered> {
        let asked = timeout(wait, self.sender.try_send_request(request)).await;
        asked.map_err(|_| Unanswered::Late)?.map_err(|failed| Unanswered::Failed(Box::new(failed)))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}
