//! A file that is looked at now and then, so that a change to it is noticed without a signal.

use std::future::pending;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(1);

/// What tells one state of a file from another, without reading it; `None` when it is not there.
type State = Option<(u64, u64, u64, i64, i64)>;

/// The file, and its state when it was last told of.
pub(super) struct Watched {
    file: Option<PathBuf>,
    told: State,
}

impl Watched {
    pub(super) fn new(file: Option<&Path>) -> Watched {
        Watched { told: file.and_then(state), file: file.map(Path::to_owned) }
    }

    /// Takes the file as it is now for known.
    pub(super) fn look(&mut self) {
        self.told = self.file.as_deref().and_then(state);
    }

    /// Returns when the file has changed, and changes no more: what is still being written is not read half.
    pub(super) async fn changed(&mut self) {
        let Some(file) = &self.file else { return pending().await };
        let mut seen = self.told;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = state(file);
            if now == seen && now != self.told {
                self.told = now;
                return;
            }
            seen = now;
        }
    }
}

fn state(file: &Path) -> State {
    let found = file.metadata().ok()?;
    Some((found.dev(), found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}
