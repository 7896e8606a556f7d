//! Importing keys that other systems made: all of them, or none.
//!
//! Everything is read and checked first ([`Draft`]); then the keys are written piece by piece (`stage`), and a last
//! small change makes all of them keys at once. What an import leaves behind whose process died is swept away.

mod check;
mod desk;
mod draft;
mod fault;
mod stage;
mod sweep;
mod terms;

pub use draft::{Draft, Given, NewLegacyKey};
pub use fault::{Fault, Faults};
pub use sweep::sweep;

pub(crate) use desk::Desk;

use super::sight;
use crate::{App, Error, ops::Once};
use domain::access::{Caller, Operation};
use domain::{Grant, ImportId, Level, ProjectId};
use std::sync::Arc;
use terms::Terms;
use tokio::sync::mpsc;

/// Said to who begins another one.
const ONE_AT_A_TIME: &str = "another import of this organization is under way";

/// How far an import has come. Whoever stops listening gives it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Keys checked and written, each counted twice.
    pub done: usize,
    /// Twice the number of keys.
    pub total: usize,
}

/// What came of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Its id.
    pub id: ImportId,
    /// The project of its keys.
    pub project: ProjectId,
    /// How many there are.
    pub keys: usize,
}

/// Whether keys that may be guessed are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// They are faults.
    Refused,
    /// They are taken where each has networks.
    Allowed,
}

/// Takes a place for an import into the project. Asked for before anything of the keys is read.
///
/// # Errors
/// The caller cannot see the project or may not make keys in it, its organization is not bootstrapped, the catalog
/// does not know what legacy keys may do, or too many imports are under way.
pub async fn begin(app: &Arc<App>, caller: &Caller, project: &str, weak: Weak) -> Result<Draft, Error> {
    let project = sight::project(app, caller, project, Operation::WriteKeys).await?.project;
    let organization = sight::organization_of(app, &project).await?;
    if organization.bootstrapped_at.is_none() {
        return Err(super::keys::not_bootstrapped(&project.organization_id));
    }
    let catalog = app.catalog().await?;
    for level in [Level::ReadOnly, Level::ReadWrite] {
        Grant::legacy(level).compile(&catalog, project.id).map_err(|error| {
            Error::Conflict(format!("legacy keys do not fit the catalog in force: {error}"))
        })?;
    }
    let seat = Desk::sit(app, &project.organization_id)?;
    Ok(Draft::new(app, caller.clone(), project, weak, seat))
}

/// Imports what was read. Goes on by itself until it is done or nobody listens to its progress any more.
///
/// # Errors
/// A key cannot be imported, or writing failed. Nothing was imported then, unless the store says that nobody knows.
pub async fn run(
    app: Arc<App>,
    draft: Draft,
    once: Option<Once>,
    progress: mpsc::Sender<Progress>,
) -> Result<Imported, Error> {
    let _turn = app.imports.turn().await?;
    let terms = Arc::new(Terms::of(&app, app.catalog().await?, &draft));
    if let Some(before) = stage::admit(&app, &terms, &draft, once.as_ref()).await? {
        return Ok(before);
    }
    // Where a process died, its keys would still be in the way.
    let alive = sweep(&app).await?;
    if alive.iter().any(|row| row.organization == draft.project.organization_id) {
        return Err(Error::Importing(ONE_AT_A_TIME));
    }
    let told = Told { progress, total: draft.len() * 2 };
    check::conflicts(&app, &draft, &told).await?;
    stage::write(&app, terms, draft, once, &told).await
}

/// Who listens.
struct Told {
    progress: mpsc::Sender<Progress>,
    total: usize,
}

impl Told {
    /// Says how far it is. A listener that is slow misses some of it; one that is gone ends the import.
    fn tell(&self, done: usize) -> Result<(), Error> {
        match self.progress.try_send(Progress { done, total: self.total }) {
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Error::GivenUp),
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
        }
    }
}
