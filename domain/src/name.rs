//! Names people give to keys, projects and organizations: shown, searched, never unique, never interpreted.

use serde::{Deserialize, Serialize};

/// A name within its length, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Box<str>);

/// Why a text is no name.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum NameError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than this kind of name may be.
    #[error("must be at most {max} characters long")]
    TooLong {
        /// Characters allowed.
        max: usize,
    },
    /// Longer than this kind of name may be, where bytes are counted.
    #[error("must be at most {max} bytes of UTF-8 long")]
    TooManyBytes {
        /// Bytes allowed.
        max: usize,
    },
    /// NUL, line breaks and other C0, C1 controls: no database, header or terminal takes them unharmed.
    #[error("must not contain control characters")]
    Control,
}

impl Name {
    /// The longest name of a key or a service account (`compat.md` 1.4).
    pub const KEY_CHARS_MAX: usize = 80;
    /// The longest name of a project or an organization (`compat.md` 1.4).
    pub const PROJECT_CHARS_MAX: usize = 512;

    /// Takes a name exactly as written.
    ///
    /// # Errors
    /// It is empty, longer than `chars_max` characters, or holds a control character.
    pub fn parse(text: &str, chars_max: usize) -> Result<Name, NameError> {
        if text.trim().is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > chars_max {
            return Err(NameError::TooLong { max: chars_max });
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        Ok(Name(text.into()))
    }

    /// Takes the name of a service account exactly as written: its length is counted in bytes
    /// (`compat.md` 1.4).
    ///
    /// # Errors
    /// It is empty, longer than 80 bytes of UTF-8, or holds a control character.
    pub fn parse_account(text: &str) -> Result<Name, NameError> {
        let name = Name::parse(text, Name::KEY_CHARS_MAX)?;
        let max = Name::KEY_CHARS_MAX;
        if text.len() > max { Err(NameError::TooManyBytes { max }) } else { Ok(name) }
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
