//! The last words on a connection that hyper no longer serves.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::response::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body_util::BodyExt;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use tokio::io::AsyncWrite;
use tokio::time::timeout;

use super::refusal::Refusal;
use super::request::stamp;
use super::socket::Socket;
use super::{Front, date};

const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 16 << 20;

/// A refusal as it goes out on the socket.
pub(super) async fn bytes(refusal: Refusal, front: &Front) -> Vec<u8> {
    let id = (front.ids)();
    let mut response = refusal.render(front.render, "", &id);
    stamp(&mut response, &id, front.relays);
    let mut out = Vec::new();
    write(response, &mut out).await;
    out
}

/// Writes an answer whose body is here.
pub(super) async fn write(response: Response, out: &mut Vec<u8>) {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();

    out.extend_from_slice(format!("HTTP/1.1 {}\r\n", head.status).as_bytes());
    for (name, value) in &head.headers {
        if *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
    }
    date::write(out);
    out.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    out.extend_from_slice(&body);
}

/// Says this and closes. It fits into the socket's buffer; a client that left no room there goes without.
pub(super) async fn leave(socket: Socket, last: &[u8]) {
    if timeout(LINGER, socket.writable()).await.is_ok() && socket.try_write(last).is_ok() {
        linger(socket).await;
    }
}

/// Closes our side and waits a little for the client's. A socket closed while the client is still sending
/// would be reset, and the client might never read the answer.
pub(super) async fn linger(mut socket: Socket) {
    let drained = async {
        poll_fn(|cx| Pin::new(&mut socket).poll_shutdown(cx)).await?;
        let mut scratch = vec![0; 8 << 10];
        let mut discarded = 0;
        while discarded < LINGER_BYTES_MAX {
            socket.readable().await?;
            match socket.try_read(&mut scratch) {
                Ok(0) => break,
                Ok(count) => discarded += count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        std::io::Result::Ok(())
    };
    // Whatever went wrong, the client is gone and nobody is left to tell.
    drop(timeout(LINGER, drained).await);
}

/// Says this and closes without waiting for anything, for there is no room to wait in.
pub(super) fn dismiss(socket: &Socket, last: &[u8]) -> rustix::io::Result<()> {
    send(socket, last, SendFlags::NOSIGNAL)?;
    shutdown(socket, Shutdown::Write)?;
    // A request that is already here is taken in, lest closing upon it resets the connection.
    let _ = recv(socket, &mut [0; 4 << 10], RecvFlags::DONTWAIT);
    Ok(())
}
