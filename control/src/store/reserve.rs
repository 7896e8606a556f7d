//! A megabyte kept beside the embedded database, given up when the disk is full so that a revocation
//! still finds room.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const BYTES: usize = 1 << 20;

/// The reserve file; it may or may not be there.
#[derive(Debug, Clone)]
pub(super) struct Reserve(PathBuf);

impl Reserve {
    /// Makes the reserve beside the database file unless it is there already.
    pub(super) fn beside(database: &Path) -> Reserve {
        let reserve = Reserve(database.with_extension("reserve"));
        reserve.fill();
        reserve
    }

    /// Writes the reserve again; a disk that is still full leaves none, which the next call mends.
    pub(super) fn fill(&self) {
        if self.0.metadata().is_ok_and(|found| found.len() == BYTES as u64) {
            return;
        }
        let written = File::create(&self.0).and_then(|mut file| file.write_all(&vec![0; BYTES]));
        if written.is_err() {
            self.release();
        }
    }

    /// Gives the room back to the disk; true when there was some.
    pub(super) fn release(&self) -> bool {
        std::fs::remove_file(&self.0).is_ok()
    }
}
