//! Imports of keys that other systems made, and the rows of those that are not complete.

use super::rows::{stored, time};
use super::tx::Conn;
use super::{Db, Store, StoreError, Tx, execute, read, write};
use domain::{ActorId, Digest, Import, ImportId, ImportState, KeyId, OrganizationId, ProjectId, Timestamp};
use std::collections::HashSet;

/// An import that is not complete, and whose it is.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// The record.
    pub import: Import,
    /// The organization of its project.
    pub organization: OrganizationId,
    /// When its last piece was written.
    pub touched_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    project_id: String,
    keys: i64,
    state: String,
    created_at: i64,
    created_by: String,
    touched_at: i64,
}

impl Row {
    fn into_record(self) -> Result<ImportRow, StoreError> {
        let import = Import {
            id: stored(ImportId::parse(&self.id))?,
            project_id: stored(ProjectId::parse(&self.project_id))?,
            keys: self.keys,
            state: stored(state(&self.state))?,
            created_at: time(self.created_at),
            created_by: stored(ActorId::parse(&self.created_by))?,
        };
        let organization = stored(OrganizationId::parse(&self.organization_id))?;
        Ok(ImportRow { import, organization, touched_at: time(self.touched_at) })
    }
}

const STATES: [ImportState; 3] = [ImportState::Staged, ImportState::Complete, ImportState::Abandoned];

fn state(text: &str) -> Option<ImportState> {
    STATES.into_iter().find(|state| word(*state) == text)
}

fn word(state: ImportState) -> &'static str {
    match state {
        ImportState::Staged => "staged",
        ImportState::Complete => "complete",
        ImportState::Abandoned => "abandoned",
    }
}

const UNFINISHED: &str = "select id, organization_id, project_id, keys, state, created_at, created_by, touched_at \
    from imports where state <> 'complete' order by id";
const BY_ID: &str = "select id, organization_id, project_id, keys, state, created_at, created_by, touched_at \
    from imports where id = $1";

/// Asks which of the digests are taken, on either database.
macro_rules! taken {
    ($database:ty, $conn:expr, $digests:expr) => {{
        let mut query = sqlx::QueryBuilder::<$database>::new("select digest from api_keys where digest in (");
        let mut list = query.separated(", ");
        for digest in $digests {
            list.push_bind(digest.as_bytes().to_vec());
        }
        list.push_unseparated(")");
        query.build_query_scalar::<Vec<u8>>().fetch_all($conn).await
    }};
}

/// Takes these keys of an import away, on either database.
macro_rules! forget {
    ($database:ty, $conn:expr, $import:expr, $keys:expr) => {{
        let mut query = sqlx::QueryBuilder::<$database>::new("delete from api_keys where import_id = ");
        query.push_bind($import.to_string()).push(" and id in (");
        let mut list = query.separated(", ");
        for key in $keys {
            list.push_bind(key.to_string());
        }
        list.push_unseparated(")");
        query.build().execute($conn).await.map(|_| ())
    }};
}

impl Store {
    /// Those of the digests that are some key's: of whichever organization, in whatever state. The same work
    /// whoever's it is.
    pub async fn taken(&self, digests: &[Digest]) -> Result<HashSet<Digest>, StoreError> {
        if digests.is_empty() {
            return Ok(HashSet::new());
        }
        let found = match &self.db {
            Db::Sqlite(pool) => taken!(sqlx::Sqlite, pool, digests),
            Db::Postgres(pool) => taken!(sqlx::Postgres, pool, digests),
        }?;
        found.into_iter().map(|bytes| stored(bytes.try_into().ok()).map(Digest::from_bytes)).collect()
    }

    /// The imports that are not complete, oldest first.
    pub async fn unfinished_imports(&self) -> Result<Vec<ImportRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(UNFINISHED).fetch_all(db))?;
        super::rows::all(rows, Row::into_record)
    }
}

impl Tx {
    /// The import, whatever its state.
    pub async fn import(&mut self, id: ImportId) -> Result<Option<ImportRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// Whether an import of the organization is under way, in whichever process. Both conditions on the state: the
    /// first is that of the index.
    pub async fn is_importing(&mut self, organization: &OrganizationId) -> Result<bool, StoreError> {
        let count: i64 = write!(self, |conn| {
            sqlx::query_scalar(
                "select count(*) from imports where organization_id = $1 and state <> 'complete' \
                 and state = 'staged'",
            )
            .bind(organization.as_str())
            .fetch_one(conn)
        })?;
        Ok(count > 0)
    }

    /// Adds an import.
    pub async fn insert_import(
        &mut self,
        import: &Import,
        organization: &OrganizationId,
    ) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query(
                "insert into imports (id, organization_id, project_id, keys, state, created_at, created_by, \
             touched_at, version) values ($1, $2, $3, $4, $5, $6, $7, $6, $8)"
            )
            .bind(import.id.to_string())
            .bind(organization.as_str())
            .bind(import.project_id.to_string())
            .bind(import.keys)
            .bind(word(import.state))
            .bind(import.created_at.micros())
            .bind(import.created_by.to_string())
            .bind(version)
        )?;
        Ok(())
    }

    /// Says that a staged import goes on, or has ended so; false when it is staged no more.
    pub async fn update_import(
        &mut self,
        id: ImportId,
        state: ImportState,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let version = self.version().0;
        let row: Option<i64> = write!(self, |conn| {
            sqlx::query_scalar(
                "update imports set state = $2, touched_at = $3, version = $4 \
                 where id = $1 and state = 'staged' returning version",
            )
            .bind(id.to_string())
            .bind(word(state))
            .bind(now.micros())
            .bind(version)
            .fetch_optional(conn)
        })?;
        Ok(row.is_some())
    }

    /// Some keys of the import.
    pub async fn keys_of_import(&mut self, id: ImportId, limit: i64) -> Result<Vec<KeyId>, StoreError> {
        let ids: Vec<String> = write!(self, |conn| {
            sqlx::query_scalar("select id from api_keys where import_id = $1 limit $2")
                .bind(id.to_string())
                .bind(limit)
                .fetch_all(conn)
        })?;
        ids.iter().map(|id| stored(KeyId::parse(id))).collect()
    }

    /// Takes keys of an import that is not complete away, as if they had never been.
    pub async fn forget_keys(&mut self, import: ImportId, keys: &[KeyId]) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        match &mut self.conn {
            Conn::Sqlite(conn) => forget!(sqlx::Sqlite, &mut *conn, import, keys)?,
            Conn::Postgres(conn) => forget!(sqlx::Postgres, &mut *conn, import, keys)?,
        }
        Ok(())
    }

    /// Takes an import away that has no keys any more.
    pub async fn delete_import(&mut self, id: ImportId) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from imports where id = $1 and state = 'abandoned'").bind(id.to_string())
        )?;
        Ok(())
    }
}
