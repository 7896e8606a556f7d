//! Trying again: not too often, and without filling the log.

use std::error::Error;
use std::time::Duration;
use tracing::{info, warn};

/// How long to wait after a failure: longer each time, within bounds.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(1);

    pub(super) fn succeed(&mut self) {
        if self.failures > 0 {
            info!("the log answers again");
        }
        self.failures = 0;
    }

    /// Ever fewer lines, however long an outage is.
    pub(super) fn warn(&self, failure: &(dyn Error + 'static), meanwhile: &str) {
        if self.failures == 0 || self.failures.is_power_of_two() {
            warn!(cause = chain(failure), failures = self.failures, "the log does not answer; {meanwhile}");
        }
    }

    pub(super) async fn wait(&mut self) {
        let wait = Backoff::FIRST.saturating_mul(1 << self.failures.min(10)).min(Backoff::LONGEST);
        self.failures = self.failures.saturating_add(1);
        tokio::time::sleep(wait).await;
    }
}

/// An error and everything that led to it, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
