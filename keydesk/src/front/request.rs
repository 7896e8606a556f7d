//! One request: an id, the checks, the route, and the headers that every answer carries.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use tower::ServiceExt;
use tracing::error;

use super::body::{Answer, Capped};
use super::pace::Pace;
use super::refusal::Refusal;
use super::{Front, RequestId, Takeover, guard};

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(super) const X_PINECONE_REQUEST_ID: HeaderName = HeaderName::from_static("x-pinecone-request-id");

/// What the requests of one connection share.
pub(super) struct Seat {
    pub(super) app: Router,
    pub(super) front: Arc<Front>,
    pub(super) pace: Arc<Pace>,
    pub(super) peer: Option<SocketAddr>,
    /// What the connection becomes after the answer that is being sent.
    pub(super) takeover: Mutex<Option<Takeover>>,
}

impl Seat {
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Answer> {
        self.pace.serving();
        let id = (self.front.ids)();
        let (mut head, body) = request.into_parts();
        let checked = self.pace.doubted().map_or(Ok(()), Err);
        let checked = checked.and_then(|()| guard::check(&head, &body, &self.front));
        let direct = checked.ok().and_then(|()| direct(&self.front, &mut head, self.peer, &id));
        let mut response = match direct {
            Some(response) => response,
            None => self.answer_slowly(checked, head, body, &id).await,
        };
        stamp(&mut response, &id, self.front.relays);
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            *self.takeover() = response.extensions_mut().remove();
        }
        response.map(|body| Answer::new(body, Arc::clone(&self.pace)))
    }

    pub(super) fn takeover(&self) -> MutexGuard<'_, Option<Takeover>> {
        self.takeover.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer_slowly(
        &self,
        checked: Result<(), Refusal>,
        head: Parts,
        body: Incoming,
        id: &str,
    ) -> Response {
        let uri = head.uri.clone();
        let answered = match checked {
            Ok(()) => self.route(head, body, id).await,
            Err(refusal) => Err(refusal),
        };
        answered.unwrap_or_else(|refusal| refusal.render(self.front.render, uri.path(), id))
    }

    async fn route(&self, head: Parts, body: Incoming, id: &str) -> Result<Response, Refusal> {
        let body = self.body(&head, body);
        let request = Request::from_parts(head, body);
        routed(&self.app, &self.front, request, self.peer, &self.pace, id).await
    }

    fn body(&self, head: &Parts, incoming: Incoming) -> Body {
        if incoming.is_end_stream() {
            return Body::empty();
        }
        let limits = &self.front.limits;
        let large = limits.large(&head.method, &head.uri);
        Body::new(Capped::new(incoming, limits, large, Arc::clone(&self.pace)))
    }
}

/// The answer of the relay or of a route.
pub(super) async fn routed(
    app: &Router,
    front: &Front,
    mut request: Request<Body>,
    peer: Option<SocketAddr>,
    pace: &Pace,
    id: &str,
) -> Result<Response, Refusal> {
    let answered = match &front.relay {
        Some(relay) => caught(relay.answer(request, peer, id)).await,
        None => {
            if let Some(peer) = peer {
                request.extensions_mut().insert(ConnectInfo(peer));
            }
            request.extensions_mut().insert(RequestId(id.to_owned()));
            let answered = caught(async { app.clone().oneshot(request).await }).await;
            answered.map(|Ok(response)| response)
        }
    };
    // A route may have made something else of the error that ended the body.
    if let Some(refusal) = pace.breached() {
        return Err(refusal);
    }
    answered.ok_or_else(|| {
        error!(request.id = id, "a handler panicked");
        Refusal::Panicked
    })
}

/// What is answered past the routes.
pub(super) fn direct(
    front: &Front,
    head: &mut Parts,
    peer: Option<SocketAddr>,
    id: &str,
) -> Option<Response> {
    let direct = front.direct.as_ref()?;
    let answered = unharmed(|| direct.answer(head, peer, id), id);
    answered.unwrap_or_else(|refusal| Some(refusal.render(front.render, head.uri.path(), id)))
}

/// A panic is an answer like others.
pub(super) fn unharmed<T>(answer: impl FnOnce() -> T, id: &str) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(answer)).map_err(|_| {
        error!(request.id = id, "a handler panicked");
        Refusal::Panicked
    })
}

/// Puts on what every answer carries, over whatever a route said; what an upstream said stays as it is.
pub(super) fn stamp<B>(response: &mut Response<B>, id: &str, relays: bool) {
    let headers = response.headers_mut();
    if relays {
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.entry(X_REQUEST_ID).or_insert(id);
        }
        return;
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_PINECONE_REQUEST_ID, id.clone());
        headers.insert(X_REQUEST_ID, id);
    }
}

/// `None` when the future panicked. It is not polled again after that, so what it left half done is not seen.
pub(super) async fn caught<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Err(_) => Poll::Ready(None),
    })
    .await
}
