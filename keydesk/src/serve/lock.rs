//! One server for one embedded database, by a lock that the operating system lets go when the process ends.

use crate::exit::{Fault, Kind};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fs::{File, OpenOptions};
use std::path::Path;

/// Takes the lock, or says who has it.
pub(super) fn take(folder: &Path) -> Result<File, Fault> {
    let path = folder.join("keydesk.lock");
    let failed = |error: std::io::Error| {
        Fault::new(Kind::CantCreate, "cannot_create", format!("{}: {error}", path.display()))
    };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        let message = format!("another server is running on {}", folder.display());
        Fault::new(Kind::TempFail, "already_running", message)
    })?;
    Ok(file)
}

/// A dump of this process would hold its secrets.
pub(super) fn no_core_dumps() {
    let nothing = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, nothing).is_err() {
        tracing::warn!("core dumps could not be switched off");
    }
}
