//! The socket under hyper, which tells the connection's pace what goes through it.

use std::io::{Error, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::pace::{Pace, Phase};

pub(super) struct Wire {
    socket: TokioIo<TcpStream>,
    pace: Arc<Pace>,
}

impl Wire {
    pub(super) fn new(socket: TcpStream, pace: Arc<Pace>) -> Self {
        Self { socket: TokioIo::new(socket), pace }
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.socket.into_inner()
    }

    fn socket(&mut self) -> Pin<&mut TokioIo<TcpStream>> {
        Pin::new(&mut self.socket)
    }

    /// When no request is with a route, hyper speaks for itself: a refusal without a body and without an id.
    fn swallow(&self, bytes: &[u8]) -> bool {
        let is_own = matches!(self.pace.phase(), Phase::Quiet | Phase::Head);
        if is_own && let Some(status) = status(bytes) {
            self.pace.swallow(status);
        }
        is_own
    }

    fn note_write(&self, written: &Poll<Result<usize, Error>>) {
        match written {
            Poll::Ready(_) => self.pace.sent(),
            Poll::Pending => self.pace.stalled(),
        }
    }
}

/// `HTTP/1.1 400 …`
fn status(bytes: &[u8]) -> Option<StatusCode> {
    bytes.get(9..12).and_then(|digits| StatusCode::from_bytes(digits).ok())
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<Result<(), Error>> {
        ready!(self.socket().poll_read(cx, buf))?;
        self.pace.arrived();
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        if self.swallow(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = self.socket().poll_write(cx, bytes);
        self.note_write(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        if self.swallow(parts.first().map_or(&[], |part| part)) {
            return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()));
        }
        let written = self.socket().poll_write_vectored(cx, parts);
        self.note_write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.socket().poll_flush(cx))?;
        self.pace.flushed();
        Poll::Ready(Ok(()))
    }

    // The connection shuts the socket down itself, after it has perhaps added a refusal.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }
}
