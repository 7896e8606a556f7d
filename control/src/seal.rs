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

#[cfg(test)]
mod tests {
    use super::*;
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(&[byte; 32]).unwrap()
    }

    fn sealed(secret: &[u8]) -> Vec<u8> {
        master(1).seal(secret, "owner", &mut UnwrapErr(SysRng)).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_under_its_key() {
        for secret in [b"".as_slice(), b"a", &[7; 1000]] {
            assert_eq!(**master(1).open(&sealed(secret), "owner").unwrap(), *secret);
        }
    }

    #[test]
    fn another_key_or_another_owner_opens_nothing() {
        let sealed = sealed(b"secret");

        assert_eq!(master(2).open(&sealed, "owner"), Err(Unopened));
        assert_eq!(master(1).open(&sealed, "owner2"), Err(Unopened));
        assert_eq!(master(1).open(&sealed, ""), Err(Unopened));
    }

    #[test]
    fn one_flipped_bit_anywhere_is_noticed() {
        let sealed = sealed(b"secret");
        for at in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            assert_eq!(master(1).open(&damaged, "owner"), Err(Unopened), "bit {at}");
        }
    }

    #[test]
    fn what_was_cut_or_lengthened_does_not_open() {
        let sealed = sealed(b"secret");
        for length in 0..sealed.len() {
            assert_eq!(master(1).open(&sealed[..length], "owner"), Err(Unopened), "{length} bytes");
        }
        assert_eq!(master(1).open(&[sealed.as_slice(), &[0]].concat(), "owner"), Err(Unopened));
    }

    #[test]
    fn no_two_seals_are_alike_and_none_shows_the_secret() {
        let (one, other) = (sealed(b"a secret that is long enough"), sealed(b"a secret that is long enough"));

        assert_ne!(one, other);
        assert!(!one.windows(8).any(|window| window == b"a secret"));
        assert_eq!(format!("{:?}", master(1)), "MasterKey");
    }
}
