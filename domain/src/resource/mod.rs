//! Resources: the filters a scope holds, and the addresses a call asks for.

mod address;
mod filter;
mod segment;

pub use address::{Address, Asked, AskedError, Wanted};
pub use filter::{Filter, FilterError};
pub(crate) use address::Link;
pub(crate) use filter::literal_filter;
