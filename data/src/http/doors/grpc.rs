//! `envoy.service.auth.v3.Authorization/Check`: one message in, one message out, over HTTP/2.
//!
//! A unary call needs no more of gRPC than a prefix of five bytes and two trailers.

use super::super::{Caller, Desk, Shared, verify};
use super::asked::Headers;
use super::decide::decide;
use super::forward::fields;
use super::identity::Identity;
use super::message::{self, Check};
use super::refused::Refused;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The longest question: the headers of a request, twice, and room to spare. Its body is not wanted.
const BYTES_MAX: usize = 64 * 1024;
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// Why there is no answer: a gRPC status. Envoy then goes by what it was configured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    InvalidArgument = 3,
    ResourceExhausted = 8,
    Unimplemented = 12,
}

/// The method.
pub(in super::super) const PATH: &str = "/envoy.service.auth.v3.Authorization/Check";

pub(super) async fn check(State(desk): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match to_bytes(body, BYTES_MAX).await {
        Ok(framed) => answer(&desk, &head, Caller::of(&head.extensions), &framed),
        Err(_) => say(Err(Status::ResourceExhausted)),
    }
}

pub(in super::super) fn answer(desk: &Desk, head: &Parts, caller: Caller<'_>, framed: &[u8]) -> Response {
    say(checked(desk, head, caller, framed))
}

fn say(answer: Result<Bytes, Status>) -> Response {
    let mut response = match answer {
        Ok(message) => Response::new(Body::new(Reply::new(message))),
        Err(status) => {
            let mut response = Response::new(Body::empty());
            response.headers_mut().insert(GRPC_STATUS, HeaderValue::from(status as u16));
            response
        }
    };
    response.headers_mut().insert(CONTENT_TYPE, GRPC);
    response
}

fn checked(desk: &Desk, head: &Parts, caller: Caller<'_>, framed: &[u8]) -> Result<Bytes, Status> {
    let kind = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if kind != b"application/grpc" && kind != b"application/grpc+proto" {
        return Err(Status::Unimplemented);
    }
    let message = unframed(framed)?;
    let check = message::read(message).ok_or(Status::InvalidArgument)?;
    let is_trusted = verify::is_trusted(desk, fields(&head.headers), caller);
    let answer = if is_trusted { decided(desk, &check) } else { Err(Refused::Untrusted) };
    Ok(match answer {
        Ok(identity) => message::pass(&identity),
        Err(refused) => message::refuse(&refused, caller.id),
    })
}

fn decided(desk: &Desk, check: &Check<'_>) -> Result<Identity, Refused> {
    let headers = Headers::read(check.headers.iter().copied(), None);
    let client = headers.client(check.peer.and_then(|peer| peer.parse().ok()), &desk.trusted);
    decide(desk, &headers.about(check.host, check.method, check.path, client)?)
}

/// The one message of the body: not compressed, as long as it says, and nothing behind it.
fn unframed(framed: &[u8]) -> Result<&[u8], Status> {
    let (prefix, message) = framed.split_first_chunk::<5>().ok_or(Status::InvalidArgument)?;
    let [compressed, length @ ..] = *prefix;
    if compressed != 0 {
        return Err(Status::Unimplemented);
    }
    let is_whole = usize::try_from(u32::from_be_bytes(length)) == Ok(message.len());
    if is_whole { Ok(message) } else { Err(Status::InvalidArgument) }
}

/// A message, then the trailers that say it is all.
struct Reply {
    message: Option<Bytes>,
    is_ended: bool,
}

impl Reply {
    fn new(message: Bytes) -> Reply {
        Reply { message: Some(message), is_ended: false }
    }
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(message) = self.message.take() {
            return Poll::Ready(Some(Ok(Frame::data(message))));
        }
        if std::mem::replace(&mut self.is_ended, true) {
            return Poll::Ready(None);
        }
        let mut trailers = HeaderMap::with_capacity(1);
        trailers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_ended
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
