//! A write transaction: the only thing with write methods.

use super::witness::Witness;
use super::{ProjectForKeys, StoreError};
use domain::{ActorId, Change, ChangeHash, Effect, Timestamp, Version, link};
use sqlx::{PgConnection, SqliteConnection};

/// A connection with a transaction open on it.
#[derive(Debug)]
pub(crate) enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// An open write transaction that holds the clock row, so versions are given out in commit order.
#[derive(Debug)]
pub struct Tx {
    pub(super) conn: Conn,
    head: Head,
    /// Recorded but not written yet: all changes of a shared transaction go into the log by one statement.
    recorded: Vec<Change>,
    /// The project that keys were last made in. Creates that share a transaction are often of one project, and
    /// nobody else writes meanwhile: whoever changes a project or an organization here forgets it.
    pub(super) project_for_keys: Option<ProjectForKeys>,
}

/// Where the log stands.
#[derive(Debug, Clone, Copy)]
struct Head {
    version: Version,
    hash: ChangeHash,
}

impl Tx {
    /// Opens the transaction and locks the clock row.
    pub(super) async fn begin(mut conn: Conn) -> Result<Tx, (Conn, StoreError)> {
        match open(&mut conn).await {
            Ok(head) => Ok(Tx { conn, head, recorded: Vec::new(), project_for_keys: None }),
            Err(error) => Err((conn, error)),
        }
    }

    /// The version the next [`Tx::record`] will have; rows changed with it carry it.
    pub fn version(&self) -> Version {
        self.head.version.next()
    }

    /// Adds one change to the log: what was done, by whom, and the whole state of every object it touched.
    ///
    /// # Errors
    /// The database refused the row.
    pub async fn record(
        &mut self,
        at: Timestamp,
        actor: ActorId,
        action: &str,
        organization: &str,
        effects: &[Effect],
    ) -> Result<Version, StoreError> {
        let version = self.version();
        let actor = actor.to_string();
        let body = serde_json::to_string(effects).map_err(|_| StoreError::Failed)?;
        let hash = link(self.head.hash, version, at, [&actor, action, organization, &body]);
        let change = Change {
            version,
            at,
            actor,
            action: action.into(),
            organization: organization.into(),
            body,
            hash,
        };
        self.recorded.push(change);
        self.head = Head { version, hash };
        Ok(version)
    }

    /// Sets a mark that [`Tx::undo`] returns to; the one before is dropped, its work kept.
    pub(super) async fn mark(&mut self, first: bool) -> Result<Mark, StoreError> {
        let text =
            if first { "savepoint operation" } else { "release savepoint operation; savepoint operation" };
        super::execute!(self, sqlx::raw_sql(text))
            .map(|_| Mark { head: self.head, recorded: self.recorded.len() })
            .map_err(StoreError::from)
    }

    /// Takes back everything since the mark.
    pub(super) async fn undo(&mut self, mark: Mark) -> Result<(), StoreError> {
        self.head = mark.head;
        self.recorded.truncate(mark.recorded);
        self.project_for_keys = None;
        super::execute!(self, sqlx::raw_sql("rollback to savepoint operation")).map_err(|error| {
            // SQLite has rolled the whole transaction back by itself when the disk was full in the middle of it.
            if error.to_string().contains("no such savepoint") { StoreError::Full } else { error.into() }
        })
    }

    /// Writes the head back to the clock row and commits.
    pub(super) async fn commit(mut self, witness: &Witness) -> Result<Conn, (Option<Conn>, StoreError)> {
        if let Err(error) = self.write_log().await {
            return Err((self.roll_back().await, error));
        }
        let embedded = matches!(self.conn, Conn::Sqlite(_));
        match witness.warned_in(async { super::execute!(self, sqlx::raw_sql("commit")) }).await {
            (Ok(()), false) => Ok(self.conn),
            (Ok(()), true) => {
                tracing::error!("the database warned about a commit: it may not be on the standby");
                Err((Some(self.conn), StoreError::OutcomeUnknown))
            }
            (Err(error), _) => {
                let error = StoreError::from(error);
                // SQLite says these before anything is durable, and a rollback makes sure.
                if embedded && matches!(error, StoreError::Full | StoreError::Busy) {
                    return Err((self.roll_back().await, error));
                }
                Err((None, StoreError::OutcomeUnknown))
            }
        }
    }

    /// Takes everything back; the connection is given up when even that fails.
    pub(super) async fn roll_back(mut self) -> Option<Conn> {
        let done = super::execute!(self, sqlx::raw_sql("rollback"));
        // SQLite has rolled back by itself when the disk was full: then there is nothing left to roll back.
        let nothing_open =
            matches!(&done, Err(error) if error.to_string().contains("no transaction is active"));
        (done.is_ok() || nothing_open).then_some(self.conn)
    }

    /// Adds what was recorded to the log, and writes the head back.
    async fn write_log(&mut self) -> Result<(), StoreError> {
        let recorded = std::mem::take(&mut self.recorded);
        if recorded.is_empty() {
            return Ok(());
        }
        self.insert_changes(recorded).await?;
        let Head { version, hash } = self.head;
        super::execute!(
            self,
            sqlx::query("update clock set version = $1, hash = $2 where id = 1")
                .bind(version.0)
                .bind(hash.0.as_slice())
        )?;
        Ok(())
    }
}

/// Where a savepoint stands in the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    head: Head,
    recorded: usize,
}

async fn open(conn: &mut Conn) -> Result<Head, StoreError> {
    // The row lock makes every other writer wait, so versions commit in their order; a sequence would not.
    const LOCK: &str = "update clock set version = version where id = 1 returning version, hash";
    let row: (i64, Vec<u8>) = match conn {
        Conn::Sqlite(conn) => {
            sqlx::raw_sql("begin immediate").execute(&mut *conn).await?;
            sqlx::query_as(LOCK).fetch_one(conn).await?
        }
        Conn::Postgres(conn) => {
            // Said for each transaction, because a role or a database can have another default.
            sqlx::raw_sql("begin; set local synchronous_commit to on").execute(&mut *conn).await?;
            sqlx::query_as(LOCK).fetch_one(conn).await?
        }
    };
    let hash = row.1.try_into().map_err(|_| StoreError::Failed)?;
    Ok(Head { version: Version(row.0), hash: ChangeHash(hash) })
}
