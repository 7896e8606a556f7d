//! The body of an upstream's answer on its way to the client. At its end the connection is free for the next request.

use super::upstream::Upstream;
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long an answer may say nothing at all, once it has begun.
const QUIET_WAIT: Duration = Duration::from_secs(320);

pub(super) struct Answer {
    body: Incoming,
    connection: Option<(Arc<Upstream>, SendRequest<Body>)>,
    is_over: bool,
    /// Made when the upstream first keeps us waiting.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Answer {
    pub(super) fn new(body: Incoming, upstream: Arc<Upstream>, connection: SendRequest<Body>) -> Answer {
        Answer { body, connection: Some((upstream, connection)), is_over: false, alarm: None }
    }

    fn poll_quiet(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = || Box::pin(sleep_until(Instant::now() + QUIET_WAIT));
        self.alarm.get_or_insert_with(due).as_mut().poll(cx)
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        match polled {
            Poll::Pending if this.poll_quiet(cx).is_ready() => {
                Poll::Ready(Some(Err("the upstream says nothing more".into())))
            }
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                this.is_over = frame.is_none();
                this.alarm = None;
                Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let is_over = self.is_over || self.body.is_end_stream();
        // A connection in the middle of an answer is of no use to anybody.
        if let Some((upstream, connection)) = self.connection.take().filter(|_| is_over) {
            upstream.keep(connection);
        }
    }
}
