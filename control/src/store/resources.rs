//! Resources of owned types: one row for each name that was ever registered.

use super::rows::{Slice, all, maybe_time, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{
    ActorId, Name, OrganizationId, ProjectId, Registration, ResourceId, ResourceName, Timestamp, Version,
};

/// A registration and the change that last touched it. One whose project was removed counts as released then.
#[derive(Debug, Clone)]
pub struct ResourceRow {
    /// The record.
    pub resource: Registration,
    /// Its version.
    pub version: Version,
}

/// Which registrations a list of the whole database shows.
#[derive(Debug, Clone, Default)]
pub struct ResourceFilter {
    /// Of this project only.
    pub project: Option<ProjectId>,
    /// Released ones, too.
    pub released: bool,
    /// After this name.
    pub after: String,
    /// At most this many.
    pub limit: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    resource: String,
    id: String,
    organization_id: String,
    project_id: String,
    name: String,
    created_at: i64,
    created_by: String,
    released_at: Option<i64>,
    version: i64,
}

impl Row {
    fn into_record(self) -> Result<ResourceRow, StoreError> {
        let resource = Registration {
            id: stored(ResourceId::parse(&self.id))?,
            resource: stored(ResourceName::restored(&self.resource))?,
            name: stored(Name::parse(&self.name, Name::PROJECT_CHARS_MAX).ok())?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            project_id: stored(ProjectId::parse(&self.project_id))?,
            created_at: time(self.created_at),
            created_by: stored(ActorId::parse(&self.created_by))?,
            released_at: maybe_time(self.released_at),
        };
        Ok(ResourceRow { resource, version: version(self.version) })
    }
}

/// What the data plane needs of them: names in use, and whose they are.
pub(super) const IN_USE: &str = "select resource, project_id from resources where released_at is null";

/// Reads back what [`IN_USE`] answers.
pub(super) fn in_use((name, project): (String, String)) -> Result<(String, ProjectId), StoreError> {
    Ok((name, stored(ProjectId::parse(&project))?))
}

const BY_ID: &str = "select r.resource, r.id, r.organization_id, r.project_id, r.name, r.created_at, r.created_by, \
    coalesce(r.released_at, p.removed_at) as released_at, r.version \
    from resources r join projects p on p.id = r.project_id where r.id = $1";
const BY_NAME: &str = "select r.resource, r.id, r.organization_id, r.project_id, r.name, r.created_at, r.created_by, \
    coalesce(r.released_at, p.removed_at) as released_at, r.version \
    from resources r join projects p on p.id = r.project_id where r.resource = $1";

impl Store {
    /// The resources registered to a project, oldest first.
    pub async fn resources_of(
        &self,
        project: ProjectId,
        slice: &Slice,
    ) -> Result<Vec<ResourceRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
                "select resource, id, organization_id, project_id, name, created_at, created_by, released_at, version \
             from resources where project_id = $1 and released_at is null \
             and (created_at > $2 or (created_at = $2 and id > $3)) order by created_at, id limit $4",
            )
            .bind(project.to_string())
            .bind(slice.after_micros())
            .bind(slice.after_id())
            .bind(slice.limit)
            .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }

    /// Those of one type.
    pub async fn resources_of_type(
        &self,
        project: ProjectId,
        type_name: &str,
        slice: &Slice,
    ) -> Result<Vec<ResourceRow>, StoreError> {
        // In a pattern `_` is any sign, and names of types have it.
        let pattern = format!("{}/%", type_name.replace('_', "!_"));
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
                "select resource, id, organization_id, project_id, name, created_at, created_by, released_at, version \
             from resources where project_id = $1 and released_at is null and resource like $5 escape '!' \
             and (created_at > $2 or (created_at = $2 and id > $3)) order by created_at, id limit $4",
            )
            .bind(project.to_string())
            .bind(slice.after_micros())
            .bind(slice.after_id())
            .bind(slice.limit)
            .bind(&pattern)
            .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }

    /// Where a resource of the project stands in its list; a released one has a place, too.
    pub async fn place_of_resource(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<(Timestamp, String)>, StoreError> {
        let found: Option<(i64, String)> = read!(self, |db| {
            sqlx::query_as("select created_at, id from resources where resource = $1 and project_id = $2")
                .bind(name)
                .bind(project.to_string())
                .fetch_optional(db)
        })?;
        Ok(found.map(|(at, id)| (time(at), id)))
    }

    /// Registrations of all projects, by name.
    pub async fn resources(&self, filter: &ResourceFilter) -> Result<Vec<ResourceRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
            "select r.resource, r.id, r.organization_id, r.project_id, r.name, r.created_at, r.created_by, \
             coalesce(r.released_at, p.removed_at) as released_at, r.version \
             from resources r join projects p on p.id = r.project_id \
             where r.resource > $1 and ($2 = '' or r.project_id = $2) \
             and ($3 or (r.released_at is null and p.removed_at is null)) order by r.resource limit $4"
        )
        .bind(&filter.after)
        .bind(filter.project.map(|id| id.to_string()).unwrap_or_default())
        .bind(filter.released)
        .bind(filter.limit)
        .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

impl Tx {
    /// The registration of this id, released or not.
    pub async fn resource(&mut self, id: ResourceId) -> Result<Option<ResourceRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// The newest registration of this name, released or not.
    pub async fn resource_named(&mut self, name: &str) -> Result<Option<ResourceRow>, StoreError> {
        let row: Option<Row> = write!(self, |conn| sqlx::query_as(BY_NAME).bind(name).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// Whether the resource of this canonical name is registered to the project.
    pub async fn is_registered(&mut self, resource: &str, project: ProjectId) -> Result<bool, StoreError> {
        let found: Option<i64> = write!(self, |conn| {
            sqlx::query_scalar(
            "select created_at from resources where resource = $1 and project_id = $2 and released_at is null"
        )
        .bind(resource)
        .bind(project.to_string())
        .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Writes a registration; one of the same name, which is released or given up, is written over.
    pub async fn put_resource(&mut self, resource: &Registration) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "insert into resources (resource, id, organization_id, project_id, name, created_at, created_by, \
             released_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             on conflict (resource) do update set id = excluded.id, organization_id = excluded.organization_id, \
             project_id = excluded.project_id, name = excluded.name, created_at = excluded.created_at, \
             created_by = excluded.created_by, released_at = excluded.released_at, version = excluded.version"
        )
        .bind(resource.resource.as_str())
        .bind(resource.id.to_string())
        .bind(resource.organization_id.as_str())
        .bind(resource.project_id.to_string())
        .bind(resource.name.as_str())
        .bind(resource.created_at.micros())
        .bind(resource.created_by.to_string())
        .bind(resource.released_at.map(Timestamp::micros))
        .bind(version))?;
        Ok(())
    }
}
