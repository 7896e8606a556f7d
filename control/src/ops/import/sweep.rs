//! Taking away what an import has written that will never be complete.

use crate::store::{ImportRow, Lane, StoreError, Tx};
use crate::{App, Error};
use domain::{Effect, Import, ImportState, Timestamp};

/// Keys taken away by one change.
const PIECE: i64 = 256;
/// A process that writes an import writes more often than this, or has ended.
const STILL_SECONDS: i64 = 15;

/// Takes away what imports left behind that failed, or whose process ended. Nothing of it was ever a key. Answers
/// with the imports that are still being written.
///
/// # Errors
/// The store failed; what is left is for the next time.
pub async fn sweep(app: &App) -> Result<Vec<ImportRow>, Error> {
    let mut alive = Vec::new();
    for row in app.store.unfinished_imports().await? {
        if is_dead(app, &row) {
            take_away(app, &row).await?;
        } else {
            alive.push(row);
        }
    }
    Ok(alive)
}

/// The embedded database has one process, and this one knows what it writes.
fn is_dead(app: &App, row: &ImportRow) -> bool {
    let still_since = row.touched_at.plus_seconds(STILL_SECONDS);
    let may_be_written = row.import.state == ImportState::Staged
        && (app.imports.runs(row.import.id) || !app.store.is_embedded() && app.now() < still_since);
    !may_be_written
}

/// Gives an import up and takes its keys away, unless it is complete.
pub(super) async fn take_away(app: &App, row: &ImportRow) -> Result<(), Error> {
    abandon(app, row).await?;
    while forget(app, row).await? {}
    tracing::info!(import.id = %row.import.id, "an import that did not end well was taken away");
    Ok(())
}

/// From here on nobody writes to it any more.
async fn abandon(app: &App, row: &ImportRow) -> Result<(), Error> {
    let (row, now) = (row.clone(), app.now());
    let work = async move |tx: &mut Tx| {
        if tx.update_import(row.import.id, ImportState::Abandoned, now).await? {
            let import = Import { state: ImportState::Abandoned, ..row.import.clone() };
            record(tx, &row, now, "abandoned", Effect::Import(import)).await?;
        }
        Ok(())
    };
    app.change(Lane::Ordinary, work).await
}

/// Some of its keys; false when there are none left and the import itself is gone, or when it is complete: its
/// last change may have been made although nobody was told.
async fn forget(app: &App, row: &ImportRow) -> Result<bool, Error> {
    let (row, now) = (row.clone(), app.now());
    let work = async move |tx: &mut Tx| {
        let import = row.import.id;
        let state = tx.import(import).await?.map(|row| row.import.state);
        if state != Some(ImportState::Abandoned) {
            return Ok(false);
        }
        let keys = tx.keys_of_import(import, PIECE).await?;
        if keys.is_empty() {
            tx.delete_import(import).await?;
            return Ok(false);
        }
        tx.forget_keys(import, &keys).await?;
        record(tx, &row, now, "cleared", Effect::Forgotten { import, keys }).await?;
        Ok(true)
    };
    app.change(Lane::Ordinary, work).await
}

/// In the name of whoever began the import.
async fn record(
    tx: &mut Tx,
    row: &ImportRow,
    now: Timestamp,
    verb: &str,
    effect: Effect,
) -> Result<(), StoreError> {
    let (by, organization) = (row.import.created_by, row.organization.as_str());
    tx.record(now, by, &format!("import.{verb}"), organization, &[effect]).await.map(drop)
}
