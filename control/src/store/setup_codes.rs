//! One-time codes that make the first owner of an organization; only their digests are kept.

use super::rows::stored;
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Digest, OrganizationId, Timestamp};

impl Store {
    /// Whether this is the digest of a code that was not used yet.
    pub async fn is_setup_code(&self, digest: &Digest) -> Result<bool, StoreError> {
        let found: Option<i64> = read!(self, |db| {
            sqlx::query_scalar("select created_at from setup_codes where digest = $1 and used_at is null")
                .bind(digest.as_bytes().as_slice())
                .fetch_optional(db)
        })?;
        Ok(found.is_some())
    }
}

impl Tx {
    /// Keeps the digest of a code, and whether the owner that it makes is the operator, too.
    pub async fn insert_setup_code(
        &mut self,
        digest: &Digest,
        organization: &OrganizationId,
        operator: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query(
                "insert into setup_codes (digest, organization_id, operator, created_at) \
                 values ($1, $2, $3, $4)"
            )
            .bind(digest.as_bytes().as_slice())
            .bind(organization.as_str())
            .bind(operator)
            .bind(now.micros())
        )?;
        Ok(())
    }

    /// The organization whose unused code this is, unless it is removed, and whether the code makes an operator.
    pub async fn organization_of_code(
        &mut self,
        digest: &Digest,
    ) -> Result<Option<(OrganizationId, bool)>, StoreError> {
        let found: Option<(String, bool)> = write!(self, |conn| {
            sqlx::query_as(
            "select c.organization_id, c.operator from setup_codes c join organizations o on o.id = c.organization_id \
             where c.digest = $1 and c.used_at is null and o.removed_at is null"
        )
        .bind(digest.as_bytes().as_slice())
        .fetch_optional(conn)
        })?;
        found.map(|(id, operator)| Ok((stored(OrganizationId::parse(&id))?, operator))).transpose()
    }

    /// Whether the organization is the operator's own, by the credential that was made with it.
    pub async fn is_operators(&mut self, organization: &OrganizationId) -> Result<bool, StoreError> {
        let found: Option<i64> = write!(self, |conn| {
            sqlx::query_scalar(
                "select created_at from service_accounts where organization_id = $1 and operator limit 1",
            )
            .bind(organization.as_str())
            .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Uses up every code of the organization: after the first owner there is no other first owner.
    pub async fn use_setup_codes(
        &mut self,
        organization: &OrganizationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("update setup_codes set used_at = $2 where organization_id = $1 and used_at is null")
                .bind(organization.as_str())
                .bind(now.micros())
        )?;
        Ok(())
    }
}
