//! One connection to an upstream, for one request at a time. Whoever has the request runs it: a task of its own would
//! have to be woken for every piece of the way, and to wake.

use super::alarm::Alarm;
use super::waits::Waits;
use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response};
use http_body::Frame;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What an answer goes on with: a piece, its end, or why there is none; no error when it was silent for too long.
pub(super) type Piece = Option<Result<Frame<Bytes>, Option<hyper::Error>>>;

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

pub(super) struct Connection {
    sender: SendRequest<Body>,
    /// What moves the bytes; `None` when the connection is over.
    driver: Option<Driver>,
    alarm: Alarm,
}

/// Why a request has no answer.
pub(super) enum Unanswered {
    Late,
    /// With the request, if nothing of it was sent.
    Failed(Box<TrySendError<Request<Body>>>),
}

impl Connection {
    pub(super) async fn begin<S>(socket: S) -> hyper::Result<Connection>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let (sender, driver) = handshake(socket).await?;
        let driver: Driver = Box::pin(driver.with_upgrades());
        Ok(Connection { sender, driver: Some(driver), alarm: Alarm::after(Duration::ZERO) })
    }

    /// Whether nothing is under way on it, and it is still there.
    pub(super) fn is_free(&mut self) -> bool {
        self.drive(&mut unwoken());
        self.driver.is_some() && self.sender.is_ready()
    }

    /// The head of the answer. What it then may be silent for counts from here.
    pub(super) async fn ask(
        &mut self,
        request: Box<Request<Body>>,
        waits: Waits,
    ) -> Result<Response<Incoming>, Unanswered> {
        self.alarm.set(waits.answer);
        let mut asked = pin!(self.sender.try_send_request(*request));
        let (driver, alarm) = (&mut self.driver, &mut self.alarm);
        let answered = poll_fn(|cx| {
            drive(driver, cx);
            // Only the driver, which is run here, could wake it.
            if let Poll::Ready(answered) = asked.as_mut().poll(&mut unwoken()) {
                return Poll::Ready(answered.map_err(|failed| Unanswered::Failed(Box::new(failed))));
            }
            alarm.poll_late(cx).map(|()| Err(Unanswered::Late))
        })
        .await;
        alarm.set(waits.quiet);
        answered
    }

    /// The next piece of the answer, which may be silent for as long as `wait`.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        wait: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<Piece> {
        let mut polled = Pin::new(&mut *body).poll_frame(&mut unwoken());
        if polled.is_pending() {
            self.drive(cx);
            polled = Pin::new(body).poll_frame(&mut unwoken());
        }
        match polled {
            Poll::Ready(frame) => {
                self.alarm.set(wait);
                Poll::Ready(frame.map(|frame| frame.map_err(Some)))
            }
            Poll::Pending => self.alarm.poll_late(cx).map(|()| Some(Err(None))),
        }
    }

    /// Leaves what is still to be done, as for a WebSocket, to a task.
    pub(super) fn go_on(self) {
        if let Some(driver) = self.driver {
            drop(tokio::spawn(driver));
        }
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }
}

fn drive(driver: &mut Option<Driver>, cx: &mut Context<'_>) {
    if let Some(driven) = driver
        && let Poll::Ready(ended) = driven.as_mut().poll(cx)
    {
        // With it goes what it had not sent, and whoever waits is told.
        *driver = None;
        if let Err(error) = ended {
            tracing::debug!("a connection to an upstream ended: {error}");
        }
    }
}

fn unwoken() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}
