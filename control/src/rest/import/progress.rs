//! The answer line by line: how far the import is, and as the last line what came of it.

use super::{LINES, outcome, report};
use crate::Error;
use crate::ops::import::{Imported, Progress};
use crate::rest::{answer, render};
use api::admin::ImportProgress;
use api::error::AdminError;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http_body::Frame;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The head of the answer leaves before the outcome is known, so a refusal stands in the last line, with its
/// status.
pub(super) fn lines(told: mpsc::Receiver<Progress>, work: JoinHandle<Result<Imported, Error>>) -> Response {
    let mut response = Response::new(Body::new(Lines { told, work: Some(work) }));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(LINES));
    render::no_store(response)
}

struct Lines {
    told: mpsc::Receiver<Progress>,
    /// `None` when its outcome is said.
    work: Option<JoinHandle<Result<Imported, Error>>>,
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(progress) = ready!(self.told.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(line(&shown(progress)))));
        }
        let Some(work) = self.work.as_mut() else { return Poll::Ready(None) };
        let ended = ready!(Pin::new(work).poll(cx));
        self.work = None;
        Poll::Ready(Some(Ok(last(outcome(ended)))))
    }
}

fn shown(progress: Progress) -> ImportProgress {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    ImportProgress { done: count(progress.done), total: count(progress.total) }
}

fn last(outcome: Result<Imported, Error>) -> Frame<Bytes> {
    match outcome {
        Ok(imported) => line(&report(imported)),
        Err(error) => {
            let (status, error) = answer::told(&error);
            line(&AdminError { error, status: status.as_u16() })
        }
    }
}

fn line(value: &impl Serialize) -> Frame<Bytes> {
    let mut text = serde_json::to_vec(value).unwrap_or_default();
    text.push(b'\n');
    Frame::data(text.into())
}
