//! Speaking to a running server: where it is, who asks, one call after another.

mod answer;
mod connection;
mod credentials;
#[cfg(test)]
pub(crate) mod fake;
mod http;
mod organization;
mod private;
mod project;
mod session;
mod url;

pub(crate) use answer::Answer;
pub(crate) use connection::{Connection, path};
pub(crate) use http::Http;
pub(crate) use private::{Readers, read_secret};
pub(crate) use session::Session;
pub(crate) use url::{Url, encode};
