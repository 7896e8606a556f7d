//! What a request goes out on: a connection of its own, or a share of one.

use super::alarm::Alarm;
use super::connection::{Connection, Piece, Unanswered};
use super::shared::Shared;
use super::waits::Waits;
use axum::body::{Body, HttpBody};
use http::{Request, Response};
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// HTTP/1.1, or HTTP/2.
pub(super) enum Line {
    Own(Connection),
    Shared(Shared, Alarm),
}

impl Line {
    pub(super) fn shared(shared: Shared) -> Line {
        Line::Shared(shared, Alarm::after(Duration::ZERO))
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Line::Shared(..))
    }

    /// The head of the answer. What it then may be silent for counts from here.
    pub(super) async fn ask(
        &mut self,
        request: Box<Request<Body>>,
        waits: Waits,
    ) -> Result<Response<Incoming>, Unanswered> {
        match self {
            Line::Own(connection) => connection.ask(request, waits).await,
            Line::Shared(shared, alarm) => {
                let answer = Box::pin(shared.ask(*request, waits.answer)).await;
                alarm.set(waits.quiet);
                answer
            }
        }
    }

    /// The next piece of the answer, which may be silent for as long as `wait`.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        wait: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<Piece> {
        match self {
            Line::Own(connection) => connection.poll_frame(body, wait, cx),
            Line::Shared(_, alarm) => match Pin::new(body).poll_frame(cx) {
                Poll::Ready(frame) => {
                    alarm.set(wait);
                    Poll::Ready(frame.map(|frame| frame.map_err(Some)))
                }
                Poll::Pending => alarm.poll_late(cx).map(|()| Some(Err(None))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Connection, Context, Duration, HttpBody, Line, Pin, Poll, Request, Shared};
    use super::{Response, Unanswered, Waits};
    use axum::body::Bytes;
    use http_body::Frame;
    use hyper::server::conn::{http1, http2};
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use std::convert::Infallible;
    use std::future::{pending, poll_fn};
    use tokio::io::{DuplexStream, duplex};
    use tokio::time::{Instant, Sleep, pause, sleep};

    const WAIT: Duration = Duration::from_secs(100);
    const WAITS: Waits = Waits { connect: WAIT, answer: WAIT, quiet: WAIT };
    const JUST_IN_TIME: Duration = Duration::from_secs(90);

    /// A body whose pieces come just in time, until it falls silent.
    struct Slow(Pin<Box<Sleep>>, usize);

    impl HttpBody for Slow {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.1 == 0 || self.0.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.0.as_mut().reset(Instant::now() + JUST_IN_TIME);
            self.1 -= 1;
            Poll::Ready(Some(Ok(Frame::data("piece".into()))))
        }
    }

    async fn answer(request: Request<hyper::body::Incoming>) -> Result<Response<Slow>, Infallible> {
        if request.uri().path() == "/silent" {
            pending::<()>().await;
        }
        sleep(JUST_IN_TIME).await;
        Ok(Response::new(Slow(Box::pin(sleep(JUST_IN_TIME)), 3)))
    }

    fn upstream() -> DuplexStream {
        let (ours, theirs) = duplex(1 << 10);
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(theirs), service_fn(answer)));
        ours
    }

    fn upstream_of_http2() -> DuplexStream {
        let (ours, theirs) = duplex(1 << 10);
        let builder = http2::Builder::new(TokioExecutor::new());
        tokio::spawn(builder.serve_connection(TokioIo::new(theirs), service_fn(answer)));
        ours
    }

    async fn lines() -> [Line; 2] {
        let own = Connection::begin(TokioIo::new(upstream())).await.unwrap();
        let shared = Shared::begin(TokioIo::new(upstream_of_http2())).await.unwrap();
        [Line::Own(own), Line::shared(shared)]
    }

    fn request(path: &str) -> Box<Request<Body>> {
        let target = format!("http://upstream{path}");
        Box::new(Request::get(target).header("host", "upstream").body(Body::empty()).unwrap())
    }

    #[tokio::test]
    async fn an_answer_has_all_of_the_time_again_from_its_head_and_from_each_piece() {
        pause();
        for mut line in lines().await {
            let mut body = line.ask(request("/"), WAITS).await.ok().expect("in time").into_body();
            for _ in 0..3 {
                let piece = poll_fn(|cx| line.poll_frame(&mut body, WAIT, cx)).await;
                assert_eq!(piece.unwrap().unwrap().into_data().unwrap(), "piece");
            }
            let before = Instant::now();
            let late = poll_fn(|cx| line.poll_frame(&mut body, WAIT, cx)).await;
            assert!(matches!(late, Some(Err(None))));
            assert_eq!(before.elapsed().as_secs(), WAIT.as_secs());
        }
    }

    #[tokio::test]
    async fn an_answer_that_does_not_begin_is_late() {
        pause();
        for mut line in lines().await {
            let before = Instant::now();
            let late = line.ask(request("/silent"), WAITS).await;
            assert!(matches!(late, Err(Unanswered::Late)));
            assert_eq!(before.elapsed().as_secs(), WAIT.as_secs());
        }
    }
}
