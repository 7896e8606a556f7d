//! What was done with each key, hour by hour. No tick: a count is no change, and is in no log.

mod add;
mod allowed;
mod prune;
mod read;

pub use allowed::AllowedCalls;
pub use read::{UsageBy, UsageCalls, UsageCount, UsageOf, UsageQuery, UsageSpan};
