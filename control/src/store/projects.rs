//! Projects.

use super::rows::{all, maybe_time, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Name, OrganizationId, Plan, Project, ProjectId, Timestamp, Version};

/// A project and the change that last touched it.
#[derive(Debug, Clone)]
pub struct ProjectRow {
    /// The record.
    pub project: Project,
    /// Its version.
    pub version: Version,
}

/// A project, and what decides which keys it may have.
#[derive(Debug, Clone)]
pub struct ProjectForKeys {
    /// The project.
    pub row: ProjectRow,
    /// Whether its organization can have keys at all.
    pub bootstrapped: bool,
    /// The plan of its organization.
    pub plan: Plan,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    organization_id: String,
    name: String,
    max_pods: i64,
    force_encryption_with_cmek: bool,
    created_at: i64,
    removed_at: Option<i64>,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct RowForKeys {
    #[sqlx(flatten)]
    project: Row,
    bootstrapped_at: Option<i64>,
    plan: String,
}

impl RowForKeys {
    fn into_record(self) -> Result<ProjectForKeys, StoreError> {
        Ok(ProjectForKeys {
            row: self.project.into_record()?,
            bootstrapped: self.bootstrapped_at.is_some(),
            plan: stored(Plan::parse(&self.plan))?,
        })
    }
}

impl Row {
    pub(super) fn into_record(self) -> Result<ProjectRow, StoreError> {
        let project = Project {
            id: stored(ProjectId::parse(&self.id))?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            name: stored(Name::parse(&self.name, Name::PROJECT_CHARS_MAX).ok())?,
            max_pods: self.max_pods,
            force_encryption_with_cmek: self.force_encryption_with_cmek,
            created_at: time(self.created_at),
            removed_at: maybe_time(self.removed_at),
        };
        Ok(ProjectRow { project, version: version(self.version) })
    }
}

pub(super) const ALL: &str = "select id, organization_id, name, max_pods, force_encryption_with_cmek, created_at, \
    removed_at, version from projects";
const BY_ID: &str = "select id, organization_id, name, max_pods, force_encryption_with_cmek, created_at, \
    removed_at, version from projects where id = $1 and removed_at is null";

impl Store {
    /// The project, unless it is removed.
    pub async fn project(&self, id: ProjectId) -> Result<Option<ProjectRow>, StoreError> {
        let row: Option<Row> =
            read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }

    /// The organization's projects, oldest first.
    pub async fn projects_of(&self, organization: &OrganizationId) -> Result<Vec<ProjectRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
            "select id, organization_id, name, max_pods, force_encryption_with_cmek, created_at, removed_at, \
             version from projects where organization_id = $1 and removed_at is null order by created_at, id"
        )
        .bind(organization.as_str())
        .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

impl Tx {
    /// The project as this transaction sees it.
    pub async fn project(&mut self, id: ProjectId) -> Result<Option<ProjectRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// The project as this transaction sees it, with what decides which keys it may have.
    pub async fn project_for_keys(&mut self, id: ProjectId) -> Result<Option<ProjectForKeys>, StoreError> {
        if let Some(known) = self.project_for_keys.as_ref().filter(|known| known.row.project.id == id) {
            return Ok(Some(known.clone()));
        }
        let row: Option<RowForKeys> = write!(self, |conn| {
            sqlx::query_as(
            "select p.id, p.organization_id, p.name, p.max_pods, p.force_encryption_with_cmek, p.created_at, \
             p.removed_at, p.version, o.bootstrapped_at, o.plan from projects p \
             join organizations o on o.id = p.organization_id where p.id = $1 and p.removed_at is null"
        )
        .bind(id.to_string())
        .fetch_optional(conn)
        })?;
        self.project_for_keys = row.map(RowForKeys::into_record).transpose()?;
        Ok(self.project_for_keys.clone())
    }

    /// How many projects the organization has.
    pub async fn count_projects(&mut self, organization: &OrganizationId) -> Result<i64, StoreError> {
        Ok(write!(self, |conn| sqlx::query_scalar(
            "select count(*) from projects where organization_id = $1 and removed_at is null"
        )
        .bind(organization.as_str())
        .fetch_one(conn))?)
    }

    /// Adds a project.
    pub async fn insert_project(&mut self, project: &Project) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query(
                "insert into projects \
             (id, organization_id, name, max_pods, force_encryption_with_cmek, created_at, version) \
             values ($1, $2, $3, $4, $5, $6, $7)"
            )
            .bind(project.id.to_string())
            .bind(project.organization_id.as_str())
            .bind(project.name.as_str())
            .bind(project.max_pods)
            .bind(project.force_encryption_with_cmek)
            .bind(project.created_at.micros())
            .bind(version)
        )?;
        Ok(())
    }

    /// Writes everything that can change of a project.
    pub async fn update_project(&mut self, project: &Project) -> Result<(), StoreError> {
        self.project_for_keys = None;
        let version = self.version().0;
        execute!(self, sqlx::query(
            "update projects set name = $2, max_pods = $3, force_encryption_with_cmek = $4, removed_at = $5, \
             version = $6 where id = $1"
        )
        .bind(project.id.to_string())
        .bind(project.name.as_str())
        .bind(project.max_pods)
        .bind(project.force_encryption_with_cmek)
        .bind(project.removed_at.map(Timestamp::micros))
        .bind(version))?;
        Ok(())
    }
}
