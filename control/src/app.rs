//! What every operation needs: the store, the secrets, the time, randomness and the catalog.

use crate::Error;
use crate::ops::import::Desk;
use crate::seal::MasterKey;
use crate::signing::SigningKey;
use crate::store::{Lane, Store, StoreError, Tx};
use domain::{Catalog, Pepper, Timestamp, TrustedPeers, Version};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

/// Waits until this process's own data plane has applied a version, so that an answered write is visible.
pub type Visible = Arc<dyn Fn(Version) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

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
    /// The public URL.
    pub issuer: String,
    /// Whose word about a client's address counts.
    pub proxies: TrustedPeers,
    clock: fn() -> Timestamp,
    visible: Visible,
    pub(crate) imports: Desk,
    catalog: RwLock<Option<(Version, Arc<Catalog>)>>,
    signing: RwLock<Option<Arc<SigningKey>>>,
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
            issuer: parts.issuer,
            proxies: parts.proxies,
            clock: parts.clock,
            visible: parts.visible,
            imports: Desk::default(),
            catalog: RwLock::default(),
            signing: RwLock::default(),
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

    /// The server's own signing key, opened once.
    ///
    /// # Errors
    /// There is none, or the master key does not open it.
    pub async fn signing_key(&self) -> Result<Arc<SigningKey>, Error> {
        if let Some(key) = self.signing.read().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(key);
        }
        let rows = self.store.server_signing_keys().await?;
        let newest = rows.first().ok_or(Error::Signing)?;
        let key = Arc::new(SigningKey::open(newest, &self.master).map_err(|_| Error::Signing)?);
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        Ok(key)
    }
}
