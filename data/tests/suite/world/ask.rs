//! One HTTP request to a router, and its answer.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use data::http::RequestId;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt;

pub(crate) struct Ask(Request<Body>);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Ask {
    pub(crate) fn new(method: &str, path: &str, body: impl Into<Body>) -> Ask {
        let mut request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
        request.extensions_mut().insert(RequestId("req-1".into()));
        Ask(request)
    }

    pub(crate) fn get(path: &str) -> Ask {
        Ask::new("GET", path, Body::empty())
    }

    /// A question with this body, from this machine.
    pub(crate) fn verify(body: impl Into<Body>) -> Ask {
        Ask::new("POST", "/v1/verify", body).with("content-type", "application/json").from("127.0.0.1")
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Ask {
        self.0.headers_mut().append(name, value.parse().unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Ask {
        self.0.headers_mut().remove(name);
        self
    }

    pub(crate) fn from(mut self, peer: &str) -> Ask {
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        self.0.extensions_mut().insert(ConnectInfo(peer));
        self
    }

    pub(crate) fn over_unix_socket(mut self) -> Ask {
        self.0.extensions_mut().remove::<ConnectInfo<SocketAddr>>();
        self
    }

    pub(crate) async fn send(self, router: &Router) -> Answer {
        let response = router.clone().oneshot(self.0).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.into()).unwrap(),
        };
        assert_eq!(answer.header("cache-control"), "no-store", "on every answer");
        answer
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The status and the code of a problem, whose other members are checked here.
    pub(crate) fn problem(&self) -> (u16, String) {
        let problem = self.json();
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!((&problem["request_id"], &problem["type"]), (&"req-1".into(), &"about:blank".into()));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }
}
