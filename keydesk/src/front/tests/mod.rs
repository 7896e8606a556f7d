//! The front as a client on the other end of a socket sees it.

mod answers;
mod cases;
mod connections;
mod draining;
mod http2;
mod lane;
mod limits;
mod relay;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::extract::rejection::BytesRejection;
use axum::routing::{any, get, post};
use axum::{Extension, Router};
use hyper::body::Frame;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Front, HostRule, Limits, Listener, Render, RequestId, problem, serve};

/// Nothing here should take this long; it only keeps a broken test from hanging.
const GENEROUS: Duration = Duration::from_secs(20);

fn app() -> Router {
    Router::new()
        .route("/", any(|uri: http::Uri| async move { uri.path().to_owned() }))
        .route("/id", get(|Extension(RequestId(id))| async move { id }))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/careless", post(careless))
        .route("/slow", get(slow))
        .route("/panic", get(panics))
        .route("/endless", get(|| async { Body::new(Endless) }))
}

/// An answer that goes on for as long as somebody takes it.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1024])))))
    }
}

/// Answers 200 whatever became of the body.
async fn careless(body: Result<Bytes, BytesRejection>) {
    drop(body);
}

async fn slow() -> &'static str {
    sleep(Duration::from_millis(300)).await;
    "slow"
}

async fn panics() -> &'static str {
    panic!("the secret is 42")
}

fn get_path(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Front)) -> Self {
        Self::serving(app(), change).await
    }

    async fn serving(app: Router, change: impl FnOnce(&mut Front)) -> Self {
        let next = AtomicU64::new(1);
        let ids = Arc::new(move || format!("{:032x}", next.fetch_add(1, Ordering::Relaxed)));
        let mut front = Front {
            limits: Limits::default(),
            hosts: HostRule::Any,
            ids,
            render: problem,
            http2: false,
            direct: None,
            relay: None,
            relays: false,
        };
        change(&mut front);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, drain) = watch::channel(false);
        let task = tokio::spawn(serve(Listener::Tcp(listener), app, front, drain));
        Self { address, stop, task }
    }

    async fn client(&self) -> Client {
        Client { socket: TcpStream::connect(self.address).await.unwrap(), seen: Vec::new() }
    }

    /// Sends these bytes on a connection of their own and reads the first answer.
    async fn ask(&self, raw: impl AsRef<[u8]>) -> Answer {
        let mut client = self.client().await;
        client.send(raw).await;
        client.answer().await.expect("an answer")
    }

    async fn drain(self) {
        self.stop.send_replace(true);
        timeout(GENEROUS, self.task).await.unwrap().unwrap();
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn problem(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

struct Client {
    socket: TcpStream,
    seen: Vec<u8>,
}

impl Client {
    /// `false` when the server no longer takes anything.
    async fn send(&mut self, raw: impl AsRef<[u8]>) -> bool {
        let mut rest = raw.as_ref();
        while !rest.is_empty() {
            timeout(GENEROUS, self.socket.writable()).await.unwrap().unwrap();
            match self.socket.try_write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// `false` at the end of the connection.
    async fn read(&mut self) -> bool {
        let mut chunk = [0; 4096];
        loop {
            timeout(GENEROUS, self.socket.readable()).await.expect("something to read").unwrap();
            match self.socket.try_read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => {
                    self.seen.extend_from_slice(&chunk[..count]);
                    return true;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
    }

    async fn answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.seen.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.read().await {
                return None;
            }
        };
        let head = String::from_utf8(self.seen.drain(..end).collect()).unwrap();
        let status = head[9..12].parse().unwrap();
        let mut answer = Answer { status, head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.seen.len() < length {
            assert!(self.read().await, "the body ended early");
        }
        answer.body = String::from_utf8(self.seen.drain(..length).collect()).unwrap();
        Some(answer)
    }

    async fn is_closed(&mut self) -> bool {
        assert_eq!(self.seen, b"");
        !self.read().await
    }
}
