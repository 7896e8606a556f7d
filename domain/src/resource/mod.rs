//! Resources: the filters a scope holds, and the addresses a call asks for.

mod address;
mod asked;
mod filter;
mod pattern;
mod registered;
mod segment;

pub use address::{Address, Wanted};
pub use asked::{Asked, AskedError};
pub(crate) use filter::literal_filter;
pub use filter::{Filter, FilterError};
pub(crate) use pattern::{matches, write as write_pattern};
pub use registered::{Registration, ResourceName, ResourceNameError};
pub(crate) use segment::{decode as decode_value, encode as encode_value, is_plain_segment};
