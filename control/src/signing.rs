//! Keys that sign access tokens: ES256, because every verifier has it.

use crate::seal::{MasterKey, Unopened};
use crate::store::SigningKeyRow;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{OrganizationId, SigningKeyId, Timestamp};
use rand_core::Rng;
use sha2::{Digest, Sha256};

/// A signing key, open and ready.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: ParsedPublicKey,
    kid: String,
}

impl SigningKey {
    /// Makes a key for the organization, or for the server itself, and seals its private half.
    ///
    /// # Errors
    /// The library refused.
    pub fn generate(
        organization: Option<&OrganizationId>,
        master: &MasterKey,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Result<SigningKeyRow, Unopened> {
        let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| Unopened)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref())
            .map_err(|_| Unopened)?;
        let id = SigningKeyId::generate(now, rng);
        Ok(SigningKeyRow {
            id,
            organization_id: organization.cloned(),
            algorithm: "ES256".into(),
            public_key: pair.public_key().as_ref().to_vec(),
            sealed: master.seal(private.as_ref(), &owner(id, organization), rng)?,
            created_at: now,
        })
    }

    /// Opens a key on record.
    ///
    /// # Errors
    /// The master key does not open it, or it was moved to another row.
    pub fn open(row: &SigningKeyRow, master: &MasterKey) -> Result<SigningKey, Unopened> {
        let private = master.open(&row.sealed, &owner(row.id, row.organization_id.as_ref()))?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).map_err(|_| Unopened)?;
        let point = pair.public_key().as_ref();
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| Unopened)?;
        Ok(SigningKey { kid: thumbprint(point), pair, public })
    }

    /// The RFC 7638 thumbprint of the public half.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Signs; `r ‖ s`, 64 bytes (RFC 7518 section 3.4).
    ///
    /// # Errors
    /// The library refused.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unopened> {
        Ok(self.pair.sign(&SystemRandom::new(), message).map_err(|_| Unopened)?.as_ref().to_vec())
    }

    /// Whether the signature is this key's.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

/// What a sealed key is bound to, so that it opens in no other row.
fn owner(id: SigningKeyId, organization: Option<&OrganizationId>) -> String {
    match organization {
        Some(organization) => format!("keydesk/signing_key/1/{id}/organization/{organization}"),
        None => format!("keydesk/signing_key/1/{id}/server"),
    }
}

/// SHA-256 over the required members of the JWK in their order (RFC 7638 section 3).
fn thumbprint(point: &[u8]) -> String {
    // An uncompressed point: 0x04, then x and y of 32 bytes each.
    let x = URL_SAFE_NO_PAD.encode(point.get(1..33).unwrap_or_default());
    let y = URL_SAFE_NO_PAD.encode(point.get(33..65).unwrap_or_default());
    let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(&[byte; 32]).unwrap()
    }

    fn generate(organization: Option<&OrganizationId>) -> SigningKeyRow {
        SigningKey::generate(organization, &master(1), Timestamp::from_micros(0), &mut UnwrapErr(SysRng))
            .unwrap()
    }

    #[test]
    fn a_generated_key_opens_and_what_it_signs_verifies() {
        let row = generate(None);
        let key = SigningKey::open(&row, &master(1)).unwrap();

        let signature = key.sign(b"message").unwrap();

        assert_eq!(signature.len(), 64);
        assert!(key.verifies(b"message", &signature));
        assert!(!key.verifies(b"another message", &signature));
        assert!(!SigningKey::open(&generate(None), &master(1)).unwrap().verifies(b"message", &signature));
        assert_eq!(key.kid(), thumbprint(&row.public_key));
    }

    #[test]
    fn a_key_opens_under_its_master_key_only() {
        assert!(matches!(SigningKey::open(&generate(None), &master(2)), Err(Unopened)));
    }

    #[test]
    fn a_key_moved_to_another_row_or_tenant_does_not_open() {
        let tenant = |text| OrganizationId::parse(text).unwrap();
        let (ours, theirs) = (tenant("org_ours"), tenant("org_theirs"));
        let row = generate(Some(&ours));
        assert!(SigningKey::open(&row, &master(1)).is_ok());

        for organization_id in [Some(theirs), Some(tenant("server")), None] {
            let moved = SigningKeyRow { organization_id, ..row.clone() };
            assert!(SigningKey::open(&moved, &master(1)).is_err());
        }
        let moved = SigningKeyRow { id: generate(None).id, ..row };
        assert!(SigningKey::open(&moved, &master(1)).is_err());
    }

    #[test]
    fn a_damaged_key_does_not_open() {
        let row = generate(None);
        for at in 0..row.sealed.len() {
            let mut sealed = row.sealed.clone();
            sealed[at] ^= 1;
            assert!(
                SigningKey::open(&SigningKeyRow { sealed, ..row.clone() }, &master(1)).is_err(),
                "byte {at}"
            );
        }
    }

    #[test]
    fn the_key_id_is_the_rfc_7638_thumbprint() {
        // The key of RFC 7515 appendix A.3; the thumbprint computed by another program.
        let coordinates =
            "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
        let mut point = vec![4];
        for coordinate in coordinates.split(' ') {
            point.extend(URL_SAFE_NO_PAD.decode(coordinate).unwrap());
        }

        assert_eq!(thumbprint(&point), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    }
}
