//! The log: read in order, and checked link by link.

use super::rows::{stored, time};
use super::tx::Conn;
use super::{Store, StoreError, Tx, read};
use domain::{Change, ChangeHash, Version};

/// Which changes are read.
#[derive(Debug, Clone, Copy)]
pub struct ChangeFilter<'a> {
    /// Those from this version on.
    pub from: Version,
    /// Only this organization's, or everybody's.
    pub organization: Option<&'a str>,
    /// At most this many.
    pub limit: i64,
}

/// Where the chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainFault {
    /// The first version that does not follow from the one before it.
    pub version: Version,
}

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    made_at: i64,
    actor: String,
    action: String,
    organization_id: String,
    body: String,
    hash: Vec<u8>,
}

impl Row {
    fn into_change(self) -> Result<Change, StoreError> {
        Ok(Change {
            version: Version(self.version),
            at: time(self.made_at),
            actor: self.actor,
            action: self.action,
            organization: self.organization_id,
            body: self.body,
            hash: ChangeHash(stored(self.hash.try_into().ok())?),
        })
    }
}

impl Store {
    /// Changes in order, oldest first.
    pub async fn changes(&self, filter: ChangeFilter<'_>) -> Result<Vec<Change>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(
            "select version, made_at, actor, action, organization_id, body, hash from changes \
             where version >= $1 and ($2 = '' or organization_id = $2) order by version limit $3"
        )
        .bind(filter.from.0)
        .bind(filter.organization.unwrap_or(""))
        .bind(filter.limit)
        .fetch_all(db))?;
        super::rows::all(rows, Row::into_change)
    }

    /// Walks the whole chain; answers how many changes hold, or where it breaks.
    ///
    /// What lies after a checkpoint held elsewhere is not proved by this: whoever can write the database can
    /// compute a whole new chain.
    pub async fn check_chain(&self) -> Result<Result<Version, ChainFault>, StoreError> {
        let mut at = Version::START;
        let mut hash = ChangeHash::START;
        loop {
            let filter = ChangeFilter { from: at.next(), organization: None, limit: 1000 };
            let changes = self.changes(filter).await?;
            for change in &changes {
                if change.version != at.next() || !change.follows(hash) {
                    return Ok(Err(ChainFault { version: at.next() }));
                }
                (at, hash) = (change.version, change.hash);
            }
            if changes.is_empty() {
                return Ok(self
                    .clock_agrees(at, hash)
                    .await?
                    .then_some(at)
                    .ok_or(ChainFault { version: at.next() }));
            }
        }
    }

    /// Rows cut off the end leave a clock that is ahead of the log.
    async fn clock_agrees(&self, at: Version, hash: ChangeHash) -> Result<bool, StoreError> {
        let clock: (i64, Vec<u8>) =
            read!(self, |db| sqlx::query_as("select version, hash from clock where id = 1").fetch_one(db))?;
        // A change made since the last page was read has moved the clock on, not back.
        Ok(clock.0 > at.0 && self.has(at.next()).await? || clock.0 == at.0 && clock.1 == hash.0)
    }

    async fn has(&self, version: Version) -> Result<bool, StoreError> {
        let filter = ChangeFilter { from: version, organization: None, limit: 1 };
        Ok(self.changes(filter).await?.first().is_some_and(|change| change.version == version))
    }
}

/// Adds the rows to the log on either connection.
macro_rules! insert_changes {
    ($database:ty, $conn:expr, $changes:expr) => {{
        let mut insert = sqlx::QueryBuilder::<$database>::new(
            "insert into changes (version, made_at, actor, action, organization_id, body, hash) ",
        );
        insert.push_values($changes, |mut row, change: Change| {
            row.push_bind(change.version.0)
                .push_bind(change.at.micros())
                .push_bind(change.actor)
                .push_bind(change.action)
                .push_bind(change.organization)
                .push_bind(change.body)
                .push_bind(change.hash.0.to_vec());
        });
        insert.build().execute($conn).await.map(|_| ())
    }};
}

/// A statement that is sent in several pieces waits until all but the last of them are acknowledged, which takes
/// 40 ms where the other side has nothing to say meanwhile: the PostgreSQL driver leaves Nagle's algorithm on.
const STATEMENT_BYTES: usize = 8 << 10;

impl Tx {
    pub(super) async fn insert_changes(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        for some in in_statements(changes) {
            match &mut self.conn {
                Conn::Sqlite(conn) => insert_changes!(sqlx::Sqlite, &mut *conn, some)?,
                Conn::Postgres(conn) => insert_changes!(sqlx::Postgres, &mut *conn, some)?,
            }
        }
        Ok(())
    }
}

/// The changes in their order, as many together as one statement should carry; at least one.
fn in_statements(changes: Vec<Change>) -> Vec<Vec<Change>> {
    let mut statements: Vec<Vec<Change>> = Vec::new();
    let mut bytes = 0;
    for change in changes {
        bytes += change.body.len();
        match statements.last_mut() {
            Some(last) if bytes <= STATEMENT_BYTES => last.push(change),
            _ => {
                bytes = change.body.len();
                statements.push(vec![change]);
            }
        }
    }
    statements
}
