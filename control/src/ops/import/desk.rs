//! How many imports a process works on: what one costs in memory is bounded, so their number is.

use crate::{App, Error};
use domain::{ImportId, OrganizationId};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Imports whose keys are in memory.
const SEATS: usize = 4;
/// How long one waits for those before it: each writes a million keys at most.
const TURN_WAIT: Duration = Duration::from_secs(600);

/// The imports of this process.
#[derive(Debug)]
pub(crate) struct Desk {
    seated: Mutex<HashSet<OrganizationId>>,
    turn: Semaphore,
    running: Mutex<HashSet<ImportId>>,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk { seated: Mutex::default(), turn: Semaphore::new(1), running: Mutex::default() }
    }
}

/// A place for the import of one organization, free again when dropped.
pub(super) struct Seat {
    app: Arc<App>,
    organization: OrganizationId,
}

/// An import that is being written; as long as this lives, it is not swept away.
pub(super) struct Running {
    app: Arc<App>,
    id: ImportId,
}

impl Desk {
    /// An organization has one seat, so that none keeps all of them.
    pub(super) fn sit(app: &Arc<App>, organization: &OrganizationId) -> Result<Seat, Error> {
        let mut seated = lock(&app.imports.seated);
        if seated.contains(organization) {
            return Err(Error::Importing(super::ONE_AT_A_TIME));
        }
        if seated.len() >= SEATS {
            return Err(Error::Importing("too many imports are under way"));
        }
        seated.insert(organization.clone());
        Ok(Seat { app: Arc::clone(app), organization: organization.clone() })
    }

    /// One import is written at a time.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        let late = Error::Importing("other imports took too long");
        match tokio::time::timeout(TURN_WAIT, self.turn.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(late),
        }
    }

    pub(super) fn run(app: &Arc<App>, id: ImportId) -> Running {
        lock(&app.imports.running).insert(id);
        Running { app: Arc::clone(app), id }
    }

    pub(super) fn runs(&self, id: ImportId) -> bool {
        lock(&self.running).contains(&id)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.app.imports.seated).remove(&self.organization);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.app.imports.running).remove(&self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
