//! What is kept of a key: HMAC-SHA-256(pepper, SHA-256(key)).
//!
//! No slow hash: 206 random bits cannot be searched. The pepper lives outside the database, so a stolen
//! database tests no key and a forged row verifies nothing. Keys imported as SHA-256 digests fit as well.

use sha2::block_api::compress256;
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
///
/// HMAC (RFC 2104) over a message of always 32 bytes is two compressions from two states that depend on the
/// secret alone. They are prepared once, and the padding is known, so a digest is three compressions and
/// nothing else: this is the longest step of a verification.
#[derive(Clone)]
pub struct Pepper {
    inner: State,
    outer: State,
}

/// The state of SHA-256 between two blocks (FIPS 180-4 section 6.2).
type State = [u32; 8];

const BLOCK_BYTES: usize = 64;
/// FIPS 180-4 section 5.3.3.
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

impl Pepper {
    /// A pepper of 32 bytes.
    pub fn new(bytes: &[u8; 32]) -> Pepper {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK_BYTES];
            block.iter_mut().zip(bytes).for_each(|(padded, byte)| *padded ^= byte);
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        Pepper { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    /// The digest of a whole key as presented.
    pub fn digest(&self, key: &[u8]) -> Digest {
        let sha256 = match last_block(key, 0) {
            Some(block) => finish(INITIAL, block),
            None => Sha256::digest(key).into(),
        };
        self.digest_of_sha256(&sha256)
    }

    /// The digest of a key of which only the SHA-256 is known.
    pub fn digest_of_sha256(&self, sha256: &[u8; 32]) -> Digest {
        let last = |state, message: &[u8; 32]| match last_block(message, BLOCK_BYTES) {
            Some(block) => finish(state, block),
            None => unreachable!("32 bytes fit into a block"),
        };
        Digest(last(self.outer, &last(self.inner, sha256)))
    }
}

/// The end of a message in its last block (FIPS 180-4 section 5.1.1), behind so many bytes of whole blocks;
/// `None` when it needs more than one block.
fn last_block(message: &[u8], bytes_before: usize) -> Option<[u8; BLOCK_BYTES]> {
    let mut block = [0; BLOCK_BYTES];
    let (text, length) = block.split_last_chunk_mut()?;
    text.get_mut(..message.len())?.copy_from_slice(message);
    *text.get_mut(message.len())? = 0x80;
    *length = (u64::try_from(bytes_before + message.len()).ok()? * 8).to_be_bytes();
    Some(block)
}

fn finish(mut state: State, block: [u8; BLOCK_BYTES]) -> [u8; 32] {
    compress256(&mut state, &[block]);
    let mut digest = [0; 32];
    digest
        .chunks_exact_mut(4)
        .zip(state)
        .for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_be_bytes()));
    digest
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper")
    }
}
