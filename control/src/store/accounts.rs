//! Service accounts.

use super::rows::{Slice, all, maybe_time, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Digest, Name, OrganizationId, ServiceAccountId, Timestamp, Version};

/// A machine principal on record.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Its id.
    pub id: ServiceAccountId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Shown name.
    pub name: Name,
    /// The public half of its credential.
    pub client_id: String,
    /// The digest of the other half, under the pepper.
    pub secret_digest: Digest,
    /// Counts the secrets it has had; a token bought with another one is void.
    pub generation: i64,
    /// Whether it may also do what only the operator may.
    pub operator: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was removed; its tokens died then.
    pub removed_at: Option<Timestamp>,
}

/// A service account and the change that last touched it.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// The record.
    pub account: ServiceAccount,
    /// Its version.
    pub version: Version,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    name: String,
    client_id: String,
    secret_digest: Vec<u8>,
    generation: i64,
    operator: bool,
    created_at: i64,
    updated_at: i64,
    removed_at: Option<i64>,
    version: i64,
}

impl Row {
    fn into_record(self) -> Result<AccountRow, StoreError> {
        let account = ServiceAccount {
            id: stored(ServiceAccountId::parse(&self.id))?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            name: stored(Name::parse(&self.name, Name::KEY_CHARS_MAX).ok())?,
            client_id: self.client_id,
            secret_digest: Digest::from_bytes(stored(self.secret_digest.try_into().ok())?),
            generation: self.generation,
            operator: self.operator,
            created_at: time(self.created_at),
            updated_at: time(self.updated_at),
            removed_at: maybe_time(self.removed_at),
        };
        Ok(AccountRow { account, version: version(self.version) })
    }
}

const BY_ID: &str = "select id, organization_id, name, client_id, secret_digest, generation, operator, created_at, \
    updated_at, removed_at, version from service_accounts where id = $1 and removed_at is null";

impl Store {
    /// The service account of this client id, unless it or its organization is removed.
    pub async fn account_of_client(&self, client_id: &str) -> Result<Option<ServiceAccount>, StoreError> {
        let row: Option<Row> = read!(self, |db| {
            sqlx::query_as(
            "select s.id, s.organization_id, s.name, s.client_id, s.secret_digest, s.generation, s.operator, \
             s.created_at, s.updated_at, s.removed_at, s.version \
             from service_accounts s join organizations o on o.id = s.organization_id \
             where s.client_id = $1 and s.removed_at is null and o.removed_at is null"
        )
        .bind(client_id)
        .fetch_optional(db)
        })?;
        row.map(|row| Ok(row.into_record()?.account)).transpose()
    }

    /// The service account, unless it is removed.
    pub async fn account(&self, id: ServiceAccountId) -> Result<Option<AccountRow>, StoreError> {
        let row: Option<Row> =
            read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }

    /// The organization's service accounts, oldest first.
    pub async fn accounts_of(
        &self,
        organization: &OrganizationId,
        slice: &Slice,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
            "select id, organization_id, name, client_id, secret_digest, generation, operator, created_at, \
             updated_at, removed_at, version from service_accounts \
             where organization_id = $1 and removed_at is null \
             and (created_at > $2 or (created_at = $2 and id > $3)) order by created_at, id limit $4"
        )
        .bind(organization.as_str())
        .bind(slice.after_micros())
        .bind(slice.after_id())
        .bind(slice.limit)
        .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

impl Tx {
    /// The service account as this transaction sees it.
    pub async fn account(&mut self, id: ServiceAccountId) -> Result<Option<AccountRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// Adds a service account.
    pub async fn insert_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "insert into service_accounts (id, organization_id, name, client_id, secret_digest, generation, \
             operator, created_at, updated_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(account.id.to_string())
        .bind(account.organization_id.as_str())
        .bind(account.name.as_str())
        .bind(&account.client_id)
        .bind(account.secret_digest.as_bytes().as_slice())
        .bind(account.generation)
        .bind(account.operator)
        .bind(account.created_at.micros())
        .bind(account.updated_at.micros())
        .bind(version))?;
        Ok(())
    }

    /// Writes everything that can change of a service account.
    pub async fn update_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "update service_accounts set name = $2, secret_digest = $3, generation = $4, updated_at = $5, \
             removed_at = $6, version = $7 where id = $1"
        )
        .bind(account.id.to_string())
        .bind(account.name.as_str())
        .bind(account.secret_digest.as_bytes().as_slice())
        .bind(account.generation)
        .bind(account.updated_at.micros())
        .bind(account.removed_at.map(Timestamp::micros))
        .bind(version))?;
        Ok(())
    }
}
