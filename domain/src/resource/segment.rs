//! One segment of an address: `pchar`s and `%XX`, never empty, `.` or `..`.

use std::fmt::{self, Write};

/// Why a segment is no segment.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum SegmentError {
    /// `a//b`, a leading or a trailing slash.
    #[error("is empty")]
    Empty,
    /// `a#` or `a*`: a wildcard must be the whole segment.
    #[error("holds a wildcard that is not the whole segment; write %23 for # and %2A for *")]
    PartialWildcard,
    /// `.` or `..`, escaped or not.
    #[error("is a dot segment")]
    Dots,
    /// `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("holds a bad percent escape")]
    Escape,
    /// Anything outside the grammar.
    #[error("holds a character that must be percent-encoded")]
    Character,
}

/// Whether the byte stands for itself: `ALPHA / DIGIT / "-" / "." / "_" / "~" / ":" / "@"`.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'@')
}

/// Checks the text of a literal segment; true when it holds an escape and must be decoded to be compared.
pub(super) fn check(text: &str) -> Result<bool, SegmentError> {
    if text.is_empty() {
        return Err(SegmentError::Empty);
    }
    // Nearly every segment is plain. Without an early end, so that its bytes can be looked at together.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        return if text == "." || text == ".." { Err(SegmentError::Dots) } else { Ok(false) };
    }
    match text.bytes().find(|&byte| !is_plain(byte)) {
        Some(b'%') => decode(text).map(|_| true),
        Some(b'#' | b'*') => Err(SegmentError::PartialWildcard),
        _ => Err(SegmentError::Character),
    }
}

/// Whether the text is a literal segment that needs no escape.
pub(crate) fn is_plain_segment(text: &str) -> bool {
    check(text) == Ok(false)
}

/// The value a segment stands for: every `%XX` replaced by its byte, once.
pub(crate) fn decode(text: &str) -> Result<String, SegmentError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => bytes.push(hex_pair(rest.next(), rest.next()).ok_or(SegmentError::Escape)?),
            b'#' | b'*' => return Err(SegmentError::PartialWildcard),
            plain if is_plain(plain) => bytes.push(plain),
            _ => return Err(SegmentError::Character),
        }
    }
    let value = String::from_utf8(bytes).map_err(|_| SegmentError::Escape)?;
    check_value(&value)?;
    Ok(value)
}

/// What no segment may stand for, however it was written.
pub(super) fn check_value(value: &str) -> Result<(), SegmentError> {
    match value {
        "" => Err(SegmentError::Empty),
        "." | ".." => Err(SegmentError::Dots),
        _ if value.chars().any(char::is_control) => Err(SegmentError::Character),
        _ => Ok(()),
    }
}

/// The one way to write a value: plain bytes as they are, all others as upper-case `%XX`.
pub(crate) fn encode(value: &str, out: &mut impl Write) -> fmt::Result {
    if value.bytes().all(is_plain) {
        return out.write_str(value);
    }
    value.bytes().try_for_each(|byte| {
        if is_plain(byte) { out.write_char(char::from(byte)) } else { write!(out, "%{byte:02X}") }
    })
}

/// How long the value is, written so.
pub(super) fn encoded_len(value: &str) -> usize {
    value.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum()
}

fn hex_pair(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high?)? * 16 + digit(low?)?).ok()
}
