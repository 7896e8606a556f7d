//! One page of changes applied to a snapshot: whole, in order, and only where history is what it was.

use crate::Head;
use domain::{Change, Snapshot, Version};
use std::error::Error;

/// Why a node must stop answering and load everything again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the node's row, beat or history is not as expected")]
    Lost,
    #[error("the log has another history than the one loaded")]
    OtherHistory,
    #[error("the log no longer has version {0:?}, which is applied here")]
    WentBack(Version),
    #[error("the change of version {0:?} has another hash than the one applied here")]
    OtherHash(Version),
    #[error("the log says it is at version {0:?} but holds no such change")]
    Missing(Version),
    #[error("a change cannot be applied")]
    Change(#[source] Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// The cause as a metric's label.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Fault::Lost => "lost",
            Fault::OtherHistory => "other_history",
            Fault::WentBack(_) => "went_back",
            Fault::OtherHash(_) => "other_hash",
            Fault::Missing(_) => "missing",
            Fault::Change(_) => "change",
        }
    }
}

/// The snapshot after a page that begins with the change at the snapshot's own version.
pub(super) fn apply(mut snapshot: Snapshot, page: &[Change], head: Option<&Head>) -> Result<Snapshot, Fault> {
    let fresh = fresh(&snapshot, page)?;
    agrees(&snapshot, head)?;
    for change in fresh {
        snapshot.apply(change).map_err(|error| Fault::Change(error.into()))?;
        agrees(&snapshot, head)?;
    }
    Ok(snapshot)
}

/// The changes that are not applied yet, once the last applied one was found unchanged.
pub(super) fn fresh<'p>(snapshot: &Snapshot, page: &'p [Change]) -> Result<&'p [Change], Fault> {
    let known = snapshot.version();
    match page.split_first() {
        _ if known == Version::START => Ok(page),
        Some((own, fresh)) if own.version == known && own.hash == snapshot.hash() => Ok(fresh),
        Some((own, _)) if own.version == known => Err(Fault::OtherHash(known)),
        Some(_) | None => Err(Fault::WentBack(known)),
    }
}

/// At the version of the head, its hash must be the head's.
pub(super) fn agrees(snapshot: &Snapshot, head: Option<&Head>) -> Result<(), Fault> {
    match head {
        Some(head) if head.version == snapshot.version() && head.hash != snapshot.hash() => {
            Err(Fault::OtherHash(head.version))
        }
        Some(_) | None => Ok(()),
    }
}
