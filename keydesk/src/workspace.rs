//! The data directory and the database behind it, open: what every command on the machine itself needs.

use crate::exit::{Fault, Kind};
use crate::secrets::{Given, Secrets};
use crate::{clock, config};
use control::ops::setup::{self, FirstRun, WrongSecret};
use control::store::{Database, OpenError, Store, StoreError};
use control::{App, Error, Known, Parts, Visible};
use domain::TrustedPeers;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where data and secrets are; the options every such command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// Folder of the embedded database and the secrets
    #[arg(long, env = "KEYDESK_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file; DIR/keydesk.toml when it is there
    #[arg(long, env = "KEYDESK_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Use this PostgreSQL database instead of the embedded one
    #[arg(long, env = "KEYDESK_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
}

/// Secrets come from the environment or a file, never from an argument.
#[derive(Clone, clap::Args)]
pub(crate) struct SecretArgs {
    /// File with the pepper (or KEYDESK_PEPPER); DIR/pepper when absent
    #[arg(long, env = "KEYDESK_PEPPER_FILE", value_name = "FILE")]
    pub(crate) pepper_file: Option<PathBuf>,
    /// File with the master key (or KEYDESK_MASTER_KEY); DIR/master.key when absent
    #[arg(long, env = "KEYDESK_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
}

impl std::fmt::Debug for SecretArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretArgs")
    }
}

impl Place {
    fn path(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("./keydesk-data"))
    }

    /// The data directory, made if it is not there.
    pub(crate) fn folder(&self) -> Result<PathBuf, Fault> {
        let folder = self.path();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| {
            Fault::new(
                Kind::CantCreate,
                "cannot_create",
                format!("{} cannot be made: {error}", folder.display()),
            )
        })?;
        Ok(folder)
    }

    /// The database meant.
    pub(crate) fn database(&self, folder: &Path) -> Database {
        match &self.database_url {
            Some(url) => Database::Postgres(url.clone()),
            None => Database::Sqlite(folder.join("keydesk.db")),
        }
    }

    fn pepper(&self) -> Given {
        Given { value: config::secret("KEYDESK_PEPPER"), file: self.secrets.pepper_file.clone() }
    }

    fn master(&self) -> Given {
        Given { value: config::secret("KEYDESK_MASTER_KEY"), file: self.secrets.master_key_file.clone() }
    }

    /// Opens a database that is there; a mistyped folder must not become a new database.
    pub(crate) async fn open_existing(&self) -> Result<Arc<App>, Fault> {
        let place = config::with_file(self.clone())?;
        match place.database(&place.path()) {
            Database::Sqlite(path) if !path.exists() => {
                let message = format!("there is no database at {}; `keydesk init` makes one", path.display());
                Err(Fault::new(Kind::NoInput, "database_missing", message))
            }
            Database::Sqlite(_) | Database::Postgres(_) => {
                place.open("", nobody_waits(), nothing_known(), TrustedPeers::nobody()).await
            }
        }
    }

    /// Opens the database with its secrets, and makes what every database needs once.
    pub(crate) async fn open(
        &self,
        issuer: &str,
        visible: Visible,
        known: Known,
        proxies: TrustedPeers,
    ) -> Result<Arc<App>, Fault> {
        let folder = self.folder()?;
        let database = self.database(&folder);
        refuse_lost_database(&database, &folder)?;
        let history = domain::random_text(26, &mut rand_core::UnwrapErr(getrandom::SysRng));
        let store = Store::open(&database, &history).await.map_err(open_fault)?;
        let new = store.canary("pepper").await.map_err(store_fault)?.is_none();
        let secrets = Secrets::load(&folder, &self.pepper(), &self.master(), new)?;
        let app = Arc::new(App::new(Parts {
            store,
            pepper: secrets.pepper,
            master: secrets.master,
            clock: clock::now,
            visible,
            known,
            issuer: issuer.to_owned(),
            proxies,
        }));
        setup::begin(&app).await.map_err(fault)?;
        match setup::check_secrets(&app).await.map_err(fault)? {
            Ok(()) => Ok(app),
            Err(wrong) => Err(wrong_secret(wrong)),
        }
    }
}

/// Nothing waits for the data plane of a process that has none.
pub(crate) fn nobody_waits() -> Visible {
    Arc::new(|_| Box::pin(std::future::ready(())))
}

/// Nor does it decide anything.
pub(crate) fn nothing_known() -> Known {
    Arc::new(|| None)
}

/// A folder with secrets but no database has lost it: an empty one must not take its place unnoticed. Nor is a
/// file touched that SQLite would take for a new database, though it is none.
fn refuse_lost_database(database: &Database, folder: &Path) -> Result<(), Fault> {
    let Database::Sqlite(path) = database else { return Ok(()) };
    let refused = |code, what: &str| {
        Err(Fault::new(
            Kind::Io,
            code,
            format!("{} {what}: restore it, or use another folder", path.display()),
        ))
    };
    let left = |name: &str| folder.join(name).metadata().is_ok_and(|found| found.len() > 0);
    let mut head = [0; SQLITE_BYTES_MIN];
    let belongings = || ["pepper", "master.key", "first-run.json", "keydesk.db-wal"].into_iter().any(left);
    match fs::File::open(path).map(|mut file| file.read_exact(&mut head)) {
        Ok(Ok(())) if head.starts_with(SQLITE_HEAD) => Ok(()),
        // Left by a first start that was cut short, before anything else was made.
        Ok(_) if path.metadata().is_ok_and(|found| found.len() == 0) && !belongings() => Ok(()),
        Ok(_) => refused("database_corrupt", "is not a database"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if belongings() {
                return refused("database_missing", "is gone, but what belongs to it is here");
            }
            Ok(())
        }
        Err(error) => refused("database_unreadable", &format!("cannot be read ({error})")),
    }
}

/// How every SQLite database begins (<https://sqlite.org/fileformat.html>, 1.3).
const SQLITE_HEAD: &[u8] = b"SQLite format 3\0";
/// The smallest page, and so the smallest database.
const SQLITE_BYTES_MIN: usize = 512;

fn wrong_secret(wrong: WrongSecret) -> Fault {
    let name = match wrong {
        WrongSecret::Pepper => "pepper",
        WrongSecret::MasterKey => "master key",
    };
    let message = format!("this {name} is not the one that the database was made with; nothing was changed");
    Fault::new(Kind::Config, "kek_mismatch", message)
}

/// What the one who runs Keydesk is told when the database does not open.
pub(crate) fn open_fault(error: OpenError) -> Fault {
    let (kind, code) = match &error {
        OpenError::Url => (Kind::Config, "database_url"),
        OpenError::Unreachable(_) => (Kind::Unavailable, "database_unreachable"),
        OpenError::Full => (Kind::Unavailable, "storage_full"),
        OpenError::Corrupt(_) => (Kind::Io, "database_corrupt"),
        OpenError::Unsafe(_) => (Kind::Config, "database_unsafe"),
        OpenError::TooNew { .. } => (Kind::Config, "schema_too_new"),
    };
    Fault::new(kind, code, error.to_string())
}

/// What the one who runs Keydesk is told when the database fails.
pub(crate) fn store_fault(error: StoreError) -> Fault {
    Fault::new(Kind::Unavailable, error.code(), error.to_string())
}

/// What the one who runs Keydesk is told when an operation is refused.
pub(crate) fn fault(error: Error) -> Fault {
    let message = error.to_string();
    if let Error::Store(error) = error {
        return store_fault(error);
    }
    let (kind, code) = if matches!(error, Error::NotFound { .. }) {
        (Kind::NoInput, "not_found")
    } else {
        (Kind::Data, "refused")
    };
    Fault::new(kind, code, message)
}

/// What a new organization prints, once.
pub(crate) fn first_run_json(first: &FirstRun, public_url: &str) -> String {
    serde_json::json!({
        "organization_id": first.organization_id.as_str(),
        "project_id": first.project_id.to_string(),
        "client_id": first.client_id,
        "client_secret": &*first.client_secret,
        "setup_url": format!("{public_url}/setup#{}", &*first.setup_code),
    })
    .to_string()
}

/// A runtime for a command that does one thing.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let failed = |error: std::io::Error| Fault::new(Kind::Software, "runtime", error.to_string());
    runtime.map_err(failed)?.block_on(work)
}
