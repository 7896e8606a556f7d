//! What a running server looks after: that its database file stays the one it opened.

use crate::exit::{Fault, Kind};
use control::store::Database;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(1);

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
