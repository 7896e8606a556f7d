//! A log in memory that can be made to fail and to lie, and a node that follows it.

pub(crate) mod ask;
pub(crate) mod desk;
pub(crate) mod log;
pub(crate) mod node;

pub(crate) use ask::{Answer, Ask};
pub(crate) use desk::desk;
pub(crate) use log::{Issued, Log};
pub(crate) use node::Node;

use domain::Pepper;
use domain::token::Issuer;
use std::time::Duration;

pub(crate) const LEASE: Duration = Duration::from_secs(10);

pub(crate) fn issuer() -> Issuer {
    Issuer::new("https://keys.example")
}

pub(crate) fn pepper() -> Pepper {
    Pepper::new(&[7; 32])
}
