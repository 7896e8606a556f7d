//! What rows share: ids and times as the database keeps them.
//!
//! A row that cannot be read back is damage. It is reported as a failed read and never guessed at.

use super::StoreError;
use domain::{Timestamp, Version};

/// A stored value that our own code wrote, or damage.
pub(super) fn stored<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| {
        tracing::error!("a stored value cannot be read back");
        StoreError::Failed
    })
}

pub(super) fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(super) fn maybe_time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// Reads many rows into what they mean; one damaged row fails the read.
pub(super) fn all<R, T>(
    rows: Vec<R>,
    read: impl Fn(R) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(read).collect()
}

/// A version as stored.
pub(super) fn version(number: i64) -> Version {
    Version(number)
}

/// A part of a list that is ordered by creation: what comes after one object, and how much of it.
#[derive(Debug, Clone)]
pub struct Slice {
    /// After the object made at this moment with this id; from the start when there is none.
    pub after: Option<(Timestamp, String)>,
    /// At most this many.
    pub limit: i64,
}

impl Slice {
    pub(super) fn after_micros(&self) -> i64 {
        self.after.as_ref().map_or(i64::MIN, |(at, _)| at.micros())
    }

    pub(super) fn after_id(&self) -> &str {
        self.after.as_ref().map_or("", |(_, id)| id)
    }
}
