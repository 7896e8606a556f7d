//! Where the log comes from. The binary implements this over the store; tests over a list.

use domain::{Change, ChangeHash, Loaded, Version};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// The log as a node follows it. Every read is of the primary: a replica may lag behind a revocation.
///
/// The follower bounds each wait and drops a call that takes too long, so all of them must be safe to cancel.
pub trait Source: Send + Sync + 'static {
    /// Commits the row of a process that starts. Done before anything is loaded, so that whoever waits for all
    /// nodes to have seen a change waits for this one too.
    fn register(&self, node: &NodeId) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// Proves to the primary that this node follows: one write that counts the node's beat on from exactly
    /// `beat` (0 after [`Source::register`]), and answers where the log stands in that same moment.
    ///
    /// [`SourceError::Lost`] when the row is gone, its beat is another, or its history is no longer the log's.
    fn renew(&self, node: &NodeId, beat: i64) -> impl Future<Output = Result<Head, SourceError>> + Send;

    /// Everything on record as of one version, and the id of the history it belongs to.
    fn load(&self) -> impl Future<Output = Result<(String, Loaded), SourceError>> + Send;

    /// The changes whose version is `from` or higher, lowest first, at most `limit` of them.
    ///
    /// The first one is thus the change *at* `from`, whose hash the follower compares with its own; a log
    /// that no longer has it (or where `from` is [`Version::START`], which no change has) begins with the next.
    fn changes(
        &self,
        from: Version,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Change>, SourceError>> + Send;

    /// Notes how far the node has come. Only informs; errors are ignored.
    fn applied(
        &self,
        node: &NodeId,
        version: Version,
    ) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// Removes the row of a node that will never answer again.
    fn deregister(&self, node: &NodeId) -> impl Future<Output = Result<(), SourceError>> + Send;
}

/// Where the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The id of the history.
    pub history: String,
    /// The newest version.
    pub version: Version,
    /// The hash of its change.
    pub hash: ChangeHash,
    /// The node's beat after this renewal.
    pub beat: i64,
    /// How long this renewal lets the node answer: one value for all nodes of a log.
    pub lease: Duration,
}

/// Why the log did not answer as asked.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The node's row, beat or history is not as expected: somebody else may act in its name.
    #[error("the node's row, beat or history is not as expected")]
    Lost,
    /// Anything else; worth another try.
    #[error("the log did not answer")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// The name of a data-plane process: random, drawn at each start, never stored by the process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NodeId(String);

impl NodeId {
    /// The id of these random bytes.
    pub fn from_random(bytes: [u8; 16]) -> NodeId {
        NodeId(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// The id as text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The answer, unless it takes longer than this: no wait is without a bound.
pub(crate) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(SourceError::Failed(Box::new(elapsed))),
    }
}
