//! The one place that reads the wall clock.

use domain::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, as the machine has it.
#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
