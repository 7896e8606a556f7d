//! The catalog in force, the canaries, and the identity of this history.

use super::{Store, StoreError, Tx, execute, read, write};
use domain::Version;

impl Store {
    /// The version of the newest catalog.
    pub async fn catalog_version(&self) -> Result<Option<Version>, StoreError> {
        let version: Option<i64> =
            read!(self, |db| sqlx::query_scalar("select max(version) from catalogs").fetch_one(db))?;
        Ok(version.map(Version))
    }

    /// The newest catalog's text and version.
    pub async fn catalog(&self) -> Result<Option<(Version, String)>, StoreError> {
        let row: Option<(i64, String)> = read!(self, |db| sqlx::query_as(
            "select version, body from catalogs order by version desc limit 1"
        )
        .fetch_optional(db))?;
        Ok(row.map(|(version, body)| (Version(version), body)))
    }

    /// What was stored of a secret to recognise it by.
    pub async fn canary(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(read!(self, |db| sqlx::query_scalar("select value from canaries where name = $1")
            .bind(name)
            .fetch_optional(db))?)
    }

    /// The id of this history: another one means another database, or one that was restored.
    pub async fn history(&self) -> Result<String, StoreError> {
        Ok(read!(self, |db| sqlx::query_scalar("select history from clock where id = 1").fetch_one(db))?)
    }
}

impl Tx {
    /// Replaces the catalog whole.
    pub async fn insert_catalog(&mut self, text: &str) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query("insert into catalogs (version, body) values ($1, $2)").bind(version).bind(text)
        )?;
        Ok(())
    }

    /// Whether something is kept of a secret already.
    pub async fn has_canary(&mut self, name: &str) -> Result<bool, StoreError> {
        let found: Option<String> =
            write!(self, |conn| sqlx::query_scalar("select name from canaries where name = $1")
                .bind(name)
                .fetch_optional(conn))?;
        Ok(found.is_some())
    }

    /// Keeps what a secret is recognised by.
    pub async fn insert_canary(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("insert into canaries (name, value) values ($1, $2)").bind(name).bind(value)
        )?;
        Ok(())
    }
}
