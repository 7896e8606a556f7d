//! Making a key: `<prefix>_`, 40 random characters, 6 characters of checksum.

use rand_core::Rng;
use std::fmt;
use zeroize::Zeroizing;

/// `[A-Z0-9]`: 40 of them hold 206 bits.
const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random characters in a key.
pub(super) const RANDOM_CHARS: usize = 40;
/// Characters of the checksum.
pub(super) const CHECKSUM_CHARS: usize = 6;

/// A key's plaintext on its way to the one answer that shows it. Wiped from memory when dropped; it has no
/// `Display`, and its `Debug` prints only the type's name.
pub struct KeySecret(Zeroizing<String>);

impl KeySecret {
    /// A fresh key of the class with this prefix.
    pub fn generate(prefix: &str, rng: &mut impl Rng) -> KeySecret {
        let mut text =
            Zeroizing::new(String::with_capacity(prefix.len() + 1 + RANDOM_CHARS + CHECKSUM_CHARS));
        text.push_str(prefix);
        text.push('_');
        push_random(&mut text, RANDOM_CHARS, rng);
        let sum = checksum(text.as_bytes());
        text.extend(sum.iter().map(|byte| char::from(*byte)));
        KeySecret(text)
    }

    /// The plaintext. Only the answer to "create" may call this.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be shown of it later: prefix, the first and the last four characters.
    pub fn hint(&self) -> String {
        let (prefix, rest) = self.0.split_once('_').unwrap_or(("", &self.0));
        let head: String = rest.chars().take(4).collect();
        let tail: String = rest.chars().skip(RANDOM_CHARS + CHECKSUM_CHARS - 4).collect();
        format!("{prefix}_{head}…{tail}")
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret")
    }
}

/// Random characters of `[A-Z0-9]`, each equally likely.
pub fn random_text(count: usize, rng: &mut impl Rng) -> String {
    let mut text = String::with_capacity(count);
    push_random(&mut text, count, rng);
    text
}

/// Appends random characters of `[A-Z0-9]`, each equally likely.
pub(crate) fn push_random(text: &mut String, count: usize, rng: &mut impl Rng) {
    let mut left = count;
    let mut bytes = Zeroizing::new([0; 64]);
    while left > 0 {
        rng.fill_bytes(bytes.as_mut());
        // 252 is the largest multiple of 36 in a byte; what lies above would favour some characters.
        for byte in bytes.iter().filter(|byte| **byte < 252).take(left) {
            text.push(ALPHABET.get(usize::from(byte % 36)).map_or('A', |character| char::from(*character)));
            left -= 1;
        }
    }
}

/// CRC-32/ISO-HDLC in base 62, most significant first, zero-padded: tells a typo from a key without a
/// look-up. It is no security; anybody can compute it.
pub(super) fn checksum(text: &[u8]) -> [u8; CHECKSUM_CHARS] {
    let mut rest = crc32fast::hash(text);
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(rest % 62).ok().and_then(|at| BASE62.get(at)).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}
