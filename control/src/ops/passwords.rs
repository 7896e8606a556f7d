//! Passwords: stretched by argon2id (RFC 9106) before they are kept, and never kept otherwise.
//!
//! One address has one salt, whatever organizations it is a member of. So a sign-in stretches once, and takes as
//! long for an address that nobody has as for any other.

use super::room::Room;
use crate::store::Lane;
use crate::{App, Error};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::{Digest, Email};
use rand_core::Rng;
use sha2::Sha256;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// What a person chooses: shorter is guessed, longer is only work.
const CHARS_MIN: usize = 12;
const BYTES_MAX: usize = 256;
/// Argon2id with 19 MiB and two passes, as the OWASP sheet on storing passwords recommends.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// How many are stretched at once, and how many may wait for that, of one address and of all.
const SLOTS: usize = 2;
const WAITING_OF_ONE_MAX: usize = 4;
const WAITING_MAX: usize = 64;
/// The installation's part of every salt.
const SALT: &str = "password_salt";

/// A password as it was typed.
pub struct Password(Zeroizing<String>);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// A password that somebody chooses.
    ///
    /// # Errors
    /// It is too short or too long.
    pub fn choose(text: &str) -> Result<Password, Error> {
        if text.chars().count() < CHARS_MIN {
            return Err(Error::Invalid(format!("the password must have at least {CHARS_MIN} characters")));
        }
        Password::typed(text)
            .ok_or_else(|| Error::Invalid(format!("the password must have at most {BYTES_MAX} bytes")))
    }

    /// A password that is tried; `None` when nobody can have it.
    pub fn typed(text: &str) -> Option<Password> {
        (text.len() <= BYTES_MAX).then(|| Password(Zeroizing::new(text.to_owned())))
    }
}

/// Who is being served: the memory that stretching takes is shared out fairly between clients.
#[derive(Debug)]
pub(crate) struct Bench {
    slots: Semaphore,
    waiting: Room,
}

impl Default for Bench {
    fn default() -> Bench {
        Bench { slots: Semaphore::new(SLOTS), waiting: Room::new(WAITING_OF_ONE_MAX, WAITING_MAX) }
    }
}

/// What is kept of a password of this address.
///
/// # Errors
/// Too many wait for this already, or the database did not answer.
pub(super) async fn stretch(
    app: &App,
    email: &Email,
    password: &Password,
    client: Option<IpAddr>,
) -> Result<Digest, Error> {
    let _place = app.bench.waiting.place(client)?;
    let salt = salt_of(&salt(app).await?, email);
    let _slot = app.bench.slots.acquire().await.map_err(|_| Error::Behind)?;
    let password = Zeroizing::new(password.0.as_bytes().to_vec());
    let stretched = tokio::task::spawn_blocking(move || argon2id(&password, &salt));
    let stretched = stretched.await.ok().flatten().ok_or(Error::Signing)?;
    let mut input = Zeroizing::new(b"password ".to_vec());
    input.extend_from_slice(&*stretched);
    Ok(app.pepper.digest(&input))
}

fn argon2id(password: &[u8], salt: &[u8; 16]) -> Option<Zeroizing<[u8; 32]>> {
    let parameters = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).ok()?;
    let mut out = Zeroizing::new([0; 32]);
    let stretcher = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    stretcher.hash_password_into(password, salt, &mut *out).ok()?;
    Some(out)
}

fn salt_of(installation: &[u8], email: &Email) -> [u8; 16] {
    use sha2::Digest;
    let whole: [u8; 32] =
        Sha256::new().chain_update(installation).chain_update(email.lower()).finalize().into();
    let mut salt = [0; 16];
    salt.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    salt
}

/// The installation's part, drawn when the first password is.
async fn salt(app: &App) -> Result<Arc<[u8]>, Error> {
    if let Some(salt) = app.store.canary(SALT).await? {
        return Ok(salt.into());
    }
    let mut drawn = [0; 16];
    app.rng().fill_bytes(&mut drawn);
    app.change(Lane::Ordinary, async move |tx| {
        if !tx.has_canary(SALT).await? {
            tx.insert_canary(SALT, &drawn).await?;
        }
        Ok(())
    })
    .await?;
    Ok(app.store.canary(SALT).await?.ok_or(Error::Signing)?.into())
}
