//! The body of an upstream's answer on its way to the client. At its end the connection is free for the next request.

use super::line::Line;
use super::standing::Standing;
use super::upstream::Upstream;
use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

pub(super) struct Answer {
    body: Incoming,
    upstream: Arc<Upstream>,
    line: Option<Line>,
    standing: Box<Standing>,
    /// Whether some of it has passed, or was waited for. The first piece mostly comes along with the head.
    is_under_way: bool,
    is_over: bool,
    /// Why it breaks off, until what came before is sent.
    failed: Option<BoxError>,
}

impl Answer {
    pub(super) fn new(
        body: Incoming,
        upstream: Arc<Upstream>,
        line: Line,
        standing: Box<Standing>,
    ) -> Answer {
        Answer {
            body,
            upstream,
            line: Some(line),
            standing,
            is_under_way: false,
            is_over: false,
            failed: None,
        }
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
        if let Some(failed) = this.failed.take() {
            return Poll::Ready(Some(Err(failed)));
        }
        let Some(line) = &mut this.line else { return Poll::Ready(None) };
        if this.is_under_way && this.standing.holds().is_err() {
            return over();
        }
        this.is_under_way = true;
        let Poll::Ready(polled) = line.poll_frame(&mut this.body, this.upstream.waits.quiet, cx) else {
            return if this.standing.poll_over(cx).is_ready() { over() } else { Poll::Pending };
        };
        match polled {
            Some(Err(error)) => {
                this.failed =
                    Some(error.map_or_else(|| "the upstream says nothing more".into(), BoxError::from));
                // hyper drops what it has not sent when a body fails, so it gets a moment to send it.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
            None => {
                this.is_over = true;
                Poll::Ready(None)
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

fn over<T>() -> Poll<Option<Result<T, BoxError>>> {
    Poll::Ready(Some(Err("the key is no longer good for it".into())))
}

impl Drop for Answer {
    fn drop(&mut self) {
        let is_over = self.is_over || self.body.is_end_stream();
        // A connection in the middle of an answer is of no use to anybody.
        if let Some(line) = self.line.take().filter(|_| is_over) {
            self.upstream.keep(line);
        }
    }
}
