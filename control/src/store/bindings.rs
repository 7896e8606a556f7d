//! Role bindings: which role a principal has where. What is bound to a removed project or belongs to a revoked
//! key is still kept, but nobody finds it any more.

use super::rows::{Slice, all, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{
    OrganizationId, Principal, PrincipalType, ProjectId, Resource, RoleBindingId, Timestamp, Version,
};

/// One role of one principal on one resource. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleBinding {
    /// Its id.
    pub id: RoleBindingId,
    /// The organization all of it lies in.
    pub organization_id: OrganizationId,
    /// Who has the role.
    pub principal: Principal,
    /// Where.
    pub resource: Resource,
    /// The role's name: one of members, or one of the catalog for keys.
    pub role: String,
    /// When it was given.
    pub created_at: Timestamp,
}

/// A binding and the change that made it.
#[derive(Debug, Clone)]
pub struct BindingRow {
    /// The record.
    pub binding: RoleBinding,
    /// Its version.
    pub version: Version,
}

/// Which bindings of an organization a list shows: all filters hold together.
#[derive(Debug, Clone)]
pub struct BindingFilter {
    /// The organization.
    pub organization: OrganizationId,
    /// Whether those on the organization itself are shown.
    pub on_organization: bool,
    /// The projects whose bindings are shown; `None` is all of them.
    pub projects: Option<Vec<ProjectId>>,
    /// Only of this kind of principal.
    pub principal_type: Option<PrincipalType>,
    /// Only of this principal.
    pub principal_id: Option<String>,
    /// Only on this kind of resource.
    pub resource_type: Option<String>,
    /// Only on this resource.
    pub resource_id: Option<String>,
    /// Only this role.
    pub role: Option<String>,
    /// Which part of the list.
    pub slice: Slice,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    principal_type: String,
    principal_id: String,
    resource_type: String,
    resource_id: String,
    role: String,
    created_at: i64,
    version: i64,
}

impl Row {
    fn into_record(self) -> Result<BindingRow, StoreError> {
        let kind = stored(PrincipalType::parse(&self.principal_type))?;
        let binding = RoleBinding {
            id: stored(RoleBindingId::parse(&self.id))?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            principal: stored(Principal::parse(kind, &self.principal_id))?,
            resource: stored(Resource::parse(&self.resource_type, &self.resource_id))?,
            role: self.role,
            created_at: time(self.created_at),
        };
        Ok(BindingRow { binding, version: version(self.version) })
    }
}

/// What all reads have in common: the columns, and that the resource and the key are still there.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select b.id, b.organization_id, b.principal_type, b.principal_id, b.resource_type, b.resource_id, \
             b.role, b.created_at, b.version from role_bindings b where (b.resource_type <> 'project' or exists \
             (select 1 from projects p where p.id = b.resource_id and p.removed_at is null)) \
             and (b.principal_type <> 'api_key' or exists \
             (select 1 from api_keys k where k.id = b.principal_id and k.revoked_at is null)) and ",
            $rest
        )
    };
}

const BY_ID: &str = select!("b.id = $1");

/// A list; whatever it is looked up by, every filter holds. The `coalesce` keeps SQLite from walking a whole
/// organization in order where there is an index that leads to a few rows.
macro_rules! list {
    ($found_by:literal) => {
        concat!(
            select!($found_by),
            " and coalesce(b.organization_id, '') = $1 and (b.created_at > $2 or (b.created_at = $2 and b.id > $3)) \
             and ((b.resource_type = 'organization' and $4) \
              or (b.resource_type = 'project' and ($5 or $6 like '%' || b.resource_id || '%'))) \
             and ($7 = '' or b.principal_type = $7) and ($8 = '' or b.principal_id = $8) \
             and ($9 = '' or b.resource_type = $9) and ($10 = '' or b.resource_id = $10) \
             and ($11 = '' or b.role = $11) order by b.created_at, b.id limit $12"
        )
    };
}

impl Store {
    /// The binding.
    pub async fn binding(&self, id: RoleBindingId) -> Result<Option<BindingRow>, StoreError> {
        let row: Option<Row> =
            read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }

    /// Those that the filter names, oldest first.
    pub async fn bindings(&self, filter: &BindingFilter) -> Result<Vec<BindingRow>, StoreError> {
        // What narrows most comes first, and has an index: an organization may have a million keys.
        let text = match (&filter.principal_id, &filter.resource_id) {
            (Some(_), _) => list!("b.principal_type = $7 and b.principal_id = $8"),
            (None, Some(_)) => list!("b.resource_type = $9 and b.resource_id = $10"),
            (None, None) => list!("b.organization_id = $1"),
        };
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(text)
                .bind(filter.organization.as_str())
                .bind(filter.slice.after_micros())
                .bind(filter.slice.after_id())
                .bind(filter.on_organization)
                .bind(filter.projects.is_none())
                .bind(listed(filter.projects.as_deref().unwrap_or_default()))
                .bind(filter.principal_type.map_or("", PrincipalType::name))
                .bind(filter.principal_id.as_deref().unwrap_or(""))
                .bind(filter.resource_type.as_deref().unwrap_or(""))
                .bind(filter.resource_id.as_deref().unwrap_or(""))
                .bind(filter.role.as_deref().unwrap_or(""))
                .bind(filter.slice.limit)
                .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

/// Ids in one text, where an id of the same length is found whole or not at all.
fn listed(projects: &[ProjectId]) -> String {
    projects.iter().map(|id| format!("{id} ")).collect()
}

impl Tx {
    /// The binding as this transaction sees it.
    pub async fn binding(&mut self, id: RoleBindingId) -> Result<Option<BindingRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// All roles of a principal.
    pub async fn bindings_of(&mut self, principal: Principal) -> Result<Vec<RoleBinding>, StoreError> {
        let rows: Vec<Row> = write!(self, |conn| sqlx::query_as(select!(
            "b.principal_type = $1 and b.principal_id = $2 order by b.created_at, b.id"
        ))
        .bind(principal.kind().name())
        .bind(principal.id())
        .fetch_all(conn))?;
        all(rows, |row: Row| Ok(row.into_record()?.binding))
    }

    /// Whether anybody but this principal, of those who can act, is an owner of the organization.
    pub async fn has_other_owner(
        &mut self,
        organization: &OrganizationId,
        except: Principal,
    ) -> Result<bool, StoreError> {
        let found: Option<i64> = write!(self, |conn| {
            sqlx::query_scalar(
            "select created_at from role_bindings where resource_type = 'organization' and resource_id = $1 \
             and role = 'OrgOwner' and principal_type in ('user', 'service_account') \
             and not (principal_type = $2 and principal_id = $3) limit 1"
        )
        .bind(organization.as_str())
        .bind(except.kind().name())
        .bind(except.id())
        .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Whether a person is an owner of the organization.
    pub async fn has_owner_in_person(&mut self, organization: &OrganizationId) -> Result<bool, StoreError> {
        let found: Option<i64> = write!(self, |conn| {
            sqlx::query_scalar(
            "select created_at from role_bindings where resource_type = 'organization' and resource_id = $1 \
             and role = 'OrgOwner' and principal_type = 'user' limit 1"
        )
        .bind(organization.as_str())
        .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Adds a binding; one that is there already is [`StoreError::Taken`].
    pub async fn insert_binding(&mut self, binding: &RoleBinding) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "insert into role_bindings (id, organization_id, principal_type, principal_id, resource_type, \
             resource_id, role, created_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(binding.id.to_string())
        .bind(binding.organization_id.as_str())
        .bind(binding.principal.kind().name())
        .bind(binding.principal.id())
        .bind(binding.resource.kind())
        .bind(binding.resource.id())
        .bind(&binding.role)
        .bind(binding.created_at.micros())
        .bind(version))?;
        Ok(())
    }

    /// Takes one role away.
    pub async fn delete_binding(&mut self, id: RoleBindingId) -> Result<(), StoreError> {
        execute!(self, sqlx::query("delete from role_bindings where id = $1").bind(id.to_string()))?;
        Ok(())
    }

    /// Takes all roles of a principal away.
    pub async fn delete_bindings(&mut self, principal: Principal) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from role_bindings where principal_type = $1 and principal_id = $2")
                .bind(principal.kind().name())
                .bind(principal.id())
        )?;
        Ok(())
    }

    /// Gives all roles of one principal to another, who has none.
    pub async fn hand_over_bindings(&mut self, from: Principal, to: Principal) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query(
                "update role_bindings set principal_type = $3, principal_id = $4, version = $5 \
             where principal_type = $1 and principal_id = $2"
            )
            .bind(from.kind().name())
            .bind(from.id())
            .bind(to.kind().name())
            .bind(to.id())
            .bind(version)
        )?;
        Ok(())
    }
}
