//! An answer 101 may bring along what the connection becomes: after it, the socket is no longer HTTP's.

use super::socket::Socket;
use axum::body::Bytes;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

type Ending = Pin<Box<dyn Future<Output = ()> + Send>>;
type Run = Box<dyn FnOnce(Socket, Bytes) -> Ending + Send>;

/// Found among the extensions of an answer; whoever has the connection runs it once that answer is sent.
#[derive(Clone)]
pub(crate) struct Takeover(Arc<Mutex<Option<Run>>>);

impl Takeover {
    /// `run` gets the socket, and what the client sent beyond its request.
    pub(crate) fn new<F>(run: impl FnOnce(Socket, Bytes) -> F + Send + 'static) -> Takeover
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let run: Run = Box::new(move |socket, early| Box::pin(run(socket, early)));
        Takeover(Arc::new(Mutex::new(Some(run))))
    }

    /// Ends when the connection does. A second call ends at once.
    pub(super) async fn run(self, socket: Socket, early: Bytes) {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(run) = taken {
            run(socket, early).await;
        }
    }
}

impl fmt::Debug for Takeover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Takeover")
    }
}
