//! The key itself: how a secret is made, recognised and digested.

mod digest;
mod legacy;
mod presented;
mod secret;

pub use digest::{Digest, Pepper};
pub use legacy::{LegacyError, LegacyValue};
pub use presented::{Malformed, Presented};
pub(crate) use secret::push_random;
pub use secret::{KeySecret, random_text};
