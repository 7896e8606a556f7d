//! Whoever holds a private key of their own and proves it with each request (RFC 9449).

use super::seconds;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

static PROOFS: AtomicU64 = AtomicU64::new(0);

/// A key pair of either algorithm.
pub(crate) enum Bearer {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Bearer {
    pub(crate) fn es256() -> Bearer {
        let random = SystemRandom::new();
        let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Bearer::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref()).unwrap())
    }

    pub(crate) fn ed25519() -> Bearer {
        let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Bearer::EdDsa(Ed25519KeyPair::from_pkcs8(private.as_ref()).unwrap())
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Bearer::Es256(_) => "ES256",
            Bearer::EdDsa(_) => "EdDSA",
        }
    }

    /// The public half, with the members in the order that the thumbprint wants.
    pub(crate) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Bearer::Es256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"crv": "P-256", "kty": "EC", "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Bearer::EdDsa(pair) => {
                json!({"crv": "Ed25519", "kty": "OKP", "x": encode(pair.public_key().as_ref())})
            }
        }
    }

    /// RFC 7638.
    pub(crate) fn thumbprint(&self) -> String {
        thumbprint(&self.jwk())
    }

    pub(crate) fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "typ": "dpop+jwt", "jwk": self.jwk()})
    }

    /// Claims that fit a request, with an id never used before.
    pub(crate) fn claims(method: &str, url: &str) -> Value {
        let id = format!("proof-{}", PROOFS.fetch_add(1, Ordering::Relaxed));
        json!({"jti": id, "htm": method, "htu": url, "iat": seconds()})
    }

    /// A proof for a request without a token.
    pub(crate) fn proof(&self, method: &str, url: &str) -> String {
        self.signed(&self.header(), &Bearer::claims(method, url))
    }

    /// A proof for a request that carries this token.
    pub(crate) fn proof_with(&self, method: &str, url: &str, token: &str) -> String {
        let mut claims = Bearer::claims(method, url);
        claims["ath"] = URL_SAFE_NO_PAD.encode(Sha256::digest(token)).into();
        self.signed(&self.header(), &claims)
    }

    pub(crate) fn signed(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = match self {
            Bearer::Es256(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap(),
            Bearer::EdDsa(pair) => pair.sign(message.as_bytes()),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The RFC 7638 thumbprint of a public key: the required members only, in the order of their names.
pub(crate) fn thumbprint(jwk: &Value) -> String {
    let member = |name: &str| jwk[name].as_str().unwrap_or_else(|| panic!("no {name}: {jwk}")).to_owned();
    let (crv, kty, x) = (member("crv"), member("kty"), member("x"));
    let y = if kty == "EC" { format!(r#","y":"{}""#, member("y")) } else { String::new() };
    let text = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"{y}}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}
