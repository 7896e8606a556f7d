//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use http::StatusCode;
use hyper::server::conn::http1::{Builder, Parts};
use hyper::service::service_fn;
use tokio::select;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::debug;

use super::farewell::{bytes, leave, linger};
use super::lane::Exit;
use super::limits::Limits;
use super::pace::{Pace, Phase};
use super::refusal::Refusal;
use super::request::Seat;
use super::socket::Socket;
use super::wire::Wire;
use super::{Front, http2, lane, serve::told};

/// The least that hyper can work with.
const BUFFER_BYTES_MIN: usize = 8 << 10;

/// Why a connection is at its end.
enum End {
    Done(hyper::Result<()>),
    Overdue,
    Drained,
}

pub(super) async fn attend(
    mut socket: Socket,
    peer: Option<SocketAddr>,
    app: Router,
    front: Arc<Front>,
    mut drain: watch::Receiver<bool>,
) {
    if front.http2 {
        let spoken = select! {
            spoken = http2::is_spoken(&socket, front.limits.head_wait) => spoken,
            // Nothing was said yet, in whichever language: it ends like any other idle connection.
            () = told(&mut drain) => false,
        };
        if spoken {
            return http2::attend(socket, peer, app, front, drain).await;
        }
    }
    let (mut early, mut due) = (Bytes::new(), Instant::now() + front.limits.head_wait);
    if let Some(direct) = front.direct.as_deref() {
        match lane::run(&mut socket, peer, &front, direct, &mut drain).await {
            Exit::Ended => return linger(socket).await,
            Exit::Cut => return,
            Exit::Other(read, until) => (early, due) = (read.into(), until),
        }
    }
    let pace = Arc::new(Pace::new(front.limits.clone(), due));
    let seat = Arc::new(Seat {
        app,
        front: Arc::clone(&front),
        pace: Arc::clone(&pace),
        peer,
        takeover: Mutex::default(),
    });
    let served = Arc::clone(&seat);
    let service = service_fn(move |request| {
        let seat = Arc::clone(&served);
        async move { Ok::<_, Infallible>(seat.answer(request).await) }
    });
    let wire = Wire::new(socket, early, Arc::clone(&pace), front.relays);
    let mut connection = builder(&front.limits).serve_connection(wire, service);

    let mut overdue = pin!(pace.overdue());
    let mut draining = false;
    let end = loop {
        select! {
            biased;
            done = &mut connection => break End::Done(done),
            () = &mut overdue => break End::Overdue,
            () = told(&mut drain), if !draining => {}
        }
        if matches!(pace.phase(), Phase::Quiet | Phase::Head) {
            break End::Drained;
        }
        draining = true;
        Pin::new(&mut connection).graceful_shutdown();
    };
    let Parts { io, read_buf, .. } = connection.into_parts();
    let takeover = seat.takeover().take();
    if let (End::Done(Ok(())), Some(takeover)) = (&end, takeover) {
        return takeover.run(io.into_inner(), read_buf).await;
    }
    close(io.into_inner(), end, &pace, &read_buf, &front).await;
}

fn builder(limits: &Limits) -> Builder {
    let head_bytes_max = limits.head_bytes_max.max(BUFFER_BYTES_MIN);
    let mut builder = Builder::new();
    // A client may close its sending side after the request and still wait for the answer. It also means that
    // a write once begun is not dropped half way because its client left.
    builder.half_close(true);
    // `Pace` keeps the time; hyper's timer would end idle connections with the slow ones.
    builder.header_read_timeout(None).max_buf_size(head_bytes_max).max_header_size(head_bytes_max);
    // hyper keeps its default number of headers on the stack; any other costs an allocation per request.
    if limits.headers_max != Limits::default().headers_max {
        builder.max_headers(limits.headers_max);
    }
    builder
}

async fn close(socket: Socket, end: End, pace: &Pace, unread: &[u8], front: &Front) {
    let refusal = match (&end, pace.phase()) {
        (End::Overdue, Phase::Head) => Some(Refusal::HeadLate),
        (End::Done(Err(error)), Phase::Quiet | Phase::Head) if error.is_parse() => {
            Some(unreadable(pace.swallowed(), unread, &front.limits))
        }
        (End::Done(_) | End::Overdue | End::Drained, _) => None,
    };
    if let End::Done(Err(error)) = &end {
        debug!("a connection ended early: {error}");
    }
    match (refusal, end) {
        (Some(refusal), _) => leave(socket, &bytes(refusal, front).await).await,
        (None, End::Done(_)) => linger(socket).await,
        (None, End::Overdue | End::Drained) => {}
    }
}

/// hyper says only a status; what it could not read says more.
fn unreadable(status: Option<StatusCode>, unread: &[u8], limits: &Limits) -> Refusal {
    let line = unread.split(|b| *b == b'\n').next().unwrap_or_default();
    // HTTP/2 with prior knowledge begins like a request with this method.
    if line.starts_with(b"PRI ") {
        return Refusal::Method;
    }
    match status {
        Some(StatusCode::URI_TOO_LONG) => Refusal::TargetTooLong,
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) if line.len() > limits.target_bytes_max => {
            Refusal::TargetTooLong
        }
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => Refusal::HeadTooLarge,
        Some(_) | None => Refusal::Malformed("this is not an HTTP/1.1 request"),
    }
}
