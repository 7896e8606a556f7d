//! One-time codes that make the first owner of an organization; only their digests are kept.

use super::rows::stored;
use super::{StoreError, Tx, execute, write};
use domain::{Digest, OrganizationId, Timestamp};

impl Tx {
    /// Keeps the digest of a code.
    pub async fn insert_setup_code(
        &mut self,
        digest: &Digest,
        organization: &OrganizationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("insert into setup_codes (digest, organization_id, created_at) values ($1, $2, $3)")
                .bind(digest.as_bytes().as_slice())
                .bind(organization.as_str())
                .bind(now.micros())
        )?;
        Ok(())
    }

    /// The organization whose unused code this is, unless it is removed.
    pub async fn organization_of_code(
        &mut self,
        digest: &Digest,
    ) -> Result<Option<OrganizationId>, StoreError> {
        let found: Option<String> = write!(self, |conn| {
            sqlx::query_scalar(
            "select c.organization_id from setup_codes c join organizations o on o.id = c.organization_id \
             where c.digest = $1 and c.used_at is null and o.removed_at is null"
        )
        .bind(digest.as_bytes().as_slice())
        .fetch_optional(conn)
        })?;
        found.map(|id| stored(OrganizationId::parse(&id))).transpose()
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
