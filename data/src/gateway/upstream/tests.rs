use super::{Failure, Upstream, Upstreams};
use crate::gateway::Authorities;
use crate::gateway::shared::STREAMS_MAX;
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// What speaks HTTP/2 and refuses the first requests, or never answers; and how often it was connected to, and asked.
struct Moody {
    upstream: Arc<Upstream>,
    connections: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

async fn moody(refused: usize, answers: bool) -> Moody {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = format!("h2c://{}", listener.local_addr().unwrap());
    let upstream = Upstreams::new(Authorities::of_the_web().unwrap()).of(&name).unwrap();
    let (connections, asked) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let moody = Moody { upstream, connections: Arc::clone(&connections), asked: Arc::clone(&asked) };
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::SeqCst);
            let asked = Arc::clone(&asked);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(socket).await.unwrap();
                let mut held = Vec::new();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    if asked.fetch_add(1, Ordering::SeqCst) < refused {
                        respond.send_reset(h2::Reason::REFUSED_STREAM);
                    } else if answers {
                        drop(respond.send_response(Response::new(()), true));
                    }
                    held.push((request, respond));
                }
            });
        }
    });
    moody
}

fn post() -> Box<Request<Body>> {
    Box::new(Request::post("/").body(Body::empty()).unwrap())
}

#[tokio::test]
async fn what_the_upstream_did_not_look_at_is_sent_once_more() {
    let moody = moody(1, true).await;
    assert!(moody.upstream.ask(post(), false).await.is_ok());
    assert_eq!(moody.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_it_refuses_again_is_not_sent_for_ever() {
    let moody = moody(usize::MAX, true).await;
    assert_eq!(moody.upstream.ask(post(), false).await.err(), Some(Failure::Broken));
    assert_eq!(moody.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_that_is_full_is_not_waited_for() {
    let moody = moody(0, false).await;
    let ask = || {
        let upstream = Arc::clone(&moody.upstream);
        tokio::spawn(async move { upstream.ask(post(), false).await.is_ok() })
    };
    let until = async |count| {
        while moody.asked.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let mut asking = vec![ask()];
    until(1).await;
    asking.extend((1..STREAMS_MAX).map(|_| ask()));
    until(STREAMS_MAX).await;
    assert_eq!(moody.connections.load(Ordering::SeqCst), 1);
    asking.push(ask());
    until(STREAMS_MAX + 1).await;
    assert_eq!(moody.connections.load(Ordering::SeqCst), 2);
    asking.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn answers_that_nobody_reads_keep_no_other_from_its_reader() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = format!("h2c://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(socket).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let length = if request.uri().path() == "/large" { 1 << 20 } else { 2 };
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            body.send_data(vec![b'x'; length].into(), true).unwrap();
        }
    });
    let upstream = Upstreams::new(Authorities::of_the_web().unwrap()).of(&name).unwrap();
    let get = |path| Box::new(Request::get(path).body(Body::empty()).unwrap());
    let mut unread = Vec::new();
    for _ in 1..STREAMS_MAX {
        unread.push(upstream.ask(get("/large"), false).await.ok().unwrap());
    }
    let (answer, _line) = upstream.ask(get("/small"), false).await.ok().unwrap();
    let read = timeout(Duration::from_secs(60), answer.into_body().collect()).await;
    assert_eq!(read.expect("not starved").unwrap().to_bytes(), "xx");
}
