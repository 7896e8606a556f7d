//! What a request goes out on: a connection of its own, or a share of one.

use super::alarm::Alarm;
use super::connection::{Connection, Unanswered};
use super::shared::Shared;
use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response};
use http_body::Frame;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// HTTP/1.1, or HTTP/2.
pub(super) enum Line {
    Own(Connection),
    Shared(Shared, Alarm),
}

impl Line {
    pub(super) fn shared(shared: Shared) -> Line {
        Line::Shared(shared, Alarm::after(Duration::ZERO))
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Line::Shared(..))
    }

    /// The head of the answer, which must begin within `wait`.
    pub(super) async fn ask(
        &mut self,
        request: Request<Body>,
        wait: Duration,
    ) -> Result<Response<Incoming>, Unanswered> {
        match self {
            Line::Own(connection) => connection.ask(request, wait).await,
            Line::Shared(shared, alarm) => {
                let answer = shared.ask(request, wait).await;
                alarm.set(wait);
                answer
            }
        }
    }

    /// The next piece of the answer; `None` within the error when it says nothing for as long as `wait`.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        wait: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Option<hyper::Error>>>> {
        match self {
            Line::Own(connection) => connection.poll_frame(body, wait, cx),
            Line::Shared(_, alarm) => match Pin::new(body).poll_frame(cx) {
                Poll::Ready(frame) => {
                    alarm.set(wait);
                    Poll::Ready(frame.map(|frame| frame.map_err(Some)))
                }
                Poll::Pending => alarm.poll_late(cx).map(|()| Some(Err(None))),
            },
        }
    }
}
