//! Keys that other systems made: any text that a header can carry.

use super::{Digest, Pepper, Presented};
use std::fmt;

/// The value of a key that was not made here, as imported or as presented.
#[derive(Clone, Copy)]
pub struct LegacyValue<'a>(&'a str);

/// Why a text cannot be a key of another system.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum LegacyError {
    /// Nothing, or more than any header should carry.
    #[error("must be 1 to 512 bytes long")]
    Length,
    /// No header carries these.
    #[error("must not contain control characters")]
    Control,
    /// A header loses them.
    #[error("must not begin or end with white space")]
    Blank,
}

impl<'a> LegacyValue<'a> {
    /// The longest there may be.
    pub const BYTES_MAX: usize = 512;
    /// Shorter ones may be guessed.
    const STRONG_CHARS_MIN: usize = 20;
    /// Of shorter ones nothing is shown: eight characters would be too much of them.
    const HINTED_CHARS_MIN: usize = 32;

    /// Takes a value exactly as written, if every caller can send it.
    ///
    /// # Errors
    /// It is empty, longer than 512 bytes, or holds what does not arrive as it was sent.
    pub fn parse(text: &'a str) -> Result<LegacyValue<'a>, LegacyError> {
        if !(1..=LegacyValue::BYTES_MAX).contains(&text.len()) {
            return Err(LegacyError::Length);
        }
        if text.chars().any(char::is_control) {
            return Err(LegacyError::Control);
        }
        if text.trim() != text {
            return Err(LegacyError::Blank);
        }
        Ok(LegacyValue(text))
    }

    /// What is kept of it.
    pub fn digest(self, pepper: &Pepper) -> Digest {
        pepper.digest(self.0.as_bytes())
    }

    /// Whether it is so short that somebody may guess it.
    pub fn is_weak(self) -> bool {
        self.0.chars().count() < LegacyValue::STRONG_CHARS_MIN
    }

    /// What may be shown of it: the first and the last four characters, or nothing when it is short.
    pub fn hint(self) -> String {
        let count = self.0.chars().count();
        if count < LegacyValue::HINTED_CHARS_MIN {
            return String::new();
        }
        let head = self.0.chars().take(4);
        let tail = self.0.chars().skip(count - 4);
        head.chain(['…']).chain(tail).collect()
    }
}

impl Presented {
    /// Takes any text that could be a key of another system; `None` when none ever was like it.
    pub fn legacy(text: &str, pepper: &Pepper) -> Option<Presented> {
        let value = LegacyValue::parse(text).ok()?;
        Some(Presented::known_by(value.digest(pepper)))
    }
}

impl fmt::Debug for LegacyValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyValue")
    }
}
