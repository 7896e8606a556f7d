//! Access tokens: what they look like, which keys sign them, and which of them are trusted.
//!
//! A token says who bought it and what for; whether the key behind it may still be used is asked on every call.

mod claims;
mod dpop;
mod jws;
mod key_token;
mod public_key;
mod scope_text;
mod trust;

pub use claims::{Confirmation, Header, Issuer, KeyClaims, TYPE};
pub use dpop::{NotProven, Occasion, Proof, Replays};
pub use jws::{Jws, NotAJws};
pub use key_token::{KeyToken, is_token};
pub use public_key::{Algorithm, Jwk, PublicKey};
pub use scope_text::{SCOPE_BYTES_MAX, parse_scopes, scope_text};
pub use trust::{
    CLOCK_LEEWAY_SECONDS, KEY_TOKEN_SECONDS, LEAD_SECONDS, PublishedKey, RevokedToken, SERVICE_TOKEN_SECONDS,
    SigningState, Trust, Trusted,
};
