//! Everything the data plane needs at start, read as of one version.

use super::keys::{self, gather};
use super::rows::{all, stored};
use super::{Db, Store, StoreError, projects, resources, revoked_tokens, signing};
use domain::token::Trust;
use domain::{Catalog, ChangeHash, ImportId, Loaded, Version};
use sqlx::Connection;

/// Keys read at a time: the rows of one page are all that stands in memory twice.
const PAGE: i64 = 20_000;

const KEYS_AFTER: &str = "select id, project_id, name, digest, class, hint, grant_text, networks, expires_at, \
    disabled_at, revoked_at, revoked_by, created_at, created_by, import_id, version from api_keys \
    where id > $1 order by id limit $2";
const ROLES_BETWEEN: &str = "select principal_id, role from role_bindings \
    where principal_type = 'api_key' and principal_id > $1 and principal_id <= $2";

/// The statements of one load, the same on both databases.
macro_rules! load_on {
    ($tx:expr) => {{
        let clock: (String, i64, Vec<u8>) =
            sqlx::query_as("select history, version, hash from clock where id = 1")
                .fetch_one(&mut *$tx)
                .await?;
        let catalog: Option<String> =
            sqlx::query_scalar("select body from catalogs order by version desc limit 1")
                .fetch_optional(&mut *$tx)
                .await?;
        let projects: Vec<projects::Row> = sqlx::query_as(projects::ALL).fetch_all(&mut *$tx).await?;
        let resources: Vec<(String, String)> = sqlx::query_as(resources::IN_USE).fetch_all(&mut *$tx).await?;
        let imports: Vec<String> = sqlx::query_scalar("select id from imports where state = 'complete'")
            .fetch_all(&mut *$tx)
            .await?;
        let signing: Vec<signing::Row> = sqlx::query_as(signing::ALL).fetch_all(&mut *$tx).await?;
        let revoked: Vec<(String, i64)> = sqlx::query_as(revoked_tokens::ALL).fetch_all(&mut *$tx).await?;
        let mut keys = Vec::new();
        let mut after = String::new();
        loop {
            let page: Vec<keys::Row> =
                sqlx::query_as(KEYS_AFTER).bind(&after).bind(PAGE).fetch_all(&mut *$tx).await?;
            let Some(last) = page.last().map(|row| row.id.clone()) else { break };
            let roles: Vec<(String, String)> =
                sqlx::query_as(ROLES_BETWEEN).bind(&after).bind(&last).fetch_all(&mut *$tx).await?;
            let mut roles = gather(roles);
            for row in page {
                keys.push(row.into_record(&mut roles)?.key);
            }
            after = last;
        }
        (clock, catalog, projects, resources, imports, keys, (signing, revoked))
    }};
}

impl Store {
    /// All that a snapshot is built from, and the history it belongs to.
    ///
    /// # Errors
    /// The database did not answer, or holds something that cannot be read back; a partial load is none.
    pub async fn load(&self) -> Result<(String, Loaded), StoreError> {
        let (clock, catalog, projects, resources, imports, keys, (signing, revoked)) = match &self.db {
            Db::Sqlite(pool) => {
                let mut conn = pool.acquire().await?;
                let mut tx = conn.begin().await?;
                load_on!(tx)
            }
            Db::Postgres(pool) => {
                let mut conn = pool.acquire().await?;
                // All statements see the database as of one moment.
                let mut tx = conn.begin_with("begin isolation level repeatable read read only").await?;
                load_on!(tx)
            }
        };
        let catalog = match catalog {
            Some(text) => stored(Catalog::parse(&text).ok())?,
            None => Catalog::builtin(),
        };
        let loaded = Loaded {
            version: Version(clock.1),
            hash: ChangeHash(stored(clock.2.try_into().ok())?),
            catalog,
            projects: all(projects, |row| row.into_record().map(|row| row.project))?,
            keys,
            imports: all(imports, |id| stored(ImportId::parse(&id)))?,
            resources: all(resources, resources::in_use)?,
            trust: Trust::of(
                all(signing, |row| row.into_record().map(|row| row.published))?,
                all(revoked, revoked_tokens::into_record)?,
            ),
        };
        Ok((clock.0, loaded))
    }
}
