//! How much one connection may ask for, and how long it may take.

use http::{Method, Uri};
use std::time::Duration;

/// The bounds of one listener. Every listener has its own, so that a flood on one leaves the other alone.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Request line and headers together. hyper wants 8 KiB at least; less is read as 8 KiB.
    pub(crate) head_bytes_max: usize,
    pub(crate) headers_max: usize,
    /// One header, name and value.
    pub(crate) field_bytes_max: usize,
    pub(crate) target_bytes_max: usize,
    pub(crate) body_bytes_max: usize,
    /// Requests that may have a larger body.
    pub(crate) large: Option<Large>,
    /// From the first byte of a head to its end; for the first request, from the connection's start.
    pub(crate) head_wait: Duration,
    /// From the end of the head to the end of the body.
    pub(crate) body_wait: Duration,
    /// Between two requests of one connection.
    pub(crate) idle_wait: Duration,
    /// How long a reader may take nothing of an answer that waits for it.
    pub(crate) write_wait: Duration,
    /// How long the requests being served may take to end once the server drains.
    pub(crate) drain_wait: Duration,
    pub(crate) connections_max: usize,
}

/// A body that the route reads as it comes in, so that its size costs time and not memory. It must keep coming.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Large {
    /// Whether it is one of these requests.
    pub(crate) is: fn(&Method, &str) -> bool,
    pub(crate) bytes_max: usize,
    /// What must come at least in each `body_wait`.
    pub(crate) stride_bytes: usize,
}

impl Limits {
    /// The exception made for this request, if any.
    pub(super) fn large(&self, method: &Method, uri: &Uri) -> Option<Large> {
        self.large.filter(|large| (large.is)(method, uri.path()))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes_max: 16 << 10,
            headers_max: 100,
            field_bytes_max: 8 << 10,
            target_bytes_max: 8 << 10,
            body_bytes_max: 1 << 20,
            large: None,
            head_wait: Duration::from_secs(10),
            body_wait: Duration::from_secs(30),
            idle_wait: Duration::from_secs(75),
            write_wait: Duration::from_secs(30),
            drain_wait: Duration::from_secs(10),
            connections_max: 4096,
        }
    }
}
