//! A node with one key, behind HTTP.

use super::{Answer, Ask, Issued, Log, Node};
use axum::Router;
use domain::TrustedPeers;

pub(crate) struct Desk {
    pub(crate) node: Node,
    pub(crate) router: Router,
    pub(crate) key: Issued,
}

pub(crate) async fn desk() -> Desk {
    let log = Log::new();
    let key = log.issue(|_| ());
    let node = Node::start(&log).await;
    let router = node.router(None, TrustedPeers::loopback());
    Desk { node, router, key }
}

impl Desk {
    pub(crate) async fn send(&self, body: impl Into<axum::body::Body>) -> Answer {
        Ask::verify(body).send(&self.router).await
    }
}
