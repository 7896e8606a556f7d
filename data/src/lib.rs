//! The data plane: what is known of the log, kept fresh, and the one door that decides on it.
//!
//! Nothing here can name a database: the log comes in through [`Source`]. Between parsing a key and the verdict
//! there is no await, no lock and no failure that could become a grant.

pub mod clock;
mod follow;
mod gate;
pub mod gateway;
pub mod http;
mod live;
mod meter;
mod metrics;
mod shown;
mod source;
mod tokens;

pub use clock::Clock;
pub use follow::{Follower, Nudge, Pace};
pub use gate::{Call, Decision, Gate, Possession, Refusal};
pub use live::Live;
pub use meter::{Bounds, Flusher, Meter, SinkError, UsageSink};
pub use metrics::Metrics;
pub use source::{Head, NodeId, Source, SourceError};
