//! Writing the keys: a few by one change, many piece by piece and then all of them at once.
//!
//! A piece is an ordinary change. It holds the writer for some milliseconds, and the next one waits until this
//! node has applied it, so that whatever else is written, a revocation before all, is never far behind.

use super::desk::Desk;
use super::draft::Entry;
use super::terms::Terms;
use super::{Draft, Imported, Told, check, sweep};
use crate::ops::Once;
use crate::store::{ImportRow, Lane, Replay, StoreError, Tx};
use crate::{App, Error};
use domain::{Effect, Import, ImportId, ImportState, Key, KeyId, Project, Timestamp, Version};
use std::sync::Arc;
use std::time::Duration;

/// Keys in one change: what a follower reads of them stays within a page, and the writer within milliseconds.
const PIECE: usize = 256;
/// How often a piece is tried that found the writer too busy.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Refuses what cannot be imported anyway, before it costs more work. Answers with the import that the same request
/// made before, if any.
pub(super) async fn admit(
    app: &App,
    terms: &Arc<Terms>,
    draft: &Draft,
    once: Option<&Once>,
) -> Result<Option<Imported>, Error> {
    let (terms, once, now) = (Arc::clone(terms), once.cloned(), app.now());
    let (keys, project) = (draft.len(), draft.project.id);
    let asked = async move |tx: &mut Tx| {
        let seen = match &once {
            Some(once) => once.seen(tx, &terms.caller, now).await?,
            None => Replay::New,
        };
        match seen {
            Replay::New => terms.hold(tx).await.map(|()| None),
            Replay::Same(id) => Ok(Some(ImportId::parse(&id).ok_or(StoreError::Failed)?)),
            Replay::Different => Err(Error::KeyReused),
        }
    };
    let before = app.store.write(Lane::Ordinary, asked).await?;
    Ok(before.map(|id| Imported { id, project, keys }))
}

/// Writes all keys, or none.
pub(super) async fn write(
    app: &Arc<App>,
    terms: Arc<Terms>,
    draft: Draft,
    once: Option<Once>,
    told: &Told,
) -> Result<Imported, Error> {
    let now = app.now();
    let import = Import {
        id: ImportId::generate(now, &mut app.rng()),
        project_id: draft.project.id,
        keys: i64::try_from(draft.len()).unwrap_or(i64::MAX),
        state: ImportState::Complete,
        created_at: now,
        created_by: draft.caller.actor,
    };
    let imported = Imported { id: import.id, project: draft.project.id, keys: draft.len() };
    let work = Work { app, import, terms, once };
    let written = if draft.len() <= PIECE {
        work.at_once(&draft.entries).await
    } else {
        work.staged(&draft, told).await
    };
    match written {
        Ok(()) => Ok(imported),
        // Somebody was faster with one of the keys.
        Err(Error::Store(StoreError::Taken)) => {
            check::conflicts(app, &draft, told).await?;
            Err(Error::Importing("another import had some of the keys, and was given up"))
        }
        Err(error) => Err(error),
    }
}

/// What every change of one import needs.
struct Work<'a> {
    app: &'a Arc<App>,
    import: Import,
    terms: Arc<Terms>,
    once: Option<Once>,
}

impl Work<'_> {
    /// One change for everything.
    async fn at_once(self, entries: &[Entry]) -> Result<(), Error> {
        let keys = self.keys(entries);
        let Work { app, import, terms, once } = self;
        let work = async move |tx: &mut Tx| {
            alone(tx, &terms.project).await?;
            terms.hold(tx).await?;
            keep(tx, once.as_ref(), &terms, &import).await?;
            tx.insert_import(&import, &terms.project.organization_id).await?;
            tx.insert_keys(&keys).await?;
            record(tx, &import, &terms.project, import.created_at, "completed", &keys).await
        };
        app.change(Lane::Ordinary, work).await.map(drop)
    }

    /// A change for each piece, and one that makes them keys.
    async fn staged(mut self, draft: &Draft, told: &Told) -> Result<(), Error> {
        self.import.state = ImportState::Staged;
        let running = Desk::run(self.app, self.import.id);
        let written = self.pieces(draft, told).await;
        drop(running);
        if written.is_err() {
            let (import, organization) = (self.import.clone(), self.terms.project.organization_id.clone());
            let row = ImportRow { touched_at: import.created_at, import, organization };
            // What this leaves behind is swept away later.
            if let Err(error) = sweep::take_away(self.app, &row).await {
                tracing::warn!(import.id = %self.import.id, %error, "the keys of a failed import are still there");
            }
        }
        written
    }

    async fn pieces(&self, draft: &Draft, told: &Told) -> Result<(), Error> {
        self.open().await?;
        for (number, piece) in draft.entries.chunks(PIECE).enumerate() {
            self.stage(piece).await?;
            told.tell(draft.len() + number * PIECE + piece.len())?;
        }
        self.complete().await
    }

    async fn open(&self) -> Result<(), Error> {
        let (import, terms) = (self.import.clone(), Arc::clone(&self.terms));
        let work = async move |tx: &mut Tx| {
            alone(tx, &terms.project).await?;
            terms.hold(tx).await?;
            tx.insert_import(&import, &terms.project.organization_id).await?;
            record(tx, &import, &terms.project, import.created_at, "begun", &[]).await
        };
        self.app.change(Lane::Ordinary, work).await.map(drop)
    }

    async fn stage(&self, piece: &[Entry]) -> Result<(), Error> {
        let keys: Arc<[Key]> = self.keys(piece).into();
        let (import, terms, now) = (self.import.clone(), Arc::clone(&self.terms), self.app.now());
        let work = async move |tx: &mut Tx| {
            terms.still_stand(tx).await?;
            go_on(tx, &import, ImportState::Staged, now).await?;
            tx.insert_keys(&keys).await?;
            record(tx, &import, &terms.project, now, "staged", &keys).await
        };
        let mut tries = 1..TRIES;
        loop {
            match self.app.change(Lane::Ordinary, work.clone()).await {
                // Nothing was written, and there is no hurry.
                Err(Error::Store(StoreError::Overloaded | StoreError::Busy))
                    if let Some(number) = tries.next() =>
                {
                    tokio::time::sleep(PAUSE * number).await;
                }
                written => return written.map(drop),
            }
        }
    }

    async fn complete(&self) -> Result<(), Error> {
        let import = Import { state: ImportState::Complete, ..self.import.clone() };
        let (terms, once, now) = (Arc::clone(&self.terms), self.once.clone(), self.app.now());
        let work = async move |tx: &mut Tx| {
            terms.hold(tx).await?;
            keep(tx, once.as_ref(), &terms, &import).await?;
            go_on(tx, &import, ImportState::Complete, now).await?;
            record(tx, &import, &terms.project, now, "completed", &[]).await
        };
        self.app.change(Lane::Ordinary, work).await.map(drop)
    }

    fn keys(&self, entries: &[Entry]) -> Vec<Key> {
        let (now, mut rng, made) = (self.app.now(), self.app.rng(), self.import.created_at);
        let mut id = || KeyId::generate(now, &mut rng);
        let (import, project, by) = (self.import.id, &self.terms.project, self.import.created_by);
        entries.iter().map(|entry| entry.key(id(), import, project, by, made)).collect()
    }
}

/// One import of an organization at a time, whichever process it runs in.
async fn alone(tx: &mut Tx, project: &Project) -> Result<(), Error> {
    if tx.is_importing(&project.organization_id).await? {
        return Err(Error::Importing(super::ONE_AT_A_TIME));
    }
    Ok(())
}

async fn keep(tx: &mut Tx, once: Option<&Once>, terms: &Terms, import: &Import) -> Result<(), Error> {
    let Some(once) = once else { return Ok(()) };
    if once.seen(tx, &terms.caller, import.created_at).await? != Replay::New {
        return Err(Error::Importing("the same request is being answered already"));
    }
    once.keep(tx, &terms.caller, &import.id.to_string(), import.created_at).await
}

async fn go_on(tx: &mut Tx, import: &Import, state: ImportState, now: Timestamp) -> Result<(), Error> {
    // Another process may have taken this one for dead, if it stood still for long.
    if tx.update_import(import.id, state, now).await? { Ok(()) } else { Err(Error::GivenUp) }
}

/// The import as it stands now, and the keys that came in with it.
async fn record(
    tx: &mut Tx,
    import: &Import,
    project: &Project,
    now: Timestamp,
    verb: &str,
    keys: &[Key],
) -> Result<Version, Error> {
    let keys = keys.iter().map(|key| Effect::Key(Box::new(key.clone())));
    let effects: Vec<Effect> = std::iter::once(Effect::Import(import.clone())).chain(keys).collect();
    let organization = project.organization_id.as_str();
    Ok(tx.record(now, import.created_by, &format!("import.{verb}"), organization, &effects).await?)
}
