//! The keys of an organization that can be used, to be looked through.

use super::{KeyRow, fold};
use crate::store::{Store, StoreError, read};
use domain::{OrganizationId, ProjectId, Timestamp};

const IN_USE: &str = "select k.id, k.project_id, k.name, k.digest, k.class, k.hint, k.grant_text, k.networks, \
    k.expires_at, k.disabled_at, k.revoked_at, k.revoked_by, k.created_at, k.created_by, k.import_id, k.version, \
    b.role, u.used_at, u.ip as used_ip \
    from api_keys k left join role_bindings b on b.principal_type = 'api_key' and b.principal_id = k.id \
    left join last_uses u on u.key_id = k.id \
    where k.id in (select i.id from api_keys i join projects p on p.id = i.project_id \
     where p.organization_id = $1 and p.removed_at is null and ($2 = '' or i.project_id = $2) \
     and i.revoked_at is null and i.disabled_at is null and (i.expires_at is null or i.expires_at > $3) \
     and (i.import_id is null \
      or exists (select 1 from imports m where m.id = i.import_id and m.state = 'complete')) \
     order by i.project_id, i.created_at, i.id limit $4) \
    order by k.project_id, k.created_at, k.id";

impl Store {
    /// Keys that are neither revoked, expired nor switched off: of one project, or of all of the organization, project
    /// by project, oldest first.
    ///
    /// # Errors
    /// The database did not answer in time, or too many long lists are under way.
    pub async fn keys_in_use(
        &self,
        organization: &OrganizationId,
        project: Option<ProjectId>,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let _turn = self.turn_for_a_list().await?;
        let rows = read!(self, |db| sqlx::query_as(IN_USE)
            .bind(organization.as_str())
            .bind(project.map(|project| project.to_string()).unwrap_or_default())
            .bind(now.micros())
            .bind(most)
            .fetch_all(db))?;
        fold(rows)
    }
}
