//! A data directory, the database behind it, and the environment that commands run in.

use super::postgres::Database;
use super::{Server, Tenant, variable};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) struct Site {
    data: PathBuf,
    database: Option<Database>,
    environment: Vec<(String, String)>,
    flags: Vec<(&'static str, String)>,
    // Removed last.
    _folder: TempDir,
}

impl Site {
    /// On the embedded database.
    pub(crate) fn sqlite() -> Site {
        Site::in_folder(TempDir::new().unwrap(), None)
    }

    /// On a PostgreSQL database of its own; `None` when this run is for the embedded one only.
    pub(crate) fn postgres() -> Option<Site> {
        if variable("KEYDESK_TEST_EMBEDDED_ONLY").is_some() {
            return None;
        }
        Some(Site::in_folder(TempDir::new().unwrap(), Some(Database::create())))
    }

    pub(crate) fn in_folder(folder: TempDir, database: Option<Database>) -> Site {
        let data = folder.path().join("data");
        Site { data, database, environment: Vec::new(), flags: Vec::new(), _folder: folder }
    }

    /// With a variable in the environment of every command.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Site {
        self.environment.retain(|(found, _)| found != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    /// With this flag for `serve`.
    pub(crate) fn flag(mut self, flag: &'static str, value: &str) -> Site {
        self.flags.retain(|(found, _)| *found != flag);
        self.flags.push((flag, value.into()));
        self
    }

    /// Does this to the PostgreSQL database behind the back of everybody.
    pub(crate) fn sql(&self, statement: &str) {
        let database = self.database.as_ref().expect("on PostgreSQL");
        let done = database.execute(database.url(), statement);
        assert!(done.status.success(), "{done:?}");
    }

    /// Has PostgreSQL refuse this database to everybody, or admit them again.
    pub(crate) fn cut_off(&self, cut: bool) {
        let database = self.database.as_ref().expect("on PostgreSQL");
        database.admit(!cut);
    }

    /// Where the database is, unless it is the embedded one.
    pub(super) fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(Database::url)
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A command on this site, with nothing of Keydesk's in its environment but what the test put there.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keydesk(arguments);
        command.arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            command.args(["--database-url", database.url()]);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `serve` on free ports, with the flags of the site.
    pub(crate) fn serve(&self) -> Command {
        let mut command = self.command(&["serve"]);
        for flag in ["--listen", "--data-listen"] {
            if !self.flags.iter().any(|(given, _)| *given == flag) {
                command.args([flag, "127.0.0.1:0"]);
            }
        }
        for (flag, value) in &self.flags {
            command.args([flag, value.as_str()]);
        }
        command
    }

    pub(crate) fn start(&self) -> Server {
        Server::start(self.serve())
    }

    /// A `serve` that must not start: its exit code and what it said.
    pub(crate) fn refused(&self) -> (i32, String) {
        ended(self.serve())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Whom the first start made.
    pub(crate) fn owner(&self, server: &Server) -> Tenant {
        let printed = std::fs::read(self.data.join("first-run.json")).unwrap();
        Tenant::enter(server.public, server.data, &serde_json::from_slice(&printed).unwrap())
    }

    /// A new organization, made beside the running server.
    pub(crate) fn organization(&self, server: &Server, arguments: &[&str]) -> Tenant {
        let made = self.run(&[&["organization", "create", "--json"], arguments].concat());
        assert!(made.status.success(), "{made:?}");
        let printed: Value = serde_json::from_slice(&made.stdout).unwrap();
        Tenant::enter(server.public, server.data, &printed)
    }
}

/// The binary, with nothing of Keydesk's or of its user's in the environment.
pub(crate) fn keydesk(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keydesk"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KEYDESK_")) {
        command.env_remove(name);
    }
    command.env("HOME", "/nonexistent").env("XDG_CONFIG_HOME", "/nonexistent").args(arguments);
    command
}

/// Runs a command that should end by itself: its exit code and what it said. A server that starts instead is
/// stopped, and has no exit code.
pub(crate) fn ended(mut command: Command) -> (i32, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    while lines.read_line(&mut said).unwrap() > 0 && !said.ends_with("ready\n") {}
    if said.ends_with("ready\n") {
        child.kill().unwrap();
    }
    (child.wait().unwrap().code().unwrap_or(-1), said)
}
