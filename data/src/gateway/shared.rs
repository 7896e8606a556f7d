//! One HTTP/2 connection to an upstream, on which all requests go at once.

use super::connection::Unanswered;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// How far an upstream may be ahead of a client that reads slowly.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 4 << 20;
const PING_WAIT: Duration = Duration::from_secs(20);

/// The newest one, while it stands.
#[derive(Debug, Default)]
pub(super) struct Newest(Mutex<Option<Shared>>);

#[derive(Clone)]
pub(super) struct Shared(SendRequest<Body>);

impl Newest {
    pub(super) fn get(&self) -> Option<Shared> {
        let mut newest = self.newest();
        newest.take_if(|shared| shared.0.is_closed());
        newest.clone()
    }

    pub(super) fn set(&self, shared: &Shared) {
        *self.newest() = Some(shared.clone());
    }

    fn newest(&self) -> MutexGuard<'_, Option<Shared>> {
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
        Ok(Shared(sender))
    }

    /// The head of the answer, which must begin within `wait`.
    pub(super) async fn ask(
        &mut self,
        request: Request<Body>,
        wait: Duration,
    ) -> Result<Response<Incoming>, Unanswered> {
        let asked = timeout(wait, self.0.try_send_request(request)).await;
        asked.map_err(|_| Unanswered::Late)?.map_err(|failed| Unanswered::Failed(Box::new(failed)))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}
