//! A database of the test's own, gone when the test ends, however it ends.

use control::store::{Database, OpenError, Store};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use tempfile::TempDir;

/// What is free on an empty small disk, at least.
const SMALL_DISK_ROOM: usize = 7 << 20;

/// Where a test keeps its database.
pub(crate) struct Place {
    database: Database,
    // What its drop takes away.
    _kept: Kept,
}

enum Kept {
    Folder { _folder: TempDir },
    // In this order: the folder is gone before the next test gets the disk.
    Disk { _folder: TempDir, _lock: File },
    Server { _database: Box<OnServer> },
}

/// A database on the test server.
struct OnServer {
    server: PgConnectOptions,
    name: String,
}

/// A variable of the test run. The server itself reads none of these.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests read the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Place {
    pub(crate) fn sqlite() -> Place {
        let folder = TempDir::new().unwrap();
        let database = Database::Sqlite(folder.path().join("keydesk.db"));
        Place { database, _kept: Kept::Folder { _folder: folder } }
    }

    /// On the small disk, when there is one. Waits until no other test, of any process, uses it.
    pub(crate) fn small_disk() -> Option<Place> {
        let Some(disk) = variable("KEYDESK_TEST_SMALL_DISK").map(PathBuf::from) else {
            eprintln!("skipped: KEYDESK_TEST_SMALL_DISK names no small disk");
            return None;
        };
        let lock = File::create(disk.join("lock")).unwrap();
        lock.lock().unwrap();
        // A store that was just dropped may still be closing files that were deleted under it.
        let probe = disk.join("probe");
        while std::fs::write(&probe, vec![1; SMALL_DISK_ROOM]).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::fs::remove_file(probe).unwrap();
        let folder = TempDir::new_in(disk).unwrap();
        let database = Database::Sqlite(folder.path().join("keydesk.db"));
        Some(Place { database, _kept: Kept::Disk { _folder: folder, _lock: lock } })
    }

    /// `None` when this run is for the embedded database only.
    pub(crate) async fn postgres() -> Option<Place> {
        if variable("KEYDESK_TEST_EMBEDDED_ONLY").is_some() {
            return None;
        }
        let url = variable("KEYDESK_TEST_POSTGRES").expect(
            "KEYDESK_TEST_POSTGRES must be the URL of a PostgreSQL role that may create databases: run `./test`, \
             or set KEYDESK_TEST_EMBEDDED_ONLY=1 to leave PostgreSQL out",
        );
        let server = PgConnectOptions::from_str(&url).unwrap().disable_statement_logging();
        let name = format!("keydesk_test_{}", crate::records::random_text().to_lowercase());
        let mut conn = server.connect().await.expect("KEYDESK_TEST_POSTGRES does not answer");
        let create = format!("create database {name} template template0");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let database = Database::Postgres(server.clone().database(&name).to_url_lossy().to_string());
        Some(Place { database, _kept: Kept::Server { _database: Box::new(OnServer { server, name }) } })
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open("history").await.unwrap()
    }

    pub(crate) async fn try_open(&self, history: &str) -> Result<Store, OpenError> {
        Store::open(&self.database, history).await
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.database, Database::Sqlite(_))
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The file of the embedded database.
    pub(crate) fn file(&self) -> &Path {
        match &self.database {
            Database::Sqlite(file) => file,
            Database::Postgres(_) => panic!("PostgreSQL is no file"),
        }
    }

    /// Runs statements behind the store's back.
    pub(crate) async fn execute(&self, sql: &'static str) {
        match &self.database {
            Database::Sqlite(file) => {
                let mut conn = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
            Database::Postgres(_) => {
                let mut conn = self.connect_postgres().await;
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
        }
    }

    /// Asks for one number behind the store's back.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        match &self.database {
            Database::Sqlite(file) => {
                let mut conn = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap()
            }
            Database::Postgres(_) => {
                sqlx::query_scalar(sql).fetch_one(&mut self.connect_postgres().await).await.unwrap()
            }
        }
    }

    pub(crate) async fn connect_postgres(&self) -> PgConnection {
        match &self.database {
            Database::Postgres(url) => PgConnection::connect(url).await.unwrap(),
            Database::Sqlite(_) => panic!("this is SQLite"),
        }
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        let server = self.server.clone();
        // `force` ends what a failed test left connected.
        let sql = format!("drop database if exists {} with (force)", self.name);
        let drop = async move {
            let mut conn = server.connect().await?;
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await
        };
        // The test's own runtime cannot be waited for here.
        let on_thread = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(async { drop.await.map(|_| ()).map_err(std::io::Error::other) })
        };
        if let Ok(Err(error)) = std::thread::scope(|scope| scope.spawn(on_thread).join()) {
            eprintln!("the test database {} stays behind: {error}", self.name);
        }
    }
}
