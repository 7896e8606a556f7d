//! How long an upstream may keep a request waiting.

use std::time::Duration;

/// The longest waits for one upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For a connection.
    pub connect: Duration,
    /// For the head of an answer.
    pub answer: Duration,
    /// For the next piece of an answer that has begun.
    pub quiet: Duration,
}

impl Default for Waits {
    fn default() -> Waits {
        // A call that waits for its job takes up to 300 seconds.
        let call = Duration::from_secs(320);
        Waits { connect: Duration::from_secs(5), answer: call, quiet: call }
    }
}
