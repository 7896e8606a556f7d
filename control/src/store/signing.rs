//! Keys that sign access tokens, sealed.

use super::rows::{all, maybe_time, stored, time};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::token::{Algorithm, PublishedKey};
use domain::{OrganizationId, SigningKeyId, Timestamp};

/// A signing key on record.
#[derive(Debug, Clone)]
pub struct SigningKeyRow {
    /// Its public half, and what it is for.
    pub published: PublishedKey,
    /// The private half as the master key sealed it; empty once the key has ended.
    pub sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    organization_id: Option<String>,
    algorithm: String,
    public_key: Vec<u8>,
    sealed: Vec<u8>,
    created_at: i64,
    signs_from: i64,
    ended_at: Option<i64>,
}

impl Row {
    pub(super) fn into_record(self) -> Result<SigningKeyRow, StoreError> {
        let organization = self.organization_id.as_deref().map(|id| stored(OrganizationId::parse(id)));
        let published = PublishedKey {
            id: stored(SigningKeyId::parse(&self.id))?,
            organization_id: organization.transpose()?,
            algorithm: stored(Algorithm::parse(&self.algorithm))?,
            public_key: self.public_key,
            created_at: time(self.created_at),
            signs_from: time(self.signs_from),
            ended_at: maybe_time(self.ended_at),
        };
        Ok(SigningKeyRow { published, sealed: self.sealed })
    }
}

/// Those that have not ended.
pub(super) const ALL: &str = "select id, organization_id, algorithm, public_key, sealed, created_at, signs_from, \
    ended_at from signing_keys where ended_at is null";
const BY_ID: &str = "select id, organization_id, algorithm, public_key, sealed, created_at, signs_from, ended_at \
    from signing_keys where id = $1 and ended_at is null";
/// The empty text stands for the server: no organization has it.
const OF_OWNER: &str = "select id, organization_id, algorithm, public_key, sealed, created_at, signs_from, ended_at \
    from signing_keys where coalesce(organization_id, '') = $1 and ended_at is null order by signs_from, id";

fn owner(organization: Option<&OrganizationId>) -> &str {
    organization.map(OrganizationId::as_str).unwrap_or_default()
}

impl Store {
    /// Every signing key that has not ended.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKeyRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(ALL).fetch_all(db))?;
        all(rows, Row::into_record)
    }

    /// One of them.
    pub async fn signing_key(&self, id: SigningKeyId) -> Result<Option<SigningKeyRow>, StoreError> {
        let row: Option<Row> =
            read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }
}

impl Tx {
    /// The owner's signing keys that have not ended, in the order in which they sign; `None`: the server's own.
    pub async fn signing_keys_of(
        &mut self,
        organization: Option<&OrganizationId>,
    ) -> Result<Vec<SigningKeyRow>, StoreError> {
        let rows: Vec<Row> =
            write!(self, |conn| sqlx::query_as(OF_OWNER).bind(owner(organization)).fetch_all(conn))?;
        all(rows, Row::into_record)
    }

    /// Adds a signing key.
    pub async fn insert_signing_key(&mut self, key: &SigningKeyRow) -> Result<(), StoreError> {
        let version = self.version().0;
        let SigningKeyRow { published, sealed } = key;
        execute!(
            self,
            sqlx::query(
                "insert into signing_keys (id, organization_id, algorithm, public_key, sealed, created_at, \
                 signs_from, version) values ($1, $2, $3, $4, $5, $6, $7, $8)"
            )
            .bind(published.id.to_string())
            .bind(published.organization_id.as_ref().map(OrganizationId::as_str))
            .bind(published.algorithm.name())
            .bind(&published.public_key)
            .bind(sealed)
            .bind(published.created_at.micros())
            .bind(published.signs_from.micros())
            .bind(version)
        )?;
        Ok(())
    }

    /// Ends a signing key: it is on record still, but what it signed is not believed, and its private half is gone.
    pub async fn end_signing_key(&mut self, id: SigningKeyId, now: Timestamp) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query("update signing_keys set ended_at = $2, sealed = $3, version = $4 where id = $1")
                .bind(id.to_string())
                .bind(now.micros())
                .bind(<&[u8]>::default())
                .bind(version)
        )?;
        Ok(())
    }
}
