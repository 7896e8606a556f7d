//! What a running server looks after: that its database file stays the one it opened, and that what a process left
//! behind which ended in the middle of an import is taken away.

use crate::exit::{Fault, Kind};
use control::App;
use control::ops::import;
use control::store::Database;
use std::convert::Infallible;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_secs(60);

/// Takes away what imports left behind, now and then.
pub(super) async fn sweep(app: &App) -> Infallible {
    loop {
        if let Err(error) = import::sweep(app).await {
            tracing::warn!(%error, "what an import left behind is still there");
        }
        tokio::time::sleep(SWEEP).await;
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
