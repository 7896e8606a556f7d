//! Keys that sign access tokens, open and ready.

use crate::App;
use crate::seal::{MasterKey, Unopened};
use crate::store::SigningKeyRow;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use domain::token::{Algorithm, Jws, NotAJws, PublicKey, PublishedKey};
use domain::{OrganizationId, SigningKeyId, Timestamp};

/// A signing key, open.
pub struct SigningKey {
    pair: Pair,
    header: domain::token::Header,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a key for the organization, or for the server itself, and seals its private half.
    ///
    /// # Errors
    /// The library refused.
    pub fn generate(
        organization: Option<&OrganizationId>,
        algorithm: Algorithm,
        now: Timestamp,
        signs_from: Timestamp,
        app: &App,
    ) -> Result<SigningKeyRow, Unopened> {
        SigningKey::generate_under(organization, algorithm, (now, signs_from), &app.master, &mut app.rng())
    }

    fn generate_under(
        organization: Option<&OrganizationId>,
        algorithm: Algorithm,
        (now, signs_from): (Timestamp, Timestamp),
        master: &MasterKey,
        rng: &mut impl rand_core::Rng,
    ) -> Result<SigningKeyRow, Unopened> {
        let random = SystemRandom::new();
        let private = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random),
            Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random),
        };
        let private = private.map_err(|_| Unopened)?;
        let id = SigningKeyId::generate(now, rng);
        let published = PublishedKey {
            id,
            organization_id: organization.cloned(),
            algorithm,
            public_key: Pair::open(algorithm, private.as_ref())?.public().to_vec(),
            created_at: now,
            signs_from,
            ended_at: None,
        };
        Ok(SigningKeyRow { sealed: master.seal(private.as_ref(), &owner(&published), rng)?, published })
    }

    /// Opens a key on record.
    ///
    /// # Errors
    /// The master key does not open it, or it was moved to another row.
    pub fn open(row: &SigningKeyRow, master: &MasterKey) -> Result<SigningKey, Unopened> {
        let SigningKeyRow { published, sealed } = row;
        let pair = Pair::open(published.algorithm, &master.open(sealed, &owner(published))?)?;
        let public = PublicKey::new(published.algorithm, pair.public()).ok_or(Unopened)?;
        let header = domain::token::Header {
            alg: published.algorithm.name().into(),
            kid: public.thumbprint(),
            typ: domain::token::TYPE.into(),
        };
        Ok(SigningKey { pair, header })
    }

    /// The RFC 7638 thumbprint of the public half.
    pub fn kid(&self) -> &str {
        &self.header.kid
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// The library refused.
    pub fn token(&self, claims: &impl serde::Serialize) -> Result<String, Unopened> {
        let message = Jws::message(&self.header, claims).map_err(|NotAJws| Unopened)?;
        let signature = self.pair.sign(message.as_bytes())?;
        Ok(Jws::signed(message, signature.as_ref()))
    }

    /// Signs; 64 bytes (RFC 7518 section 3.4, RFC 8037 section 3.1).
    ///
    /// # Errors
    /// The library refused.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unopened> {
        Ok(self.pair.sign(message)?.as_ref().to_vec())
    }
}

impl Pair {
    fn open(algorithm: Algorithm, private: &[u8]) -> Result<Pair, Unopened> {
        Ok(match algorithm {
            Algorithm::Es256 => Pair::Es256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private).map_err(|_| Unopened)?,
            ),
            Algorithm::EdDsa => Pair::EdDsa(Ed25519KeyPair::from_pkcs8(private).map_err(|_| Unopened)?),
        })
    }

    fn public(&self) -> &[u8] {
        match self {
            Pair::Es256(pair) => pair.public_key().as_ref(),
            Pair::EdDsa(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<aws_lc_rs::signature::Signature, Unopened> {
        match self {
            Pair::Es256(pair) => pair.sign(&SystemRandom::new(), message).map_err(|_| Unopened),
            Pair::EdDsa(pair) => Ok(pair.sign(message)),
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

/// What a sealed key is bound to, so that it opens in no other row.
fn owner(key: &PublishedKey) -> String {
    let id = key.id;
    match &key.organization_id {
        Some(organization) => format!("keydesk/signing_key/1/{id}/organization/{organization}"),
        None => format!("keydesk/signing_key/1/{id}/server"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    const BOTH: [Algorithm; 2] = [Algorithm::Es256, Algorithm::EdDsa];

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(&[byte; 32]).unwrap()
    }

    fn generate(organization: Option<&OrganizationId>, algorithm: Algorithm) -> SigningKeyRow {
        let now = Timestamp::from_micros(0);
        let mut rng = UnwrapErr(SysRng);
        SigningKey::generate_under(organization, algorithm, (now, now), &master(1), &mut rng).unwrap()
    }

    #[test]
    fn a_generated_key_opens_and_what_it_signs_verifies() {
        for algorithm in BOTH {
            let row = generate(None, algorithm);
            let key = SigningKey::open(&row, &master(1)).unwrap();
            let public = PublicKey::new(algorithm, &row.published.public_key).unwrap();

            let signature = key.sign(b"message").unwrap();

            assert_eq!(signature.len(), 64);
            assert!(public.verifies(b"message", &signature));
            assert!(!public.verifies(b"another message", &signature));
            let other = generate(None, algorithm).published.public_key;
            assert!(!PublicKey::new(algorithm, &other).unwrap().verifies(b"message", &signature));
            assert_eq!(key.kid(), public.thumbprint());
        }
    }

    #[test]
    fn a_key_opens_under_its_master_key_only() {
        for algorithm in BOTH {
            assert!(matches!(SigningKey::open(&generate(None, algorithm), &master(2)), Err(Unopened)));
        }
    }

    #[test]
    fn a_key_moved_to_another_row_or_tenant_does_not_open() {
        let tenant = |text| OrganizationId::parse(text).unwrap();
        let (ours, theirs) = (tenant("org_ours"), tenant("org_theirs"));
        let row = generate(Some(&ours), Algorithm::Es256);
        assert!(SigningKey::open(&row, &master(1)).is_ok());

        for organization_id in [Some(theirs), Some(tenant("server")), None] {
            let mut moved = row.clone();
            moved.published.organization_id = organization_id;
            assert!(SigningKey::open(&moved, &master(1)).is_err());
        }
        let mut moved = row;
        moved.published.id = generate(None, Algorithm::Es256).published.id;
        assert!(SigningKey::open(&moved, &master(1)).is_err());
    }

    #[test]
    fn a_damaged_key_does_not_open() {
        let row = generate(None, Algorithm::EdDsa);
        for at in 0..row.sealed.len() {
            let mut damaged = row.clone();
            damaged.sealed[at] ^= 1;
            assert!(SigningKey::open(&damaged, &master(1)).is_err(), "byte {at}");
        }
    }
}
