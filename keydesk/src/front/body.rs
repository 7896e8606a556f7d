//! The bodies that pass through: a request's, which may break a limit, and an answer's, whose end matters.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::limits::{Large, Limits};
use super::pace::Pace;
use super::refusal::Refusal;

/// A frame keeps hyper's whole read buffer alive, so a body in crumbs would cost far more than its length.
const FRAME_BYTES_MIN: usize = 4 << 10;
const FRAMES_MIN: usize = 4 << 10;
/// A body that is not kept may come in smaller pieces: as the network carries them.
const LARGE_FRAME_BYTES_MIN: usize = 256;

/// A request body that ends in an error as soon as it breaks a limit. The breach is also noted beside it, so
/// that the client is told about it whatever the route makes of the error.
pub(super) struct Capped {
    incoming: Incoming,
    pace: Arc<Pace>,
    bytes_left: usize,
    frames_left: usize,
    is_begun: bool,
    due: Instant,
    /// Of a large body: how often there must be more of it, how much more, and what is still missing of that.
    stride: Option<(Duration, usize)>,
    stride_left: usize,
    /// Made when the body first keeps us waiting; most bodies come along with their head.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Capped {
    pub(super) fn new(incoming: Incoming, limits: &Limits, large: Option<Large>, pace: Arc<Pace>) -> Self {
        let (bytes_max, frame_bytes_min) = match large {
            Some(large) => (large.bytes_max, LARGE_FRAME_BYTES_MIN),
            None => (limits.body_bytes_max, FRAME_BYTES_MIN),
        };
        Self {
            incoming,
            pace,
            bytes_left: bytes_max,
            frames_left: (bytes_max / frame_bytes_min).max(FRAMES_MIN),
            is_begun: false,
            due: Instant::now() + limits.body_wait,
            stride: large.map(|large| (limits.body_wait, large.stride_bytes)),
            stride_left: large.map_or(0, |large| large.stride_bytes),
            alarm: None,
        }
    }

    /// A large body has more time as long as it keeps coming.
    fn keep_going(&mut self, count: usize) {
        let Some((wait, bytes)) = self.stride else { return };
        self.stride_left = self.stride_left.saturating_sub(count);
        if self.stride_left == 0 {
            self.stride_left = bytes;
            self.due = Instant::now() + wait;
            self.alarm = None;
        }
    }

    fn admit(&mut self, bytes: Bytes) -> Result<Bytes, Refusal> {
        self.bytes_left = self.bytes_left.checked_sub(bytes.len()).ok_or(Refusal::BodyTooLarge)?;
        self.frames_left = self.frames_left.checked_sub(1).ok_or(Refusal::BodyTooLarge)?;
        self.keep_going(bytes.len());
        // The first frame of an ordinary body is all of it, and is not worth a copy.
        let is_crumb = self.is_begun && bytes.len() < FRAME_BYTES_MIN;
        self.is_begun = true;
        Ok(if is_crumb { Bytes::copy_from_slice(&bytes) } else { bytes })
    }

    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.alarm.get_or_insert_with(|| Box::pin(sleep_until(self.due))).as_mut().poll(cx)
    }

    fn refuse<T>(&self, refusal: Refusal) -> Poll<Option<Result<T, BoxError>>> {
        self.pace.breach(refusal);
        Poll::Ready(Some(Err(refusal.told().2.into())))
    }
}

impl HttpBody for Capped {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.incoming).poll_frame(cx);
        // hyper may have found an end in what somebody else ends elsewhere, or wait for one.
        if let Some(doubt) = this.pace.doubted() {
            return this.refuse(doubt);
        }
        match polled {
            Poll::Pending if this.poll_late(cx).is_ready() => this.refuse(Refusal::BodyLate),
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Err(_))) => this.refuse(Refusal::Malformed("the body is broken")),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data().map(|bytes| this.admit(bytes)) {
                Ok(Ok(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Ok(Err(refusal)) => this.refuse(refusal),
                Err(trailers) => Poll::Ready(Some(Ok(trailers))),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// An answer's body; hyper drops it once the last of it is in its buffers.
pub(super) struct Answer {
    body: Body,
    pace: Arc<Pace>,
}

impl Answer {
    pub(super) fn new(body: Body, pace: Arc<Pace>) -> Self {
        Self { body, pace }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
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
        self.pace.answered();
    }
}
