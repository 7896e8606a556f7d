//! A PostgreSQL database of the test's own, gone when the test ends.

use super::variable;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

static MADE: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    pub(super) fn create() -> Database {
        let server = variable("KEYDESK_TEST_POSTGRES").expect(
            "KEYDESK_TEST_POSTGRES must be the URL of a PostgreSQL role that may create databases: run `./test`, \
             or set KEYDESK_TEST_EMBEDDED_ONLY=1 to leave PostgreSQL out",
        );
        let name = format!("keydesk_bb_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let database = Database { url: of_database(&server, &name), server, name };
        let made = database
            .execute(&database.server, &format!("create database {} template template0", database.name));
        assert!(made.status.success(), "{made:?}");
        database
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether anybody may be connected; whoever is, is thrown out when not.
    pub(super) fn admit(&self, admitted: bool) {
        let name = &self.name;
        let flag = format!("alter database {name} with allow_connections {admitted}");
        let out = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        for statement in [Some(flag), (!admitted).then_some(out)].into_iter().flatten() {
            let done = self.execute(&self.server, &statement);
            assert!(done.status.success(), "{done:?}");
        }
    }

    pub(super) fn execute(&self, url: &str, sql: &str) -> Output {
        let arguments = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, "-d", url];
        Command::new(psql()).args(arguments).output().expect("psql is there")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that is gone took the database with it.
        let _ = self.execute(&self.server, &format!("drop database if exists {} with (force)", self.name));
    }
}

/// The URL with another database in its path.
fn of_database(server: &str, name: &str) -> String {
    let (whole, query) = server.split_once('?').map_or((server, None), |(whole, query)| (whole, Some(query)));
    let authority = whole.find("://").map_or(0, |at| at + 3);
    let end = whole[authority..].find('/').map_or(whole.len(), |at| authority + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &whole[..end])
}

/// Debian keeps it beside the server when no wrapper is in the path.
fn psql() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin/psql")).collect();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().unwrap_or_else(|| "psql".into())
}
