//! Requests that come together over HTTP/2 are begun together, so that their answers go out together: on tasks of
//! their own, each would wake the connection for a write of its own, and a write costs as much as a decision.

use std::future::poll_fn;
use std::io::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::rt::{Executor, Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;

use super::socket::Socket;

type Stream = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Takes the requests of one connection, as it finds them.
#[derive(Clone, Default)]
pub(super) struct Together(Arc<Mutex<Vec<Stream>>>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Together {
    fn execute(&self, stream: F) {
        self.found().push(Box::pin(stream));
    }
}

impl Together {
    /// Runs the connection, and whatever it finds.
    pub(super) async fn run<C: Future>(&self, mut connection: Pin<&mut C>) -> C::Output {
        poll_fn(|cx| {
            let done = connection.as_mut().poll(cx);
            self.begin();
            done
        })
        .await
    }

    /// Most are answered at once. What has to wait for something gets a task.
    fn begin(&self) {
        let found = std::mem::take(&mut *self.found());
        for mut stream in found {
            // Nothing needs to wake it: either it is over now, or its task looks again.
            if stream.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                drop(tokio::spawn(stream));
            }
        }
    }

    fn found(&self) -> MutexGuard<'_, Vec<Stream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that is written to from one piece of memory. To one that takes many, h2 hands a body of 256 bytes on by
/// itself, in a write of its own.
pub(super) struct Whole(pub(super) TokioIo<Socket>);

impl Read for Whole {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Whole {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Together;
    use hyper::rt::Executor;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn whatever_came_is_begun_before_the_connection_is_looked_at_again() {
        let (together, begun) = (Together::default(), Arc::new(AtomicUsize::new(0)));
        let mut looks = 0;
        let connection = pin!(poll_fn(|cx| {
            looks += 1;
            if looks == 2 {
                return Poll::Ready(begun.load(Ordering::Relaxed));
            }
            for _ in 0..3 {
                let (begun, waker) = (Arc::clone(&begun), cx.waker().clone());
                together.execute(async move {
                    begun.fetch_add(1, Ordering::Relaxed);
                    // As h2 does for every piece of an answer.
                    waker.wake();
                });
            }
            Poll::Pending
        }));
        assert_eq!(together.run(connection).await, 3);
    }

    #[tokio::test]
    async fn what_has_to_wait_is_woken_although_the_connection_is_not() {
        let (together, (tell, told), (done, ended)) =
            (Together::default(), oneshot::channel::<()>(), oneshot::channel::<()>());
        let waits = async {
            let _ = told.await;
            let _ = done.send(());
        };
        let mut waits = Some(waits);
        let connection = pin!(poll_fn(|_| {
            together.execute(waits.take().unwrap());
            Poll::Ready(())
        }));
        together.run(connection).await;
        tell.send(()).unwrap();
        assert_eq!(ended.await, Ok(()));
    }
}
