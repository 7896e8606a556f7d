//! The socket under hyper, which tells the connection's pace what goes through it.

use std::io::{Error, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use http::StatusCode;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, ReadBuf};

use super::framing::Framing;
use super::pace::{Pace, Phase};
use super::socket::Socket;

pub(super) struct Wire {
    socket: TokioIo<Socket>,
    pace: Arc<Pace>,
    /// What was read before hyper had the connection.
    early: Bytes,
    /// Where the bytes are looked at, too.
    framing: Option<Box<(Framing, [u8; SCRATCH_BYTES])>>,
}

/// As much as is read at once when the bytes are looked at.
const SCRATCH_BYTES: usize = 16 << 10;

impl Wire {
    pub(super) fn new(socket: Socket, early: Bytes, pace: Arc<Pace>, looks: bool) -> Self {
        let framing = looks.then(|| Box::new((Framing::new(), [0; SCRATCH_BYTES])));
        Self { socket: TokioIo::new(socket), pace, early, framing }
    }

    pub(super) fn into_inner(self) -> Socket {
        self.socket.into_inner()
    }

    fn socket(&mut self) -> Pin<&mut TokioIo<Socket>> {
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

impl Framing {
    /// The next bytes; when they can be read in two ways, the pace is told.
    fn look(&mut self, bytes: &[u8], pace: &Pace) {
        self.take(bytes);
        if let Some(fault) = self.fault() {
            pace.doubt(fault);
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
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<Result<(), Error>> {
        let Self { socket, framing, pace, early } = &mut *self;
        if !early.is_empty() {
            let taken = early.split_to(buf.remaining().min(early.len()));
            if let Some(looked) = framing {
                looked.0.look(&taken, pace);
            }
            buf.put_slice(&taken);
        } else if let Some(looked) = framing {
            let (framing, scratch) = &mut **looked;
            let room = buf.remaining().min(SCRATCH_BYTES);
            let mut read = ReadBuf::new(scratch.get_mut(..room).unwrap_or_default());
            ready!(Pin::new(socket.inner_mut()).poll_read(cx, &mut read))?;
            framing.look(read.filled(), pace);
            buf.put_slice(read.filled());
        } else {
            ready!(Pin::new(socket).poll_read(cx, buf))?;
        }
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
