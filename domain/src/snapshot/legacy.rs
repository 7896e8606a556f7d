//! Imported keys, apart from our own: the look-up of one of ours costs nothing more where there are some.

use super::Entry;
use crate::table::Table;
use crate::{Digest, Import, ImportId, ImportState};

/// The keys of every import. They come in piece by piece, and all of one import at once become somebody's when a
/// later change says that it is complete: that change is as small as any, however many keys it lets in.
#[derive(Debug, Clone)]
pub(super) struct Legacy {
    keys: Table<Digest, Imported>,
    complete: Table<ImportId, ()>,
    /// Whether any is: a table does not count.
    any_complete: bool,
}

#[derive(Debug, Clone)]
struct Imported {
    import: ImportId,
    entry: Entry,
}

impl Legacy {
    pub(super) fn none() -> Legacy {
        Legacy { keys: Table::new(), complete: Table::new(), any_complete: false }
    }

    /// Whether any key could be found here.
    pub(super) fn is_in_use(&self) -> bool {
        self.any_complete
    }

    pub(super) fn get(&self, digest: &Digest) -> Option<&Entry> {
        if !self.any_complete {
            return None;
        }
        self.keys
            .get(digest)
            .filter(|found| self.complete.get(&found.import).is_some())
            .map(|found| &found.entry)
    }

    pub(super) fn put(&mut self, digest: Digest, import: ImportId, entry: Entry) {
        self.keys.insert(digest, Imported { import, entry });
    }

    pub(super) fn forget(&mut self, digest: &Digest) {
        self.keys.remove(digest);
    }

    pub(super) fn note(&mut self, import: &Import) {
        match import.state {
            ImportState::Complete => self.complete(import.id),
            ImportState::Staged | ImportState::Abandoned => {}
        }
    }

    pub(super) fn complete(&mut self, import: ImportId) {
        self.complete.insert(import, ());
        self.any_complete = true;
    }

    /// How many keys can be found here.
    pub(super) fn count(&self) -> usize {
        self.keys.iter().filter(|(_, found)| self.complete.get(&found.import).is_some()).count()
    }

    /// The same keys, each as `renew` makes it.
    pub(super) fn renewed(&self, mut renew: impl FnMut(&Entry) -> Entry) -> Legacy {
        let mut keys = Table::new();
        for (digest, found) in self.keys.iter() {
            keys.insert(*digest, Imported { import: found.import, entry: renew(&found.entry) });
        }
        Legacy { keys, ..self.clone() }
    }
}
