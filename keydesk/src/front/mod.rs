//! The front that every listener uses, HTTP/1.1 and, where it is asked for, HTTP/2 without TLS: it bounds what a connection may cost and lets through only
//! requests that can be read in one way.
//!
//! `serve` accepts, `connection` runs hyper on one socket, `request` takes one request through `guard` to its
//! route. `pace` and `wire` keep the time; `refusal` and `farewell` say no.

mod body;
mod connection;
mod farewell;
mod guard;
mod host;
mod http2;
mod limits;
mod pace;
mod refusal;
mod request;
mod serve;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub(crate) use host::HostRule;
pub(crate) use limits::{Large, Limits};
pub(crate) use refusal::{Refused, Render, problem};
pub(crate) use serve::serve;

/// How one listener behaves.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) limits: Limits,
    pub(crate) hosts: HostRule,
    /// Makes a request's id, which must be a valid header value.
    pub(crate) ids: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) render: Render,
    /// Whether a connection may begin as HTTP/2 with prior knowledge (h2c), as gRPC does.
    pub(crate) http2: bool,
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front")
            .field("limits", &self.limits)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// The id of a request, found among its extensions and sent back as `x-request-id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);
