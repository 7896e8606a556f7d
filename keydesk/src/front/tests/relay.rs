//! The front as it stands before a gateway: what passes is between others, and may take its time.

use super::*;
use crate::front::{Answering, Large, Relay, Takeover, socket::Socket};
use axum::body::{Body, HttpBody, to_bytes};
use axum::response::Response;
use http::{Request, StatusCode};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

pub(super) const SOON: Duration = Duration::from_millis(300);

/// Says back what it is sent: at `/echo` once it is all there, elsewhere as it comes, on a WebSocket, too.
struct Parrot;

impl Relay for Parrot {
    fn answer<'r>(&'r self, request: Request<Body>, _: Option<SocketAddr>, _: &'r str) -> Answering<'r> {
        Box::pin(async move {
            let mut response = Response::default();
            if request.headers().contains_key("upgrade") {
                *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                response.extensions_mut().insert(Takeover::new(say_back));
                return response;
            }
            if request.uri().path() != "/echo" {
                *response.body_mut() = request.into_body();
                return response;
            }
            match to_bytes(request.into_body(), usize::MAX).await {
                Ok(bytes) => *response.body_mut() = Body::from(bytes),
                Err(_) => *response.status_mut() = StatusCode::BAD_GATEWAY,
            }
            response
        })
    }
}

async fn say_back(mut socket: Socket, early: Bytes) {
    socket.write_all(&early).await.unwrap();
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = socket.read(&mut bytes).await {
        socket.write_all(&bytes[..count]).await.unwrap();
    }
}

pub(super) async fn relaying(change: impl FnOnce(&mut Front)) -> Server {
    Server::with(|front| {
        front.http2 = true;
        front.relays = true;
        front.relay = Some(Arc::new(Parrot));
        change(front);
    })
    .await
}

/// A body whose pieces come from elsewhere.
pub(super) struct Pieces(mpsc::Receiver<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

pub(super) fn pieces() -> (mpsc::Sender<Bytes>, Pieces) {
    let (say, hear) = mpsc::channel(1);
    (say, Pieces(hear))
}

pub(super) async fn client(server: &Server) -> SendRequest<Pieces> {
    let io = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (sender, connection) = handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    sender
}

pub(super) async fn send(sender: &mut SendRequest<Pieces>, path: &str, body: Pieces) -> Response<Incoming> {
    let request = Request::post(format!("http://a{path}")).body(body).unwrap();
    timeout(GENEROUS, sender.send_request(request)).await.unwrap().unwrap()
}

pub(super) async fn post(sender: &mut SendRequest<Pieces>, body: Pieces) -> (u16, String) {
    let answer = send(sender, "/echo", body).await;
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.into()).unwrap())
}

#[tokio::test]
async fn a_slow_body_is_cut_over_http2_too_and_holds_up_no_other_request() {
    let large = Large { is: |_, _| true, bytes_max: 64 << 20, stride_bytes: 1000 };
    for large in [None, Some(large)] {
        let server = relaying(|front| {
            front.limits.body_wait = SOON;
            front.limits.large = large;
        })
        .await;
        let mut sender = client(&server).await;
        let (_silence, silent) = pieces();
        let (crumb, crumbs) = pieces();
        let crumbling = async {
            while crumb.send("x".into()).await.is_ok() {
                sleep(SOON / 6).await;
            }
        };
        let (mut first, mut second) = (sender.clone(), sender.clone());
        let (silent, crumbs, ()) =
            tokio::join!(post(&mut first, silent), post(&mut second, crumbs), crumbling);
        for (status, body) in [silent, crumbs] {
            assert_eq!(status, 408);
            assert!(body.contains("request_timeout"), "{body}");
        }
        let (whole, body) = pieces();
        whole.send("hi".into()).await.unwrap();
        drop(whole);
        assert_eq!(post(&mut sender, body).await, (200, "hi".into()));
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_over_http2_too() {
    let server = relaying(|front| front.limits.body_bytes_max = 10_000).await;
    let mut sender = client(&server).await;
    let (say, body) = pieces();
    let endless = async { while say.send(Bytes::from_static(&[b'x'; 1000])).await.is_ok() {} };
    let ((status, body), ()) = tokio::join!(post(&mut sender, body), endless);
    assert_eq!(status, 413, "{body}");
}

#[tokio::test]
async fn what_others_may_read_in_another_way_is_refused_whenever_it_comes() {
    let server = relaying(|_| {}).await;
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
    for body in [
        "1\nx\r\n0\r\n\r\n",
        "1 \nx\r\n0\r\n\r\n",
        "1;a=b\nx\r\n0\r\n\r\n",
        "1;a\rb\r\nx\r\n0\r\n\r\n",
        "1\rx\r\n0\r\n\r\n",
        "1\r\r\nx\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "1\r\nx\r\n0\n\r\n",
        "0\r\n\n",
        "0\r\nX-A: 1\nX-B: 2\r\n\r\n",
        "0\r\nX-A: a\rX-B: 2\r\n\r\n",
    ] {
        let mut together = server.client().await;
        together.send(format!("{head}{body}")).await;
        assert_eq!(together.answer().await.map(|answer| answer.status), Some(400), "{body:?}");
        assert!(together.is_closed().await, "{body:?}");
        // Now the relay has the head, and reads the body, before any of it is there.
        let mut later = server.client().await;
        later.send(head).await;
        assert_eq!(later.answer().await.map(|answer| answer.status), Some(100));
        later.send(body).await;
        assert_eq!(later.answer().await.map(|answer| answer.status), Some(400), "later: {body:?}");
        assert!(later.is_closed().await, "later: {body:?}");
    }
}
