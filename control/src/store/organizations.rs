//! Organizations.

use super::rows::{maybe_time, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Name, Organization, OrganizationId, Plan, Version};

/// An organization and the change that last touched it.
#[derive(Debug, Clone)]
pub struct OrganizationRow {
    /// The record.
    pub organization: Organization,
    /// Its version.
    pub version: Version,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    plan: String,
    created_at: i64,
    bootstrapped_at: Option<i64>,
    removed_at: Option<i64>,
    version: i64,
}

impl Row {
    fn into_record(self) -> Result<OrganizationRow, StoreError> {
        let organization = Organization {
            id: stored(OrganizationId::parse(&self.id))?,
            name: stored(Name::parse(&self.name, Name::PROJECT_CHARS_MAX).ok())?,
            plan: stored(Plan::parse(&self.plan))?,
            created_at: time(self.created_at),
            bootstrapped_at: maybe_time(self.bootstrapped_at),
            removed_at: maybe_time(self.removed_at),
        };
        Ok(OrganizationRow { organization, version: version(self.version) })
    }
}

const BY_ID: &str = "select id, name, plan, created_at, bootstrapped_at, removed_at, version \
    from organizations where id = $1 and removed_at is null";

impl Store {
    /// The organization, unless it is removed.
    pub async fn organization(&self, id: &OrganizationId) -> Result<Option<OrganizationRow>, StoreError> {
        let row: Option<Row> = read!(self, |db| sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }

    /// Every organization there is, oldest first.
    pub async fn organizations(&self) -> Result<Vec<OrganizationRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(
            "select id, name, plan, created_at, bootstrapped_at, removed_at, version \
             from organizations where removed_at is null order by created_at, id"
        )
        .fetch_all(db))?;
        super::rows::all(rows, Row::into_record)
    }
}

impl Store {
    /// Whether there ever was an organization.
    pub async fn had_organizations(&self) -> Result<bool, StoreError> {
        let count: i64 =
            read!(self, |db| sqlx::query_scalar("select count(*) from organizations").fetch_one(db))?;
        Ok(count > 0)
    }
}

impl Tx {
    /// The organization as this transaction sees it.
    pub async fn organization(&mut self, id: &OrganizationId) -> Result<Option<OrganizationRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// How many organizations there ever were: after the last is removed there is no second first one.
    pub async fn count_organizations(&mut self) -> Result<i64, StoreError> {
        Ok(write!(self, |conn| sqlx::query_scalar("select count(*) from organizations").fetch_one(conn))?)
    }

    /// Adds an organization.
    pub async fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query(
                "insert into organizations (id, name, plan, created_at, bootstrapped_at, version) \
             values ($1, $2, $3, $4, $5, $6)"
            )
            .bind(organization.id.as_str())
            .bind(organization.name.as_str())
            .bind(organization.plan.name())
            .bind(organization.created_at.micros())
            .bind(organization.bootstrapped_at.map(domain::Timestamp::micros))
            .bind(version)
        )?;
        Ok(())
    }

    /// Writes everything that can change of an organization.
    pub async fn update_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        self.project_for_keys = None;
        let version = self.version().0;
        execute!(self, sqlx::query(
            "update organizations set name = $2, plan = $3, bootstrapped_at = $4, removed_at = $5, version = $6 \
             where id = $1"
        )
        .bind(organization.id.as_str())
        .bind(organization.name.as_str())
        .bind(organization.plan.name())
        .bind(organization.bootstrapped_at.map(domain::Timestamp::micros))
        .bind(organization.removed_at.map(domain::Timestamp::micros))
        .bind(version))?;
        Ok(())
    }
}
