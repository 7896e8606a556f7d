//! The messages of Envoy's `ext_authz`, version 3, as far as a decision needs them. What is read borrows from the
//! request; fields that nobody asks for are passed over.

use super::CREDENTIALS;
use super::identity::Identity;
use super::refused::{Hands, Refused};
use axum::body::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;

/// A request that Envoy holds.
#[derive(Debug, Default)]
pub(super) struct Check<'m> {
    pub(super) method: &'m str,
    pub(super) host: &'m str,
    /// Path and query.
    pub(super) path: &'m str,
    /// Names, in lower case, and values; lines of one name are joined with commas.
    pub(super) headers: Vec<(&'m str, &'m [u8])>,
    /// The address of whoever is connected to Envoy.
    pub(super) peer: Option<&'m str>,
}

/// Reads a `CheckRequest`; `None` when it is none.
pub(super) fn read(message: &[u8]) -> Option<Check<'_>> {
    let mut check = Check::default();
    each(message, |field, value| match field {
        1 => each(value.bytes()?, |field, value| match field {
            1 => peer(value.bytes()?, &mut check),
            4 => each(value.bytes()?, |field, value| match field {
                2 => http(value.bytes()?, &mut check),
                _ => Some(()),
            }),
            _ => Some(()),
        }),
        _ => Some(()),
    })?;
    Some(check)
}

/// `AttributeContext.Peer`, down to `address.socket_address.address`.
fn peer<'m>(message: &'m [u8], check: &mut Check<'m>) -> Option<()> {
    each(message, |field, value| match field {
        1 => each(value.bytes()?, |field, value| match field {
            1 => each(value.bytes()?, |field, value| {
                if field == 2 {
                    check.peer = Some(value.text()?);
                }
                Some(())
            }),
            _ => Some(()),
        }),
        _ => Some(()),
    })
}

/// `AttributeContext.HttpRequest`.
fn http<'m>(message: &'m [u8], check: &mut Check<'m>) -> Option<()> {
    check.headers.reserve(16);
    each(message, |field, value| {
        match field {
            2 => check.method = value.text()?,
            3 => check.headers.push(entry(value.bytes()?, 2)?),
            4 => check.path = value.text()?,
            5 => check.host = value.text()?,
            // The same headers as bytes, where Envoy was told to send them so: `HeaderMap` of `HeaderValue`.
            13 => each(value.bytes()?, |field, value| {
                if field == 1 {
                    check.headers.push(entry(value.bytes()?, 3)?);
                }
                Some(())
            })?,
            _ => {}
        }
        Some(())
    })
}

/// A name, and a value that stands in field 2, or in `also`.
fn entry(message: &[u8], also: u64) -> Option<(&str, &[u8])> {
    let mut found: (&str, &[u8]) = ("", b"");
    each(message, |field, value| {
        match field {
            1 => found.0 = value.text()?,
            field if field == 2 || field == also => found.1 = value.bytes()?,
            _ => {}
        }
        Some(())
    })?;
    Some(found)
}

/// A value as it stands on the wire.
enum Value<'m> {
    Number,
    Bytes(&'m [u8]),
}

impl<'m> Value<'m> {
    fn bytes(self) -> Option<&'m [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            Value::Number => None,
        }
    }

    fn text(self) -> Option<&'m str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

/// Hands every field of a message on, in order; `None` when it is no message, or when `take` says so.
fn each<'m>(mut rest: &'m [u8], mut take: impl FnMut(u64, Value<'m>) -> Option<()>) -> Option<()> {
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let value = match tag & 7 {
            0 => varint(&mut rest).map(|_| Value::Number)?,
            1 => skip(&mut rest, 8).map(|_| Value::Number)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                Value::Bytes(skip(&mut rest, length)?)
            }
            5 => skip(&mut rest, 4).map(|_| Value::Number)?,
            _ => return None,
        };
        take(tag >> 3, value)?;
    }
    Some(())
}

fn skip<'m>(rest: &mut &'m [u8], length: usize) -> Option<&'m [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The framed `CheckResponse` that lets a request pass.
pub(super) fn pass(identity: &Identity) -> Bytes {
    let mut ok = Vec::with_capacity(640);
    let mut scratch = Vec::with_capacity(128);
    for (name, value) in identity.each() {
        option(&mut ok, 2, name, value, &mut scratch);
    }
    for name in CREDENTIALS {
        put(&mut ok, 5, name.as_bytes());
    }
    let mut out = frame(ok.len() + 8);
    // An empty status is OK.
    put(&mut out, 1, b"");
    put(&mut out, 3, &ok);
    framed(out)
}

/// The framed `CheckResponse` of a refusal. A node that may not decide says so as a refusal, too: an error would
/// let the request pass wherever Envoy is told to fail open.
pub(super) fn refuse(refused: &Refused, request_id: Option<&str>) -> Bytes {
    let status = refused.status(Hands::On);
    let mut denied = Vec::with_capacity(512);
    let mut scratch = Vec::with_capacity(256);
    put(&mut denied, 1, &number(1, u64::from(status.as_u16())));
    option(&mut denied, 2, CONTENT_TYPE.as_str(), "application/problem+json", &mut scratch);
    option(&mut denied, 2, "cache-control", "no-store", &mut scratch);
    if let Some((name, value)) = refused.headers() {
        option(&mut denied, 2, name.as_str(), &value, &mut scratch);
    }
    put(&mut denied, 3, &refused.body(status, request_id));
    let mut out = frame(denied.len() + 32);
    let mut reason = number(1, code(status));
    put(&mut reason, 2, refused.code().as_bytes());
    put(&mut out, 1, &reason);
    put(&mut out, 2, &denied);
    framed(out)
}

/// The code of gRPC that goes with a status.
fn code(status: StatusCode) -> u64 {
    match status {
        StatusCode::BAD_REQUEST => 3,
        StatusCode::UNAUTHORIZED => 16,
        StatusCode::TOO_MANY_REQUESTS => 8,
        StatusCode::SERVICE_UNAVAILABLE => 14,
        _ => 7,
    }
}

/// A `HeaderValueOption` that replaces whatever there is, by an empty value as well.
fn option(out: &mut Vec<u8>, field: u64, name: &str, value: &str, scratch: &mut Vec<u8>) {
    scratch.clear();
    put(scratch, 1, name.as_bytes());
    put(scratch, 2, value.as_bytes());
    // `header`; then `append`, false, said aloud; then `keep_empty_value`.
    let header = scratch.len();
    tag(out, field, header + length_len(header) + 1 + 2 + 2);
    put(out, 1, scratch);
    out.extend([2 << 3 | 2, 0]);
    out.extend([4 << 3, 1]);
}

fn put(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    tag(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// The tag and the length of a field that holds bytes.
fn tag(out: &mut Vec<u8>, field: u64, length: usize) {
    write_varint(out, field << 3 | 2);
    write_varint(out, length as u64);
}

fn number(field: u64, value: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(4);
    write_varint(&mut out, field << 3);
    write_varint(&mut out, value);
    out
}

fn write_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// How many bytes a length takes: seven bits in each.
fn length_len(length: usize) -> usize {
    1 + (length | 1).ilog2() as usize / 7
}

/// Room for the prefix, which is written when the length is known.
fn frame(bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + 16);
    out.extend([0; 5]);
    out
}

fn framed(mut out: Vec<u8>) -> Bytes {
    let length = u32::try_from(out.len() - 5).unwrap_or(u32::MAX).to_be_bytes();
    if let Some(place) = out.get_mut(1..5) {
        place.copy_from_slice(&length);
    }
    out.into()
}
