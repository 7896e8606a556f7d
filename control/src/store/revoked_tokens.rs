//! Access tokens that were taken back.

use super::rows::{stored, time};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::token::{RevokedToken, Trust};
use domain::{OrganizationId, Timestamp, TokenId};

/// All that are remembered, as a snapshot wants them.
pub(super) const ALL: &str = "select id, expires_at from revoked_tokens";

pub(super) fn into_record((id, expires_at): (String, i64)) -> Result<RevokedToken, StoreError> {
    Ok(RevokedToken { id: stored(TokenId::parse(&id))?, expires_at: time(expires_at) })
}

impl Store {
    /// Which keys sign and which tokens were taken back.
    pub async fn load_trust(&self) -> Result<Trust, StoreError> {
        let keys = self.signing_keys().await?.into_iter().map(|row| row.published).collect();
        let revoked: Vec<(String, i64)> = read!(self, |db| sqlx::query_as(ALL).fetch_all(db))?;
        Ok(Trust::of(keys, super::rows::all(revoked, into_record)?))
    }
}

impl Tx {
    /// How many of the organization's tokens are remembered.
    pub async fn count_revoked_tokens(&mut self, organization: &OrganizationId) -> Result<i64, StoreError> {
        Ok(write!(self, |conn| sqlx::query_scalar(
            "select count(*) from revoked_tokens where organization_id = $1"
        )
        .bind(organization.as_str())
        .fetch_one(conn))?)
    }

    /// Remembers that a token was taken back; once is enough.
    pub async fn insert_revoked_token(
        &mut self,
        organization: &OrganizationId,
        token: &RevokedToken,
    ) -> Result<bool, StoreError> {
        let version = self.version().0;
        let id: Option<String> = write!(self, |conn| {
            sqlx::query_scalar(
            "insert into revoked_tokens (id, organization_id, expires_at, version) values ($1, $2, $3, $4) \
             on conflict (id) do nothing returning id"
        )
        .bind(token.id.to_string())
        .bind(organization.as_str())
        .bind(token.expires_at.micros())
        .bind(version)
        .fetch_optional(conn)
        })?;
        Ok(id.is_some())
    }

    /// Forgets the organization's tokens that had ended by then.
    pub async fn forget_revoked_tokens(
        &mut self,
        organization: &OrganizationId,
        ended_by: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from revoked_tokens where organization_id = $1 and expires_at < $2")
                .bind(organization.as_str())
                .bind(ended_by.micros())
        )?;
        Ok(())
    }
}
