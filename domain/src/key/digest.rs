//! What is kept of a key: HMAC-SHA-256(pepper, SHA-256(key)).
//!
//! No slow hash: 206 random bits cannot be searched. The pepper lives outside the database, so a stolen
//! database tests no key and a forged row verifies nothing. Keys imported as SHA-256 digests fit as well.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The digest of one key under the pepper.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A stored digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// The 32 bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&crate::chain::Hex(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::chain::parse_hex(&text).map(Digest).ok_or_else(|| serde::de::Error::custom("not a digest"))
    }
}

/// The secret under which keys are digested; kept outside the database.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// A pepper of 32 bytes.
    pub fn new(bytes: &[u8; 32]) -> Pepper {
        // The key is padded into the HMAC state once, here, not on each verification.
        match Hmac::new_from_slice(bytes) {
            Ok(state) => Pepper(state),
            Err(_) => unreachable!("HMAC takes keys of any length (RFC 2104 section 2)"),
        }
    }

    /// The digest of a whole key as presented.
    pub fn digest(&self, key: &[u8]) -> Digest {
        self.digest_of_sha256(&Sha256::digest(key).into())
    }

    /// The digest of a key of which only the SHA-256 is known.
    pub fn digest_of_sha256(&self, sha256: &[u8; 32]) -> Digest {
        let mut mac = self.0.clone();
        mac.update(sha256);
        Digest(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper")
    }
}
