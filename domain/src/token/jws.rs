//! The compact form of a JWS (RFC 7515 section 7.1), taken apart and nothing more.

use super::PublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longer than any token of ours.
const BYTES_MAX: usize = 8 * 1024;

/// Three parts, decoded; nothing about them is checked yet.
#[derive(Debug)]
pub struct Jws<'a> {
    header: Vec<u8>,
    claims: Vec<u8>,
    message: &'a str,
    signature: Vec<u8>,
}

/// The text is no compact JWS, or a part of it is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a compact JWS of ours")]
pub struct NotAJws;

impl<'a> Jws<'a> {
    /// Takes a text apart. Base64url is taken in its one canonical form: no padding, no stray bits.
    ///
    /// # Errors
    /// It is longer than 8 KiB, has not three parts, or one of them does not decode.
    pub fn parse(text: &'a str) -> Result<Jws<'a>, NotAJws> {
        if text.len() > BYTES_MAX {
            return Err(NotAJws);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(NotAJws)?;
        let (header, claims) = message.split_once('.').ok_or(NotAJws)?;
        Ok(Jws { header: object(header)?, claims: object(claims)?, message, signature: decode(signature)? })
    }

    /// Its header.
    ///
    /// # Errors
    /// It is no such object.
    pub fn header<T: DeserializeOwned>(&self) -> Result<T, NotAJws> {
        serde_json::from_slice(&self.header).map_err(|_| NotAJws)
    }

    /// Its claims: to be read only once the signature holds.
    ///
    /// # Errors
    /// They are no such object.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, NotAJws> {
        serde_json::from_slice(&self.claims).map_err(|_| NotAJws)
    }

    /// Whether this key signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(self.message.as_bytes(), &self.signature)
    }

    /// Header and claims as they are signed.
    ///
    /// # Errors
    /// They cannot be written as JSON.
    pub fn message(header: &impl Serialize, claims: &impl Serialize) -> Result<String, NotAJws> {
        let mut text = String::with_capacity(768);
        encode(header, &mut text)?;
        text.push('.');
        encode(claims, &mut text)?;
        Ok(text)
    }

    /// The whole text, from what was signed and the signature.
    pub fn signed(mut message: String, signature: &[u8]) -> String {
        message.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut message);
        message
    }
}

fn encode(part: &impl Serialize, into: &mut String) -> Result<(), NotAJws> {
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(part).map_err(|_| NotAJws)?, into);
    Ok(())
}

fn decode(text: &str) -> Result<Vec<u8>, NotAJws> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAJws)
}

/// A part that must be a JSON object: a list would otherwise be read as one, member by member.
fn object(text: &str) -> Result<Vec<u8>, NotAJws> {
    let bytes = decode(text)?;
    if bytes.first() == Some(&b'{') { Ok(bytes) } else { Err(NotAJws) }
}
