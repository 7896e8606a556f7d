//! What a connection becomes once the upstream has switched to WebSocket: bytes both ways, until either side ends.

use super::standing::Standing;
use axum::body::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, copy_bidirectional};
use tokio::time::{Instant, sleep_until, timeout};

/// How long nothing may go either way. WebSockets that want to stay send pings.
const QUIET_WAIT: Duration = Duration::from_secs(600);
const UPGRADE_WAIT: Duration = Duration::from_secs(5);

/// The upstream's end of a tunnel, among the extensions of an answer 101. Whoever owns the client's connection takes
/// it and runs it once that answer is sent.
#[derive(Clone)]
pub struct Tunnel(Arc<Mutex<Option<End>>>);

/// The upstream's side, and until when it may be used.
type End = (OnUpgrade, Box<Standing>);

impl Tunnel {
    pub(super) fn new(upstream: OnUpgrade, standing: Box<Standing>) -> Tunnel {
        Tunnel(Arc::new(Mutex::new(Some((upstream, standing)))))
    }

    /// Passes on what comes from either side until both have ended, the key is no longer good for it, or nothing has come
    /// for ten minutes. `early` is what the client sent before it was asked. A second call does nothing.
    pub async fn run(self, client: impl AsyncRead + AsyncWrite + Unpin, early: Bytes) {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((upgrade, mut standing)) = taken else { return };
        let Ok(Ok(upstream)) = timeout(UPGRADE_WAIT, upgrade).await else { return };
        let mut upstream = TokioIo::new(upstream);
        if standing.holds().is_err() || upstream.write_all(&early).await.is_err() {
            return;
        }
        let last = Arc::new(Mutex::new(Instant::now()));
        let mut client = Watched { socket: client, last: Arc::clone(&last) };
        let copying = copy_bidirectional(&mut client, &mut upstream);
        tokio::select! {
            biased;
            // Asked whenever anything is to pass, before it does.
            () = poll_fn(|cx| standing.poll_over(cx)) => tracing::debug!("a tunnel was ended: its key is no longer good"),
            ended = until_quiet(copying, &last) => if let Err(error) = ended {
                tracing::debug!("a tunnel ended: {error}");
            },
        }
    }
}

/// Ends with what was copied, or when nothing was for too long.
async fn until_quiet(
    copying: impl Future<Output = std::io::Result<(u64, u64)>>,
    last: &Mutex<Instant>,
) -> std::io::Result<()> {
    let mut copying = pin!(copying);
    loop {
        let due = *last.lock().unwrap_or_else(PoisonError::into_inner) + QUIET_WAIT;
        tokio::select! {
            biased;
            done = &mut copying => return done.map(drop),
            () = sleep_until(due) => {}
        }
        if last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= QUIET_WAIT {
            return Err(ErrorKind::TimedOut.into());
        }
    }
}

/// The client's socket, and when something last went through it: all that passes a tunnel does.
struct Watched<S> {
    socket: S,
    last: Arc<Mutex<Instant>>,
}

impl<S> Watched<S> {
    fn note<T>(&self, done: Poll<std::io::Result<T>>) -> Poll<std::io::Result<T>> {
        if done.is_ready() {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        done
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let done = Pin::new(&mut self.socket).poll_read(cx, buf);
        self.note(done)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let done = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.note(done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

// What is in a tunnel is nobody's business.
impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tunnel")
    }
}
