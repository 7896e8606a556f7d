//! A credential as it arrived: junk ends here, before any look-up.

use super::secret::{CHECKSUM_CHARS, RANDOM_CHARS, checksum};
use super::{Digest, Pepper};
use crate::Catalog;

/// A well-formed key, known only by its digest from here on.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    digest: Digest,
}

/// The text is no key of ours: prefix, length, alphabet or checksum is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl Presented {
    /// Recognises a key by prefix, length, alphabet and checksum, and digests it.
    ///
    /// # Errors
    /// It is not one; nothing was looked up.
    pub fn parse(text: &str, catalog: &Catalog, pepper: &Pepper) -> Result<Presented, Malformed> {
        // Counted from the end, so that the longest junk costs no more than a key.
        let after_prefix = text.len().checked_sub(1 + RANDOM_CHARS + CHECKSUM_CHARS).ok_or(Malformed)?;
        let (prefix, rest) = text.split_at_checked(after_prefix).ok_or(Malformed)?;
        let (random, sum) =
            rest.strip_prefix('_').and_then(|rest| rest.split_at_checked(RANDOM_CHARS)).ok_or(Malformed)?;
        let alphabet = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        // Without an early end, so that all bytes can be looked at together.
        if !random.bytes().fold(true, |all, byte| all & alphabet(byte))
            || catalog.class_of_prefix(prefix).is_none()
        {
            return Err(Malformed);
        }
        let body = text.get(..text.len() - CHECKSUM_CHARS).ok_or(Malformed)?;
        if checksum(body.as_bytes()) != sum.as_bytes() {
            return Err(Malformed);
        }
        Ok(Presented { digest: pepper.digest(text.as_bytes()) })
    }

    pub(super) fn known_by(digest: Digest) -> Presented {
        Presented { digest }
    }

    /// What the key is looked up by.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}
