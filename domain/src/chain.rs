//! The hash that ties each change to the one before it.
//!
//! `hash = SHA-256("keydesk/change/1" ‖ previous hash ‖ version ‖ time ‖ field*)`: version and time are
//! 8 bytes big-endian, each field (actor, action, organization, body) is its length in 8 bytes big-endian
//! and its UTF-8 bytes exactly as stored. No field can run into its neighbour, so two different rows never
//! have one encoding. The first row's previous hash is 32 zero bytes.

use crate::{Timestamp, Version};
use sha2::{Digest, Sha256};
use std::fmt;

/// The hash of one row of the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChangeHash(pub [u8; 32]);

impl ChangeHash {
    /// What stands before the first row.
    pub const START: ChangeHash = ChangeHash([0; 32]);

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<ChangeHash> {
        parse_hex(text).map(ChangeHash)
    }
}

impl fmt::Display for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Hex(&self.0), f)
    }
}

impl fmt::Debug for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Hex(&self.0), f)
    }
}

/// The hash of a row that follows `previous`; `fields` are actor, action, organization and body, as stored.
pub fn link(previous: ChangeHash, version: Version, at: Timestamp, fields: [&str; 4]) -> ChangeHash {
    let mut hash = Sha256::new();
    hash.update(b"keydesk/change/1");
    hash.update(previous.0);
    hash.update(version.0.to_be_bytes());
    hash.update(at.micros().to_be_bytes());
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    ChangeHash(hash.finalize().into())
}

/// Reads a SHA-256 digest from 64 hexadecimal digits of either case.
pub fn parse_sha256(text: &str) -> Option<[u8; 32]> {
    parse_hex(text)
}

/// Lower-case hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Reads exactly 64 hexadecimal digits.
pub(crate) fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? * 16 + digit(*low)?;
    }
    Some(bytes)
}
