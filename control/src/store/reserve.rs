//! A megabyte kept beside the embedded database, given up when the disk is full so that a revocation
//! still finds room.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const BYTES: usize = 1 << 20;

/// The reserve file; it may or may not be there.
#[derive(Debug, Clone)]
pub(super) struct Reserve(PathBuf);

impl Reserve {
    /// The reserve of this database file, beside it.
    pub(super) fn of(database: &Path) -> Reserve {
        Reserve(database.with_extension("reserve"))
    }

    /// Makes sure that the reserve is there; false while the disk has no room for it.
    ///
    /// Its bytes are wanted twice before it is taken back. Without that, what was just released for a
    /// revocation would be gone again before the revocation runs.
    pub(super) fn fill(&self) -> bool {
        if self.0.metadata().is_ok_and(|found| found.len() == BYTES as u64) {
            return true;
        }
        let filled = self.write_twice().is_ok();
        if !filled {
            // Half a reserve would only be in the way of what it is for.
            self.release();
        }
        filled
    }

    fn write_twice(&self) -> std::io::Result<()> {
        let mut file = File::create(&self.0)?;
        file.write_all(&vec![0; 2 * BYTES])?;
        file.set_len(BYTES as u64)
    }

    /// Gives the room back to the disk; true when it has been given, now or by somebody else before.
    pub(super) fn release(&self) -> bool {
        std::fs::remove_file(&self.0).map_or_else(|error| error.kind() == ErrorKind::NotFound, |()| true)
    }
}
