//! What every operation needs: the store, the secrets, the time, randomness and the catalog.

use crate::Error;
use crate::oauth::Jwks;
use crate::ops::attempts::Attempts;
use crate::ops::import::Desk;
use crate::ops::passwords::Bench;
use crate::seal::MasterKey;
use crate::signing::SigningKey;
use crate::store::{Lane, Store, StoreError, Tx};
use domain::token::{Issuer, NotProven, Proof, Replays, Trust};
use domain::{
    Catalog, OrganizationId, Pepper, Presented, SigningKeyId, Snapshot, Timestamp, TrustedPeers, Version,
};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Waits until this process's own data plane has applied a version, so that an answered write is visible.
pub type Visible = Arc<dyn Fn(Version) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What this process's own data plane knows, if it may decide: buying a token is as fast as any other use of a key.
pub type Known = Arc<dyn Fn() -> Option<Snapshot> + Send + Sync>;

/// Signing keys held open at most; another one is opened anew.
const OPEN_MAX: usize = 10_000;

/// What an [`App`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Digests keys.
    pub pepper: Pepper,
    /// Seals signing keys.
    pub master: MasterKey,
    /// The wall clock.
    pub clock: fn() -> Timestamp,
    /// See [`Visible`].
    pub visible: Visible,
    /// See [`Known`].
    pub known: Known,
    /// The public URL: issuer, metadata and links; never taken from a Host header.
    pub issuer: String,
    /// Whose word about a client's address counts on the public listener.
    pub proxies: TrustedPeers,
}

/// The control plane's state.
pub struct App {
    /// The database.
    pub store: Store,
    /// Digests keys.
    pub pepper: Pepper,
    /// Seals signing keys.
    pub master: MasterKey,
    /// The public URL, as tokens name it.
    pub issuer: Issuer,
    /// Whose word about a client's address counts.
    pub proxies: TrustedPeers,
    clock: fn() -> Timestamp,
    visible: Visible,
    known: Known,
    pub(crate) imports: Desk,
    pub(crate) bench: Bench,
    pub(crate) attempts: Attempts,
    catalog: RwLock<Option<(Version, Arc<Catalog>)>>,
    open: RwLock<HashMap<SigningKeyId, Arc<SigningKey>>>,
    proofs: Mutex<Replays>,
    jwks: RwLock<Option<Jwks>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts")
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> App {
        App {
            store: parts.store,
            pepper: parts.pepper,
            master: parts.master,
            issuer: Issuer::new(parts.issuer),
            proxies: parts.proxies,
            clock: parts.clock,
            visible: parts.visible,
            known: parts.known,
            imports: Desk::default(),
            bench: Bench::default(),
            attempts: Attempts::default(),
            catalog: RwLock::default(),
            open: RwLock::default(),
            proofs: Mutex::default(),
            jwks: RwLock::default(),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The operating system's randomness. A system that has none left cannot make keys: it panics.
    pub fn rng(&self) -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    /// Runs a change and waits until it is durable and this process's data plane acts on it.
    ///
    /// # Errors
    /// What `work` answered, or why the change is not durable.
    pub async fn change<T, W>(&self, lane: Lane, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut Tx) -> Result<T, Error> + Send + 'static,
    {
        let marked = async move |tx: &mut Tx| {
            let value = work(tx).await?;
            // The version of the last record of this operation, which may have made none.
            Ok::<_, Error>((value, Version(tx.version().0 - 1)))
        };
        let (value, version) = self.store.write(lane, marked).await?;
        (self.visible)(version).await;
        Ok(value)
    }

    /// A change that must go through even when the disk is full: it may use the space kept for it.
    ///
    /// # Errors
    /// As [`App::change`].
    pub async fn urgent_change<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut Tx) -> Result<T, Error> + Clone + Send + 'static,
    {
        match self.change(Lane::Urgent, work.clone()).await {
            Err(Error::Store(StoreError::Full)) if self.store.release_reserve() => {
                self.change(Lane::Urgent, work).await
            }
            result => result,
        }
    }

    /// The catalog in force, read again when a change replaced it.
    ///
    /// # Errors
    /// The database did not answer, or holds a catalog that this version refuses.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, Error> {
        let newest = self.store.catalog_version().await?;
        let known = self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((version, catalog)) = known
            && Some(version) == newest
        {
            return Ok(catalog);
        }
        let Some((version, text)) = self.store.catalog().await? else {
            return Ok(Arc::new(Catalog::builtin()));
        };
        let catalog = Arc::new(Catalog::parse(&text).map_err(|_| StoreError::Failed)?);
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = Some((version, Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// What the data plane knows, right now.
    ///
    /// # Errors
    /// It may not decide, so nothing is decided here either.
    pub fn known(&self) -> Result<Snapshot, Error> {
        (self.known)().ok_or(Error::Behind)
    }

    /// Whether a text has the form of an API key of ours.
    pub fn is_key(&self, text: &str) -> bool {
        (self.known)().is_some_and(|known| Presented::parse(text, known.catalog(), &self.pepper).is_ok())
    }

    /// Which keys sign and which tokens were taken back. Members must get in even where the data plane may not
    /// decide, so then the database is asked.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn trust(&self) -> Result<Trust, Error> {
        match (self.known)() {
            Some(known) => Ok(known.trust().clone()),
            None => Ok(self.store.load_trust().await?),
        }
    }

    /// The key that signs the organization's tokens at the moment; `None`: the server's own.
    ///
    /// # Errors
    /// There is none, the master key does not open it, or the database did not answer.
    pub async fn signer(&self, owner: Option<&OrganizationId>) -> Result<Arc<SigningKey>, Error> {
        self.signer_of(&self.trust().await?, owner).await
    }

    /// The same, by what was known a moment ago.
    pub(crate) async fn signer_of(
        &self,
        trust: &Trust,
        owner: Option<&OrganizationId>,
    ) -> Result<Arc<SigningKey>, Error> {
        let id = trust.signer(owner, self.now()).ok_or(Error::Signing)?.record.id;
        if let Some(key) = self.open.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(key));
        }
        let row = self.store.signing_key(id).await?.ok_or(Error::Signing)?;
        let key = Arc::new(SigningKey::open(&row, &self.master).map_err(|_| Error::Signing)?);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_MAX {
            open.clear();
        }
        open.insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// Takes a proof of possession, which is good once.
    pub(crate) fn take_proof(&self, proof: &Proof, now: i64) -> Result<(), NotProven> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner).take(proof, now)
    }

    pub(crate) fn kept_jwks(&self) -> Option<Jwks> {
        self.jwks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep_jwks(&self, jwks: &Jwks) {
        *self.jwks.write().unwrap_or_else(PoisonError::into_inner) = Some(jwks.clone());
    }
}
