//! The short lane: a loop of our own that answers what gateways ask most, before hyper has the connection. Whatever is
//! not exactly that goes to hyper, with all that was read of it, and the connection stays there.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use axum::response::Response;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::plain::{Begin, Fields, HEAD_BYTES_MAX, read};
use super::request::{X_PINECONE_REQUEST_ID, X_REQUEST_ID, stamp, unharmed};
use super::socket::Socket;
use super::{Direct, Front, date, farewell, serve::told};

/// How the lane is left.
pub(super) enum Exit {
    /// The client has nothing more to say.
    Ended,
    /// The connection is broken, overdue, or not wanted any more.
    Cut,
    /// Not for the lane: what was read, and until when a head must be there.
    Other(Vec<u8>, Instant),
}

/// What woke us.
enum Event {
    Bytes(usize),
    Broken,
    Late,
    Drained,
}

struct Lane<'c> {
    socket: &'c mut Socket,
    front: &'c Front,
    bytes: Vec<u8>,
    filled: usize,
    due: Instant,
    out: Vec<u8>,
}

pub(super) async fn run(
    socket: &mut Socket,
    peer: Option<SocketAddr>,
    front: &Front,
    direct: &dyn Direct,
    drain: &mut watch::Receiver<bool>,
) -> Exit {
    let due = Instant::now() + front.limits.head_wait;
    let (mut alarm, mut told) = (pin!(sleep_until(due)), pin!(told(drain)));
    let bytes = vec![0; HEAD_BYTES_MAX];
    let mut lane = Lane { socket, front, bytes, filled: 0, due, out: Vec::with_capacity(1 << 10) };
    loop {
        let was_quiet = lane.filled == 0;
        match poll_fn(|cx| lane.poll_event(cx, alarm.as_mut(), told.as_mut())).await {
            Event::Bytes(0) if was_quiet => return Exit::Ended,
            // hyper knows what to say to half a request.
            Event::Bytes(0) => return lane.leave(),
            Event::Late if !was_quiet => return lane.leave(),
            Event::Broken | Event::Drained | Event::Late => return Exit::Cut,
            Event::Bytes(count) => lane.filled += count,
        }
        if let Some(exit) = lane.answer_all(peer, direct, was_quiet).await {
            return exit;
        }
    }
}

impl Lane<'_> {
    fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        mut alarm: Pin<&mut Sleep>,
        told: Pin<&mut impl Future<Output = ()>>,
    ) -> Poll<Event> {
        let mut room = ReadBuf::new(self.bytes.get_mut(self.filled..).unwrap_or_default());
        match Pin::new(&mut *self.socket).poll_read(cx, &mut room) {
            Poll::Ready(Ok(())) => return Poll::Ready(Event::Bytes(room.filled().len())),
            Poll::Ready(Err(_)) => return Poll::Ready(Event::Broken),
            Poll::Pending => {}
        }
        if told.poll(cx).is_ready() {
            return Poll::Ready(Event::Drained);
        }
        // A deadline that moved away is left to the next ring: re-arming costs more than a ring.
        if self.due < alarm.deadline() {
            alarm.as_mut().reset(self.due);
        }
        while alarm.as_mut().poll(cx).is_ready() {
            if self.due <= Instant::now() {
                return Poll::Ready(Event::Late);
            }
            alarm.as_mut().reset(self.due);
        }
        Poll::Pending
    }

    /// Answers the requests that are here whole, one after another.
    async fn answer_all(
        &mut self,
        peer: Option<SocketAddr>,
        direct: &dyn Direct,
        was_quiet: bool,
    ) -> Option<Exit> {
        let (limits, mut start, mut begin) = (&self.front.limits, 0, Begin::Part);
        while start < self.filled {
            begin = self.answer(start, peer, direct).await;
            let Begin::Plain(length) = begin else { break };
            start += length;
            if !self.send().await {
                return Some(Exit::Cut);
            }
        }
        if start > 0 {
            self.bytes.copy_within(start..self.filled, 0);
            self.filled -= start;
            self.due = Instant::now() + limits.idle_wait;
        }
        if self.filled == 0 {
            return None;
        }
        if start > 0 || was_quiet {
            self.due = self.due.min(Instant::now() + limits.head_wait);
        }
        let has_room = self.filled < self.bytes.len();
        if begin == Begin::Part && has_room { None } else { Some(self.leave()) }
    }

    /// Makes the answer to the request that begins here, if it is one for the lane.
    async fn answer(&mut self, start: usize, peer: Option<SocketAddr>, direct: &dyn Direct) -> Begin {
        let (begin, other) = {
            let bytes = self.bytes.get(start..self.filled).unwrap_or_default();
            let mut fields = Fields::new();
            let begin = read(bytes, &mut fields, self.front, direct);
            let Begin::Plain(_) = begin else { return begin };
            (begin, write(&mut self.out, &fields, peer, self.front, direct))
        };
        if let Some(response) = other {
            self.out.clear();
            farewell::write(response, &mut self.out).await;
        }
        begin
    }

    /// Whether all of it went out. A reader may take its time as long as it takes something.
    async fn send(&mut self) -> bool {
        let mut rest = self.out.as_slice();
        while !rest.is_empty() {
            match self.socket.try_write(rest) {
                Ok(0) => return false,
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let writable = timeout(self.front.limits.write_wait, self.socket.writable()).await;
                    if !matches!(writable, Ok(Ok(()))) {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
        true
    }

    fn leave(&mut self) -> Exit {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.truncate(self.filled);
        Exit::Other(bytes, self.due)
    }
}

/// Writes the usual answer, or returns another.
fn write(
    out: &mut Vec<u8>,
    fields: &Fields<'_>,
    peer: Option<SocketAddr>,
    front: &Front,
    direct: &dyn Direct,
) -> Option<Response> {
    let id = (front.ids)();
    out.clear();
    out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    let answered = unharmed(|| direct.answer_lines(fields, peer, &id, out), &id);
    let other = answered.unwrap_or_else(|refusal| Some(refusal.render(front.render, "", &id)));
    if let Some(mut response) = other {
        stamp(&mut response, &id, front.relays);
        return Some(response);
    }
    for name in [X_REQUEST_ID, X_PINECONE_REQUEST_ID] {
        for part in [name.as_str(), ": ", &id, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"x-content-type-options: nosniff\r\ncontent-length: 0\r\n");
    date::write(out);
    out.extend_from_slice(b"\r\n");
    None
}
