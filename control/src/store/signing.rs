//! Keys that sign access tokens, sealed.

use super::rows::{stored, time};
use super::{Store, StoreError, Tx, execute, read};
use domain::{OrganizationId, SigningKeyId, Timestamp};

/// A signing key on record; the private half only as the master key sealed it.
#[derive(Debug, Clone)]
pub struct SigningKeyRow {
    /// Its id.
    pub id: SigningKeyId,
    /// Whose tokens it signs; `None` for the server's own.
    pub organization_id: Option<OrganizationId>,
    /// `ES256`.
    pub algorithm: String,
    /// The public half: an uncompressed point.
    pub public_key: Vec<u8>,
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: Option<String>,
    algorithm: String,
    public_key: Vec<u8>,
    sealed: Vec<u8>,
    created_at: i64,
}

impl Row {
    fn into_record(self) -> Result<SigningKeyRow, StoreError> {
        let organization = self.organization_id.as_deref().map(|id| stored(OrganizationId::parse(id)));
        Ok(SigningKeyRow {
            id: stored(SigningKeyId::parse(&self.id))?,
            organization_id: organization.transpose()?,
            algorithm: self.algorithm,
            public_key: self.public_key,
            sealed: self.sealed,
            created_at: time(self.created_at),
        })
    }
}

impl Store {
    /// The server's own signing keys, newest first.
    pub async fn server_signing_keys(&self) -> Result<Vec<SigningKeyRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(
            "select id, organization_id, algorithm, public_key, sealed, created_at from signing_keys \
             where organization_id is null order by created_at desc, id desc"
        )
        .fetch_all(db))?;
        super::rows::all(rows, Row::into_record)
    }
}

impl Tx {
    /// Adds a signing key.
    pub async fn insert_signing_key(&mut self, key: &SigningKeyRow) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "insert into signing_keys (id, organization_id, algorithm, public_key, sealed, created_at, version) \
             values ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(key.id.to_string())
        .bind(key.organization_id.as_ref().map(OrganizationId::as_str))
        .bind(&key.algorithm)
        .bind(&key.public_key)
        .bind(&key.sealed)
        .bind(key.created_at.micros())
        .bind(version))?;
        Ok(())
    }
}
