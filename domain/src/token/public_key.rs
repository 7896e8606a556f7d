//! The public half of a key that signs: ES256 (RFC 7518 section 3.4) or Ed25519 (RFC 8037).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// How a key signs. A key has one algorithm for life; a token's word about it is only compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: every verifier has it.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519, under the name that JOSE libraries know it by (RFC 8037 section 3.1).
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// The algorithm of exactly this name.
    pub fn parse(text: &str) -> Option<Algorithm> {
        [Algorithm::Es256, Algorithm::EdDsa].into_iter().find(|known| known.name() == text)
    }

    /// Whether a JOSE header of others means it: RFC 9864 gives Ed25519 a name of its own.
    pub(crate) fn is_called(self, name: &str) -> bool {
        self.name() == name || (self == Algorithm::EdDsa && name == "Ed25519")
    }

    /// The name in a JOSE header.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::EdDsa => "EdDSA",
        }
    }
}

/// A public key as others read it (RFC 7517), with the members of RFC 7518 section 6.2 or RFC 8037 section 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC` or `OKP`.
    pub kty: String,
    /// `P-256` or `Ed25519`.
    pub crv: String,
    /// The first coordinate, or the whole key.
    pub x: String,
    /// The second coordinate; Ed25519 has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The private half, which has no place here: whoever sends it is refused.
    #[serde(default, skip_serializing)]
    d: Option<serde::de::IgnoredAny>,
}

/// A public key, ready to verify.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    bytes: Box<[u8]>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// The key of these bytes: an uncompressed point for ES256, 32 bytes for Ed25519. `None` when they are none.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Option<PublicKey> {
        let parsed = match algorithm {
            Algorithm::Es256 if bytes.len() == 65 && bytes.first() == Some(&4) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes)
            }
            Algorithm::EdDsa if bytes.len() == 32 => ParsedPublicKey::new(&ED25519, bytes),
            Algorithm::Es256 | Algorithm::EdDsa => return None,
        };
        Some(PublicKey { algorithm, bytes: bytes.into(), parsed: parsed.ok()? })
    }

    /// The key that a JWK describes; `None` when it is of another kind, malformed, or comes with its private half.
    pub fn of_jwk(jwk: &Jwk) -> Option<PublicKey> {
        if jwk.d.is_some() {
            return None;
        }
        let coordinate = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
        match (jwk.kty.as_str(), jwk.crv.as_str(), &jwk.y) {
            ("EC", "P-256", Some(y)) => {
                let point = [vec![4], coordinate(&jwk.x)?, coordinate(y)?].concat();
                PublicKey::new(Algorithm::Es256, &point)
            }
            ("OKP", "Ed25519", None) => PublicKey::new(Algorithm::EdDsa, &coordinate(&jwk.x)?),
            _ => None,
        }
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes it was made of.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What others read.
    pub fn jwk(&self) -> Jwk {
        let part = |range| {
            URL_SAFE_NO_PAD.encode(self.bytes.get::<std::ops::Range<usize>>(range).unwrap_or_default())
        };
        match self.algorithm {
            // An uncompressed point: 0x04, then x and y of 32 bytes each.
            Algorithm::Es256 => {
                Jwk { kty: "EC".into(), crv: "P-256".into(), x: part(1..33), y: Some(part(33..65)), d: None }
            }
            Algorithm::EdDsa => {
                Jwk { kty: "OKP".into(), crv: "Ed25519".into(), x: part(0..32), y: None, d: None }
            }
        }
    }

    /// SHA-256 over the required members of the JWK in their order (RFC 7638 section 3).
    pub fn thumbprint(&self) -> String {
        let Jwk { kty, crv, x, y, .. } = self.jwk();
        let canonical = match y {
            Some(y) => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
            None => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    /// Whether the signature is this key's.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.algorithm.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Jwk, PublicKey};

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // The key of RFC 7515 appendix A.3; the thumbprint computed by another program.
        let jwk: Jwk = serde_json::from_str(
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        )
        .unwrap();
        let key = PublicKey::of_jwk(&jwk).unwrap();
        assert_eq!(key.thumbprint(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
        assert_eq!(key.jwk(), jwk);
        // RFC 8037 appendix A.3.
        let jwk: Jwk = serde_json::from_str(
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        )
        .unwrap();
        let key = PublicKey::of_jwk(&jwk).unwrap();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!((key.algorithm(), key.jwk()), (Algorithm::EdDsa, jwk));
    }

    #[test]
    fn a_key_with_its_private_half_or_off_the_curve_is_none() {
        for text in [
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AA"}"#,
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"#,
            r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#,
            r#"{"kty":"oct","crv":"","x":"AA"}"#,
        ] {
            assert!(PublicKey::of_jwk(&serde_json::from_str(text).unwrap()).is_none(), "{text}");
        }
    }
}
