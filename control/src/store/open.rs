//! Opening the database, with every setting that durability depends on checked, not assumed.

use super::error::{Causes, sqlite_is_full};
use super::reserve::Reserve;
use super::writer::{Connect, Writer};
use super::{Db, Store, migrate};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

const READERS: u32 = 8;
/// Readers that may be at work on long lists at once.
const LISTS: usize = 4;
/// And on questions about usage, which may look at many rows.
const USAGES: usize = 2;
/// Connections that only the data plane's feed uses, so that no list, however long, makes a node stale.
const FEED_READERS: u32 = 2;
pub(super) const WAIT: Duration = Duration::from_secs(5);
/// The bundled library is newer; an older one has the WAL-reset bug (fixed in 3.51.3).
const SQLITE_OLDEST: (u32, u32, u32) = (3, 51, 3);

/// Which database, and where.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is none.
    #[error("the database URL must begin with postgres://")]
    Url,
    /// It does not open or answer.
    #[error("the database cannot be opened: {0}")]
    Unreachable(String),
    /// Not even the little room that opening takes is left.
    #[error("the disk of the database is full")]
    Full,
    /// Not a database, or damaged.
    #[error("the database file is damaged or is not a database; it was left untouched: {0}")]
    Corrupt(String),
    /// A setting that would lose acknowledged writes.
    #[error("{0}")]
    Unsafe(String),
    /// Made by a newer Keydesk.
    #[error("the database has schema {found}, this Keydesk knows {known}: use the newer Keydesk")]
    TooNew {
        /// The schema in the database.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
}

impl Store {
    /// Opens the database and brings its schema up to date, under a lock. A new one gets `new_history` as
    /// the id of its history.
    ///
    /// # Errors
    /// It cannot be reached, is damaged, is newer than this program, or is set up to lose writes.
    pub async fn open(database: &Database, new_history: &str) -> Result<Store, OpenError> {
        match database {
            Database::Sqlite(path) => open_sqlite(path, new_history).await,
            Database::Postgres(url) => open_postgres(url, new_history).await,
        }
    }
}

async fn open_sqlite(path: &Path, history: &str) -> Result<Store, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        // An editor of the schema could otherwise run code through functions in it.
        .pragma("trusted_schema", "off")
        .disable_statement_logging();
    match prepare_sqlite(&options, history).await {
        // A full disk must not keep a server from starting: it still verifies, and revokes.
        Err(OpenError::Full) if Reserve::of(path).release() => prepare_sqlite(&options, history).await?,
        prepared => prepared?,
    }
    let reserve = Reserve::of(path);
    reserve.fill();
    let read_only = options.clone().read_only(true).create_if_missing(false);
    let pool = |size| {
        let pool = SqlitePoolOptions::new().max_connections(size).acquire_timeout(WAIT);
        Db::Sqlite(pool.connect_lazy_with(read_only.clone()))
    };
    let (db, feed) = (pool(READERS), pool(FEED_READERS));
    let writer = Writer::start(Connect::Sqlite(Box::new(options)), Some(reserve.clone()));
    Ok(Store { db, feed, lists: turns(LISTS), usage_turns: turns(USAGES), writer, reserve: Some(reserve) })
}

async fn prepare_sqlite(options: &SqliteConnectOptions, history: &str) -> Result<(), OpenError> {
    let mut conn = connect_patiently(options).await.map_err(|error| sqlite_fault(&error))?;
    check_sqlite(&mut conn).await?;
    migrate::sqlite(&mut conn, history).await?;
    conn.close().await.map_err(|error| sqlite_fault(&error))
}

/// Turning WAL on does not wait for others that open the file in the same moment; so this does.
async fn connect_patiently(options: &SqliteConnectOptions) -> sqlx::Result<sqlx::SqliteConnection> {
    const PAUSE: Duration = Duration::from_millis(50);
    for _ in 0..WAIT.as_millis() / PAUSE.as_millis() {
        match options.connect().await {
            Err(error)
                if error.as_database_error().is_some_and(|busy| busy.code().as_deref() == Some("5")) =>
            {
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
    options.connect().await
}

async fn check_sqlite(conn: &mut sqlx::SqliteConnection) -> Result<(), OpenError> {
    let get = |row: sqlx::sqlite::SqliteRow| row.try_get::<String, _>(0).unwrap_or_default();
    let version = sqlx::query("select sqlite_version()").fetch_one(&mut *conn).await.map(get);
    let version = version.map_err(|error| sqlite_fault(&error))?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    if (number(), number(), number()) < SQLITE_OLDEST {
        return Err(OpenError::Unsafe(format!(
            "SQLite {version} can corrupt its log; 3.51.3 or newer is needed"
        )));
    }
    let synchronous: i64 = sqlx::query_scalar("pragma synchronous")
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| sqlite_fault(&error))?;
    if synchronous != 2 {
        return Err(OpenError::Unsafe("SQLite did not take synchronous=full".into()));
    }
    Ok(())
}

async fn open_postgres(url: &str, history: &str) -> Result<Store, OpenError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(OpenError::Url);
    }
    let options: PgConnectOptions = url.parse().map_err(|_| OpenError::Url)?;
    // One session that stops must not stop the others: every wait has an end.
    let options = options
        .application_name("keydesk")
        .options([
            ("lock_timeout", "5000"),
            ("idle_in_transaction_session_timeout", "5000"),
            ("statement_timeout", "60000"),
            ("tcp_user_timeout", "5000"),
        ])
        .disable_statement_logging();
    let mut first = options.connect().await.map_err(unreachable)?;
    for setting in ["fsync", "full_page_writes"] {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut first)
            .await
            .map_err(unreachable)?;
        if value != "on" {
            return Err(OpenError::Unsafe(format!(
                "PostgreSQL runs with {setting}={value} and would lose acknowledged changes; turn it on"
            )));
        }
    }
    migrate::postgres(&mut first, history).await?;
    first.close().await.map_err(unreachable)?;
    let pool = |size| {
        let pool = PgPoolOptions::new().max_connections(size).acquire_timeout(WAIT);
        Db::Postgres(pool.connect_lazy_with(options.clone()))
    };
    let (db, feed) = (pool(READERS), pool(FEED_READERS));
    let writer = Writer::start(Connect::Postgres(Box::new(options)), None);
    Ok(Store { db, feed, lists: turns(LISTS), usage_turns: turns(USAGES), writer, reserve: None })
}

fn turns(places: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(places))
}

#[expect(clippy::needless_pass_by_value, reason = "reads better in map_err")]
fn unreachable(error: sqlx::Error) -> OpenError {
    OpenError::Unreachable(Causes(&error).to_string())
}

pub(super) fn sqlite_fault(error: &sqlx::Error) -> OpenError {
    let text = Causes(error).to_string();
    match error.as_database_error().and_then(|database| database.code()).as_deref() {
        // CORRUPT, NOTADB and their extended codes.
        Some("11" | "26" | "267" | "523" | "779") => OpenError::Corrupt(text),
        Some(code) if sqlite_is_full(code) => OpenError::Full,
        _ => OpenError::Unreachable(text),
    }
}
