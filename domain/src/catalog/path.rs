//! The path of a request, read once and in one way. A path that two programs might read differently is refused,
//! never put right.

use std::borrow::Cow;

/// A longer path fits no resource: an address is at most 1,024 bytes.
const BYTES_MAX: usize = 8192;

/// A path that is its own canonical form, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPath<'p> {
    /// Without its first slash.
    rest: &'p str,
    query: Option<&'p str>,
}

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// More than 8 KiB.
    #[error("the path is longer than 8 KiB")]
    TooLong,
    /// An absolute URL, `*`, or nothing.
    #[error("the path does not begin with a slash")]
    NoSlash,
    /// `//`: some programs merge the slashes.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// `.` or `..`: some programs resolve them.
    #[error("the path has a dot segment")]
    DotSegment,
    /// Something that must be percent-encoded, or that is not read alike everywhere (`\`, `;`).
    #[error("the path has a character that gateways do not agree on")]
    Character,
    /// `%` without two upper-case hexadecimal digits.
    #[error("the path has a percent escape that is not of two upper-case hexadecimal digits")]
    Escape,
    /// An escape of a letter, a digit or one of `-._~`, which need none.
    #[error("the path has an escape of a character that needs none")]
    Needless,
    /// An escape of `/`, `\`, `;`, `%` or a control character: it means one thing here and another elsewhere.
    #[error("the path has an escape of a character that gateways do not agree on")]
    Hidden,
    /// The escapes are not UTF-8.
    #[error("the path has escapes that are not UTF-8")]
    NotUtf8,
}

impl<'p> RequestPath<'p> {
    /// Reads the path of a request target; the query behind the first `?` is set apart unread.
    ///
    /// # Errors
    /// The path is not the one way to write what it says.
    pub fn parse(target: &'p str) -> Result<RequestPath<'p>, PathError> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        if path.len() > BYTES_MAX {
            return Err(PathError::TooLong);
        }
        let rest = path.strip_prefix('/').ok_or(PathError::NoSlash)?;
        let mut segments = rest.split('/').peekable();
        while let Some(segment) = segments.next() {
            // Only the last may be empty: a slash at the end is part of the path.
            if segment.is_empty() && segments.peek().is_some() {
                return Err(PathError::EmptySegment);
            }
            check(segment)?;
        }
        Ok(RequestPath { rest, query })
    }

    /// What stands behind the first `?`.
    pub fn query(&self) -> Option<&'p str> {
        self.query
    }

    /// The segments, decoded. There is at least one; the last is empty behind a slash at the end.
    pub fn segments(&self) -> impl Iterator<Item = Cow<'p, str>> {
        self.rest.split('/').map(decoded)
    }

    /// Everything behind the first slash, as it was written.
    pub(super) fn rest(&self) -> &'p str {
        self.rest
    }
}

/// The value of a segment that was checked.
pub(super) fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    // What cannot be decoded was refused, so this only keeps the function total.
    decode(segment).map_or(Cow::Borrowed(segment), Cow::Owned)
}

fn check(segment: &str) -> Result<(), PathError> {
    // Nearly every segment is plain. Without an early end, so that its bytes can be looked at together.
    if segment.bytes().fold(true, |all, byte| all & is_unreserved(byte)) {
        return if matches!(segment, "." | "..") { Err(PathError::DotSegment) } else { Ok(()) };
    }
    if segment.contains('%') {
        return decode(segment).map(drop);
    }
    if segment.bytes().all(is_plain) { Ok(()) } else { Err(PathError::Character) }
}

fn decode(segment: &str) -> Result<String, PathError> {
    let mut value = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => value.push(escaped(bytes.next(), bytes.next())?),
            plain if is_plain(plain) => value.push(plain),
            _ => return Err(PathError::Character),
        }
    }
    let value = String::from_utf8(value).map_err(|_| PathError::NotUtf8)?;
    // Beyond ASCII there are control characters, too.
    if value.chars().any(char::is_control) { Err(PathError::Hidden) } else { Ok(value) }
}

fn escaped(high: Option<u8>, low: Option<u8>) -> Result<u8, PathError> {
    let digit = |byte: Option<u8>| match byte {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(letter @ b'A'..=b'F') => Ok(letter - b'A' + 10),
        Some(_) | None => Err(PathError::Escape),
    };
    match digit(high)? << 4 | digit(low)? {
        byte if is_unreserved(byte) => Err(PathError::Needless),
        // A percent sign may be decoded once more by whoever comes behind.
        b'/' | b'\\' | b';' | b'%' => Err(PathError::Hidden),
        byte if byte.is_ascii_control() => Err(PathError::Hidden),
        byte => Ok(byte),
    }
}

/// RFC 3986: means the same whether it is escaped or not, so it must not be.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `pchar` of RFC 3986 but for `;`, behind which some programs see parameters.
fn is_plain(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,=:@".contains(&byte)
}
