//! Holds the writer still, so that what waits for it is known exactly.

use crate::records::note;
use control::store::{Lane, Store, StoreError};
use domain::Version;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// An operation in the middle of its transaction; all that is queued now comes after it, in the same one.
pub(crate) struct Held {
    go: oneshot::Sender<()>,
    operation: JoinHandle<Result<Version, StoreError>>,
}

impl Held {
    /// Answers once the operation is running.
    pub(crate) async fn begin(store: &Arc<Store>) -> Held {
        let (go, gone) = oneshot::channel();
        let (begun, running) = oneshot::channel();
        let store = Arc::clone(store);
        let operation = tokio::spawn(async move {
            let work = async move |tx: &mut control::store::Tx| {
                let version = note(tx, "held").await?;
                begun.send(()).unwrap();
                gone.await.unwrap();
                Ok(version)
            };
            store.write(Lane::Ordinary, work).await
        });
        running.await.unwrap();
        Held { go, operation }
    }

    /// Lets it go on; its own outcome.
    pub(crate) async fn let_go(self) -> Result<Version, StoreError> {
        self.go.send(()).unwrap();
        self.operation.await.unwrap()
    }
}

/// A write that waits in the queue.
pub(crate) type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Puts a write in the queue; the answer when it was refused there and then.
pub(crate) async fn queue<T>(write: &mut Waiting<'_, T>) -> Option<Result<T, StoreError>> {
    poll_fn(|context| match write.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Puts all of them in the queue, in this order; none is answered yet.
pub(crate) async fn queue_all<T>(writes: &mut [Waiting<'_, T>]) {
    for write in writes {
        assert!(queue(write).await.is_none(), "answered while the writer was held");
    }
}

/// The answers, in the order of the writes.
pub(crate) async fn answers<T>(writes: Vec<Waiting<'_, T>>) -> Vec<Result<T, StoreError>> {
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        answers.push(write.await);
    }
    answers
}
