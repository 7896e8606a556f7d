//! The SSH public keys that were set for a project.

use super::{Store, StoreError, Tx, execute, read, write};
use domain::ProjectId;

const OF_PROJECT: &str = "select public_key from public_keys where project_id = $1";

impl Store {
    /// What was set for the project.
    pub async fn public_key(&self, project: ProjectId) -> Result<Option<String>, StoreError> {
        Ok(read!(self, |db| sqlx::query_scalar(OF_PROJECT).bind(project.to_string()).fetch_optional(db))?)
    }
}

impl Tx {
    /// The same, as this transaction sees it.
    pub async fn public_key(&mut self, project: ProjectId) -> Result<Option<String>, StoreError> {
        Ok(write!(self, |conn| sqlx::query_scalar(OF_PROJECT)
            .bind(project.to_string())
            .fetch_optional(conn))?)
    }

    /// Replaces what was set, or takes it away.
    pub async fn set_public_key(&mut self, project: ProjectId, text: Option<&str>) -> Result<(), StoreError> {
        let version = self.version().0;
        let project = project.to_string();
        match text {
            None => {
                execute!(self, sqlx::query("delete from public_keys where project_id = $1").bind(project))?
            }
            Some(text) => execute!(
                self,
                sqlx::query(
                    "insert into public_keys (project_id, public_key, version) values ($1, $2, $3) \
                 on conflict (project_id) do update set public_key = $2, version = $3"
                )
                .bind(project)
                .bind(text)
                .bind(version)
            )?,
        }
        Ok(())
    }
}
