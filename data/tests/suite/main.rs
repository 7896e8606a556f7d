//! The guarantees of the data plane, each test named after one.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, outside of test functions"
)]

mod decide;
mod follow;
mod gateway;
mod health;
mod meter;
mod readers;
mod refusals;
mod verify;
mod world;
