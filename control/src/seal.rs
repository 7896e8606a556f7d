//! Sealing secrets at rest: AES-256-GCM under the master key, bound to what they belong to.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rand_core::Rng;
use zeroize::Zeroizing;

/// The secret under which signing keys are sealed; kept outside the database.
pub struct MasterKey(LessSafeKey);

/// The sealed bytes do not open: another master key, another owner, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed secret does not open under this master key")]
pub struct Unopened;

impl MasterKey {
    /// A master key of 32 bytes.
    ///
    /// # Errors
    /// Never for 32 bytes; the library's type says it could.
    pub fn new(bytes: &[u8; 32]) -> Result<MasterKey, Unopened> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| Unopened)?;
        Ok(MasterKey(LessSafeKey::new(key)))
    }

    /// Seals a secret for `owner`; nonce, then ciphertext and tag.
    ///
    /// # Errors
    /// The library refused.
    pub fn seal(&self, secret: &[u8], owner: &str, rng: &mut impl Rng) -> Result<Vec<u8>, Unopened> {
        // Random 96-bit nonces are safe for far more seals than there will ever be signing keys
        // (NIST SP 800-38D section 8.3: 2^32).
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut text = secret.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner), &mut text)
            .map_err(|_| Unopened)?;
        Ok([nonce.as_slice(), &text].concat())
    }

    /// Opens what was sealed for the same `owner`.
    ///
    /// # Errors
    /// The bytes were sealed under another key or for another owner, or are damaged.
    pub fn open(&self, sealed: &[u8], owner: &str) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Unopened)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(owner), &mut text).map_err(|_| Unopened)?.len();
        text.truncate(length);
        Ok(text)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}
