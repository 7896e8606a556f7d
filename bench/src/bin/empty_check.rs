//! What the gRPC door is measured against: tonic, which reads a `CheckRequest` as it does all messages and answers
//! OK without looking at it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct CheckRequest {
    #[prost(message, optional, tag = "1")]
    attributes: Option<Attributes>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Attributes {
    #[prost(message, optional, tag = "4")]
    request: Option<HttpOfRequest>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HttpOfRequest {
    #[prost(message, optional, tag = "2")]
    http: Option<HttpRequest>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HttpRequest {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    method: String,
    #[prost(map = "string, string", tag = "3")]
    headers: HashMap<String, String>,
    #[prost(string, tag = "4")]
    path: String,
    #[prost(string, tag = "5")]
    host: String,
    #[prost(string, tag = "6")]
    scheme: String,
    #[prost(string, tag = "10")]
    protocol: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CheckResponse {
    #[prost(message, optional, tag = "1")]
    status: Option<Nothing>,
    #[prost(message, optional, tag = "3")]
    ok_response: Option<Nothing>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Nothing {}

#[derive(Clone, Copy)]
struct Empty;

impl NamedService for Empty {
    const NAME: &'static str = "envoy.service.auth.v3.Authorization";
}

impl UnaryService<CheckRequest> for Empty {
    type Response = CheckResponse;
    type Future = BoxFuture<Response<CheckResponse>, Status>;

    fn call(&mut self, _: Request<CheckRequest>) -> Self::Future {
        let ok = CheckResponse { status: Some(Nothing {}), ok_response: Some(Nothing {}) };
        Box::pin(async { Ok(Response::new(ok)) })
    }
}

impl Service<http::Request<Body>> for Empty {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async { Ok(Grpc::new(ProstCodec::default()).unary(Empty, request).await) })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = std::env::args().nth(1).ok_or("usage: empty_check ADDRESS")?.parse()?;
    Ok(tonic::transport::Server::builder().tcp_nodelay(true).add_service(Empty).serve(address).await?)
}
