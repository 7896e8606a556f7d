//! The data plane's view of the log, over control's store.

use crate::clock;
use control::store::{ChangeFilter, Store};
use data::{Head, NodeId, Source, SourceError};
use domain::{Change, Loaded, Version};

/// The log of this process's own database.
pub(super) struct Feed(pub(super) Store);

fn failed(error: control::store::StoreError) -> SourceError {
    SourceError::Failed(Box::new(error))
}

impl Source for Feed {
    async fn register(&self, node: &NodeId) -> Result<(), SourceError> {
        self.0.register_node(node.as_str(), clock::now()).await.map_err(failed)
    }

    async fn renew(&self, node: &NodeId, beat: i64) -> Result<Head, SourceError> {
        let renewed = self.0.renew_node(node.as_str(), beat).await.map_err(failed)?;
        let at = renewed.ok_or(SourceError::Lost)?;
        Ok(Head { history: at.history, version: at.version, hash: at.hash, beat: beat + 1, lease: at.lease })
    }

    async fn load(&self) -> Result<(String, Loaded), SourceError> {
        self.0.load().await.map_err(failed)
    }

    async fn changes(&self, from: Version, limit: usize) -> Result<Vec<Change>, SourceError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.0.changes(ChangeFilter { from, organization: None, limit }).await.map_err(failed)
    }

    async fn applied(&self, node: &NodeId, version: Version) -> Result<(), SourceError> {
        self.0.note_applied(node.as_str(), version).await.map_err(failed)
    }

    async fn deregister(&self, node: &NodeId) -> Result<(), SourceError> {
        self.0.deregister_node(node.as_str()).await.map_err(failed)
    }
}
