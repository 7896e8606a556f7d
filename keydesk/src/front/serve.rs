//! The accept loop: who gets in, and how the listener ends.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::Front;
use super::connection::attend;
use super::farewell::{bytes, dismiss};
use super::refusal::Refusal;
use super::socket::{Listener, Socket};

/// Serves until `drain` turns true (or its sender is gone), then until the last request is answered or
/// `drain_wait` is over.
pub(crate) async fn serve(listener: Listener, app: Router, front: Front, mut drain: watch::Receiver<bool>) {
    let front = Arc::new(front);
    let mut connections = JoinSet::new();
    loop {
        let (socket, peer) = select! {
            biased;
            () = told(&mut drain) => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    select! { () = told(&mut drain) => break, () = pause(&error) => continue }
                }
            },
            // Reaped as they end, or each would keep its memory until the next one comes.
            Some(_) = connections.join_next() => continue,
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= front.limits.connections_max {
            turn_away(socket, &front).await;
            continue;
        }
        socket.send_at_once();
        connections.spawn(attend(socket, peer, app.clone(), Arc::clone(&front), drain.clone()));
    }
    drop(listener);
    finish(connections, front.limits.drain_wait).await;
}

async fn turn_away(socket: Socket, front: &Front) {
    let refusal = bytes(Refusal::Full, front).await;
    if let Err(error) = dismiss(&socket, &refusal) {
        debug!("a connection over the limit went unanswered: {error}");
    }
}

async fn finish(mut connections: JoinSet<()>, wait: Duration) {
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(wait, all_ended).await.is_err() {
        warn!(connections = connections.len(), "cutting the connections that did not end in time");
        connections.shutdown().await;
    }
}

/// Ends when the server is told to drain. A sender that is gone will never tell, so that counts as well.
pub(super) async fn told(drain: &mut watch::Receiver<bool>) {
    drop(drain.wait_for(|told| *told).await);
}

/// Out of descriptors or memory, trying again at once would only spin.
async fn pause(error: &Error) {
    if !is_the_clients(error) {
        warn!("cannot accept connections: {error}");
        sleep(Duration::from_millis(100)).await;
    }
}

fn is_the_clients(error: &Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
