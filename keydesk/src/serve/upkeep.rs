//! What a running server looks after: that its database file stays the one it opened, and that what a process left
//! behind which ended in the middle of an import is taken away, and that signing keys are replaced in time.

use crate::exit::{Fault, Kind};
use control::App;
use control::ops::{import, signing_keys};
use control::store::Database;
use std::convert::Infallible;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_secs(60);
const TEND: Duration = Duration::from_secs(600);

/// Takes away what imports left behind, now and then.
pub(super) async fn sweep(app: &App) -> Infallible {
    loop {
        if let Err(error) = import::sweep(app).await {
            tracing::warn!(%error, "what an import left behind is still there");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// Begins the rotations that are due, and erases keys whose last token has ended.
pub(super) async fn tend_signing_keys(app: &Arc<App>, every_days: u32) -> Infallible {
    loop {
        if let Err(error) = signing_keys::tend(app, every_days).await {
            tracing::warn!(%error, "signing keys could not be looked after; this is tried again");
        }
        tokio::time::sleep(TEND).await;
    }
}

/// Runs until something is wrong beyond repair.
pub(super) async fn run(database: &Database) -> Fault {
    let Database::Sqlite(path) = database else { return std::future::pending().await };
    let opened = identity(path);
    loop {
        tokio::time::sleep(LOOK).await;
        if identity(path) != opened {
            // What is written now would go to a file without a name.
            let message = format!("{} was moved or replaced while in use; stopped", path.display());
            return Fault::new(Kind::Io, "database_replaced", message);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}
