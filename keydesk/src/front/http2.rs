//! One connection that speaks HTTP/2 with prior knowledge (h2c), as gRPC does: the same checks and the same limits
//! as over HTTP/1.1, with many requests at once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::Request;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::select;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::debug;

use super::body::Capped;
use super::limits::Limits;
use super::pace::Pace;
use super::refusal::Refusal;
use super::request::{direct, routed, stamp, unharmed};
use super::socket::Socket;
use super::together::{Together, Whole};
use super::{Direct, Front, guard, serve::told};

/// What every client begins with (RFC 9113 section 3.4). No method of HTTP/1.1 begins with its first three bytes.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const TELLING: usize = 3;
/// Requests at once on one connection.
const STREAMS_MAX: u32 = 256;
/// How far a client may be ahead of us in one body; no question is longer.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
const FRAME_BYTES_MAX: u32 = 16 << 10;
/// Streams that a client opened and reset before they were looked at (CVE-2023-44487).
const RESETS_MAX: usize = 20;
const PING_WAIT: Duration = Duration::from_secs(20);

/// Whether the connection begins as HTTP/2 does. Nothing is taken from it.
pub(super) async fn is_spoken(socket: &Socket, wait: Duration) -> bool {
    let first = async {
        let mut seen = [0; TELLING];
        loop {
            socket.readable().await?;
            let count = socket.peek(&mut seen).await?;
            let begin = seen.get(..count).unwrap_or_default();
            if count == 0 || !PREFACE.starts_with(begin) {
                return std::io::Result::Ok(false);
            }
            if count == TELLING {
                return Ok(true);
            }
            // What is there already would wake us at once, again and again.
            sleep(Duration::from_millis(5)).await;
        }
    };
    matches!(timeout(wait, first).await, Ok(Ok(true)))
}

pub(super) async fn attend(
    socket: Socket,
    peer: Option<SocketAddr>,
    app: Router,
    front: Arc<Front>,
    mut drain: watch::Receiver<bool>,
) {
    let limits = front.limits.clone();
    let desk = Arc::new(Desk { app, front, peer, under_way: Mutex::default() });
    let served = Arc::clone(&desk);
    let service = service_fn(move |request| {
        let desk = Arc::clone(&served);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    let together = Together::default();
    let mut connection =
        pin!(builder(&limits, &together).serve_connection(Whole(TokioIo::new(socket)), service));
    let mut ring = pin!(sleep_until(Instant::now() + limits.head_wait));
    let mut leaving = false;
    loop {
        select! {
            biased;
            done = together.run(connection.as_mut()) => {
                if let Err(error) = done {
                    debug!("an HTTP/2 connection ended early: {error}");
                }
                return;
            }
            () = told(&mut drain), if !leaving => {}
            () = &mut ring => match desk.due(&limits) {
                _ if desk.is_stalled(&limits) => return,
                Some(due) if !leaving => {
                    ring.as_mut().reset(due);
                    continue;
                }
                // It was asked to end, and did not.
                _ if leaving => return,
                _ => {}
            }
        }
        leaving = true;
        connection.as_mut().graceful_shutdown();
        ring.as_mut().reset(Instant::now() + limits.drain_wait);
    }
}

fn builder(limits: &Limits, together: &Together) -> Builder<Together> {
    let head_bytes_max = u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX);
    let mut builder = Builder::new(together.clone());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_header_list_size(head_bytes_max)
        .max_pending_accept_reset_streams(RESETS_MAX)
        .max_send_buf_size(STREAM_WINDOW as usize)
        // A peer that is gone without a word is found out; one that is there answers.
        .keep_alive_interval(PING_WAIT)
        .keep_alive_timeout(limits.head_wait);
    builder
}

/// What the requests of one connection share.
struct Desk {
    app: Router,
    front: Arc<Front>,
    peer: Option<SocketAddr>,
    under_way: Mutex<UnderWay>,
}

/// The requests that are being answered.
#[derive(Default)]
struct UnderWay {
    count: usize,
    /// When the last one was.
    ended: Option<Instant>,
    /// Answers of which the client has not taken what there is, since when.
    untaken: BTreeMap<u64, Instant>,
    next: u64,
}

impl Desk {
    /// Until when the connection may stand as it does; `None` when it has been quiet for too long.
    fn due(&self, limits: &Limits) -> Option<Instant> {
        let now = Instant::now();
        let under_way = self.under_way();
        match (under_way.count, under_way.ended) {
            (1.., _) => Some(now + limits.idle_wait.min(limits.write_wait)),
            (0, Some(ended)) => Some(ended + limits.idle_wait).filter(|due| *due > now),
            (0, None) => None,
        }
    }

    /// Whether the client has left an answer where it is for too long. Nobody asks for more of that one, so nothing else
    /// would find out, and what it comes from is kept waiting.
    fn is_stalled(&self, limits: &Limits) -> bool {
        self.under_way().untaken.values().any(|since| since.elapsed() > limits.write_wait)
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self: &Arc<Self>, request: Request<Incoming>) -> Response<Held> {
        let counted = Counted::new(Arc::clone(self));
        let id = (self.front.ids)();
        let (mut head, body) = request.into_parts();
        let called = self.front.direct.as_deref().filter(|direct| direct.wants_body(&head));
        // A call has one path, and what refuses it is read by a program.
        let uri = called.is_none().then(|| head.uri.clone());
        let answering = async {
            guard::check(&head, &body, &self.front)?;
            match (direct(&self.front, &mut head, self.peer, &id), called) {
                (Some(response), _) => Ok(response),
                (None, Some(direct)) => self.call(direct, head, body, &id).await,
                // A task is made for each request, and as large as the longest way through it.
                (None, None) => Box::pin(self.route(head, body, &id)).await,
            }
        };
        let answered = if self.front.relays {
            answering.await
        } else {
            // One time for the whole request: a slow one holds up no other.
            timeout(self.front.limits.body_wait, answering).await.unwrap_or(Err(Refusal::BodyLate))
        };
        let mut response = answered.unwrap_or_else(|refusal| {
            let path = uri.as_ref().map_or("", |uri| uri.path());
            refusal.render(self.front.render, path, &id)
        });
        // Nobody reads these in the answer to a gRPC call, and a value that is new each time costs HPACK most.
        if called.is_none() {
            stamp(&mut response, &id, self.front.relays);
        }
        response.map(|body| Held { body, counted })
    }

    /// What is answered past the routes, but with a body.
    async fn call(
        &self,
        direct: &dyn Direct,
        mut head: Parts,
        body: Incoming,
        id: &str,
    ) -> Result<Response, Refusal> {
        let body = whole(body, self.front.limits.body_bytes_max).await?;
        unharmed(|| direct.answer_whole(&mut head, self.peer, id, &body), id)
    }

    async fn route(&self, head: Parts, body: Incoming, id: &str) -> Result<Response, Refusal> {
        let limits = &self.front.limits;
        let pace = Arc::new(Pace::new(limits.clone(), Instant::now() + limits.head_wait));
        let body = if body.is_end_stream() {
            Body::empty()
        } else if self.front.relays {
            Body::new(Capped::new(body, limits, limits.large(&head.method, &head.uri), Arc::clone(&pace)))
        } else {
            Body::new(Limited::new(body, limits.body_bytes_max))
        };
        let request = Request::from_parts(head, body);
        routed(&self.app, &self.front, request, self.peer, &pace, id).await
    }
}

/// All of a body. That of a call comes in one piece, which is not worth a copy.
async fn whole(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Refusal> {
    let (mut first, mut all) = (Bytes::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Malformed("the body is broken"))?;
        let Ok(piece) = frame.into_data() else { continue };
        if first.len().max(all.len()) + piece.len() > bytes_max {
            return Err(Refusal::BodyTooLarge);
        }
        if first.is_empty() {
            first = piece;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&piece);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

/// A request under way until all of its answer is sent, or its client resets it.
struct Counted(Arc<Desk>, u64);

impl Counted {
    fn new(desk: Arc<Desk>) -> Counted {
        let mut under_way = desk.under_way();
        under_way.count += 1;
        under_way.next += 1;
        let number = under_way.next;
        drop(under_way);
        Counted(desk, number)
    }

    /// Notes whose turn it is: the client's, once it was given a piece. Only a relay's answers have many.
    fn gave(&self, is_clients_turn: bool) {
        if !self.0.front.relays {
            return;
        }
        let untaken = &mut self.0.under_way().untaken;
        if is_clients_turn {
            untaken.insert(self.1, Instant::now());
        } else {
            untaken.remove(&self.1);
        }
    }
}

/// An answer that counts as under way.
struct Held {
    body: Body,
    counted: Counted,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.counted.gave(matches!(polled, Poll::Ready(Some(Ok(_)))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut under_way = self.0.under_way();
        under_way.count = under_way.count.saturating_sub(1);
        under_way.ended = Some(Instant::now());
        under_way.untaken.remove(&self.1);
    }
}
