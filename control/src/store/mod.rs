//! The only SQL of Keydesk: one query text on SQLite and PostgreSQL.
//!
//! Reads go through a pool; every write goes through the one [`Tx`] of the writer, which has all the
//! write methods there are.

mod accounts;
mod bindings;
mod callers;
mod cascades;
mod catalogs;
mod changes;
mod error;
mod idempotency;
mod imports;
mod invites;
mod keys;
mod load;
mod migrate;
mod nodes;
mod open;
mod organizations;
mod projects;
mod public_keys;
mod reserve;
mod resources;
mod revoked_tokens;
mod rows;
mod sessions;
mod setup_codes;
mod signing;
mod tx;
mod usage;
mod users;
mod witness;
mod writer;

pub use accounts::{AccountRow, ServiceAccount};
pub use bindings::{BindingFilter, BindingRow, RoleBinding};
pub use changes::{ChainFault, ChangeFilter};
pub use error::StoreError;
pub use idempotency::Replay;
pub use imports::ImportRow;
pub use invites::{Invite, InviteRow, InviteStatus};
pub use keys::{KeyFilter, KeyRow, StatusFilter};
pub use nodes::{Beat, NodeRow};
pub use open::{Database, OpenError};
pub use organizations::OrganizationRow;
pub use projects::{ProjectForKeys, ProjectRow};
pub use resources::{ResourceFilter, ResourceRow};
pub use rows::Slice;
pub use sessions::Session;
pub use signing::SigningKeyRow;
pub use tx::Tx;
pub use usage::{AllowedCalls, UsageBy, UsageCalls, UsageCount, UsageOf, UsageQuery, UsageSpan};
pub use users::{User, UserRow};
pub use writer::Lane;

use sqlx::{PgPool, SqlitePool};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Where readers take their connections from.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The database, open: a pool of readers and one writer.
#[derive(Debug)]
pub struct Store {
    db: Db,
    feed: Db,
    /// Long lists under way. They leave connections to the look-ups of a revocation, however many there are.
    lists: Arc<Semaphore>,
    /// Questions about usage under way.
    usage_turns: Arc<Semaphore>,
    writer: writer::Writer,
    reserve: Option<reserve::Reserve>,
}

/// Runs one query on whichever database is configured.
macro_rules! read {
    ($store:expr, |$conn:ident| $query:expr) => {
        match &$store.db {
            $crate::store::Db::Sqlite($conn) => $query.await,
            $crate::store::Db::Postgres($conn) => $query.await,
        }
    };
}

/// Runs one statement outside the writer's transaction; only node rows need that.
macro_rules! run {
    ($store:expr, $query:expr) => {
        match &$store.db {
            $crate::store::Db::Sqlite(db) => $query.execute(db).await.map(|_| ()),
            $crate::store::Db::Postgres(db) => $query.execute(db).await.map(|_| ()),
        }
    };
}

/// Runs one query that returns rows in the writer's transaction.
macro_rules! write {
    ($tx:expr, |$conn:ident| $query:expr) => {
        match &mut $tx.conn {
            $crate::store::tx::Conn::Sqlite($conn) => $query.await,
            $crate::store::tx::Conn::Postgres($conn) => $query.await,
        }
    };
}

/// Runs one statement in the writer's transaction.
macro_rules! execute {
    ($tx:expr, $query:expr) => {
        match &mut $tx.conn {
            $crate::store::tx::Conn::Sqlite(conn) => $query.execute(&mut *conn).await.map(|_| ()),
            $crate::store::tx::Conn::Postgres(conn) => $query.execute(&mut *conn).await.map(|_| ()),
        }
    };
}
pub(crate) use {execute, read, run, write};

impl Store {
    /// Runs `work` in a write transaction and answers when it is durable.
    ///
    /// Waiting operations share one transaction, a savepoint each: an operation that fails takes nothing
    /// but itself back.
    ///
    /// # Errors
    /// What `work` answered, or why the transaction did not commit.
    pub async fn write<T, E, W>(&self, lane: Lane, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.writer.run(lane, work).await
    }

    /// Gives up the disk space kept for this moment; true when a retry may help.
    ///
    /// The writer takes it back before the next ordinary change, which is refused until there is room for it.
    pub fn release_reserve(&self) -> bool {
        self.reserve.as_ref().is_some_and(reserve::Reserve::release)
    }

    /// The same database through connections of its own, for the data plane's feed.
    #[must_use]
    pub fn for_feed(&self) -> Store {
        let (db, feed) = (self.feed.clone(), self.feed.clone());
        let (lists, usage_turns) = (Arc::clone(&self.lists), Arc::clone(&self.usage_turns));
        Store { db, feed, lists, usage_turns, writer: self.writer.clone(), reserve: self.reserve.clone() }
    }

    /// Whether this is the embedded database.
    pub fn is_embedded(&self) -> bool {
        matches!(self.db, Db::Sqlite(_))
    }
}
