//! What can go wrong with the database, as far as a caller can act on it.

/// A failed read or write. Nothing was changed, except where it says that nobody knows.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too many operations wait already.
    #[error("too many changes are waiting; try again")]
    Overloaded,
    /// Somebody else holds the database.
    #[error("the database is busy; try again")]
    Busy,
    /// No room for another row.
    #[error("the disk of the database is full")]
    Full,
    /// It does not answer.
    #[error("the database cannot be reached")]
    Unavailable,
    /// The commit was sent and no clean answer came back.
    #[error("the outcome of the change is unknown; read the object before trying again")]
    OutcomeUnknown,
    /// A row is there already.
    #[error("the row exists already")]
    Taken,
    /// Anything else; logged where it happened, never shown.
    #[error("the store failed")]
    Failed,
}

impl StoreError {
    /// The stable word for this fault on the wire and in metrics.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Overloaded => "overloaded",
            StoreError::Busy => "storage_busy",
            StoreError::Full => "storage_full",
            StoreError::Unavailable => "storage_unavailable",
            StoreError::OutcomeUnknown => "outcome_unknown",
            StoreError::Taken | StoreError::Failed => "internal",
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        let meaning = meaning(&error);
        if matches!(meaning, StoreError::Failed | StoreError::Unavailable | StoreError::Full) {
            tracing::error!(error = %Causes(&error), "the database refused a statement");
        }
        meaning
    }
}

fn meaning(error: &sqlx::Error) -> StoreError {
    if let Some(database) = error.as_database_error() {
        if database.is_unique_violation() {
            return StoreError::Taken;
        }
        return match database.code().as_deref() {
            Some(code) if sqlite_is_full(code) => StoreError::Full,
            // SQLite again: BUSY, LOCKED and their extended codes.
            Some("5" | "6" | "261" | "262" | "517") => StoreError::Busy,
            // PostgreSQL error codes, appendix A: disk_full, lock_not_available, query_canceled.
            Some("53100") => StoreError::Full,
            Some("55P03" | "57014" | "40001" | "40P01") => StoreError::Busy,
            // No session at all: classes 28 (no such login), 3D (no such database), 53 (no resources), and
            // 55000 (the database takes no connections).
            Some("55000") => StoreError::Unavailable,
            // The session was ended while it stood still, there is no connection left, or the server is now a
            // standby: too_many_connections, idle_in_transaction_session_timeout, read_only_sql_transaction.
            Some("25P03" | "25006") => StoreError::Unavailable,
            Some(code)
                if code.len() == 5
                    && ["08", "28", "3D", "53", "57"].iter().any(|class| code.starts_with(class)) =>
            {
                StoreError::Unavailable
            }
            _ => StoreError::Failed,
        };
    }
    let lost = matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    );
    if lost { StoreError::Unavailable } else { StoreError::Failed }
}

/// SQLite result codes, <https://sqlite.org/rescode.html>: FULL, and what some disks say instead, IOERR_WRITE
/// and, for the shared memory beside the file, IOERR_SHMSIZE.
pub(super) fn sqlite_is_full(code: &str) -> bool {
    matches!(code, "13" | "778" | "4874")
}

/// An error with all its causes on one line.
pub(crate) struct Causes<'a>(pub(crate) &'a (dyn std::error::Error + 'a));

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
