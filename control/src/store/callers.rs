//! Who calls the Admin API, with the roles they have right now.

use super::rows::stored;
use super::{Store, StoreError, Tx, read, write};
use domain::access::{Binding, Caller, MemberRole};
use domain::{ActorId, KeyId, OrganizationId, ProjectId, ServiceAccountId, UserId};

/// A principal once for each of its roles, or once without any.
#[derive(sqlx::FromRow)]
struct Row {
    organization_id: String,
    generation: i64,
    operator: bool,
    resource_type: Option<String>,
    resource_id: Option<String>,
    role: Option<String>,
}

const ACCOUNT: &str = "select s.organization_id, s.generation, s.operator, b.resource_type, b.resource_id, b.role \
    from service_accounts s join organizations o on o.id = s.organization_id \
    left join role_bindings b on b.principal_type = 'service_account' and b.principal_id = s.id \
    where s.id = $1 and s.removed_at is null and o.removed_at is null";
const USER: &str = "select u.organization_id, u.created_at as generation, u.operator, b.resource_type, b.resource_id, b.role \
    from users u join organizations o on o.id = u.organization_id \
    left join role_bindings b on b.principal_type = 'user' and b.principal_id = u.id \
    where u.id = $1 and o.removed_at is null";

impl Store {
    /// The service account as a caller with its roles, unless it or its organization is removed, or its secret
    /// is no longer the one of this generation.
    pub async fn caller(&self, id: ServiceAccountId, generation: i64) -> Result<Option<Caller>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(ACCOUNT).bind(id.to_string()).fetch_all(db))?;
        let current = rows.first().is_some_and(|row| row.generation == generation);
        if current { caller(ActorId::ServiceAccount(id), rows) } else { Ok(None) }
    }

    /// The person as a caller with their roles, unless they or their organization are removed.
    pub async fn user_caller(&self, id: UserId) -> Result<Option<Caller>, StoreError> {
        let rows = read!(self, |db| sqlx::query_as(USER).bind(id.to_string()).fetch_all(db))?;
        caller(ActorId::User(id), rows)
    }
}

const LIVING_KEY: &str = "select k.created_at from api_keys k join projects p on p.id = k.project_id \
    join organizations o on o.id = p.organization_id where k.id = $1 and k.revoked_at is null \
    and k.disabled_at is null and p.removed_at is null and o.removed_at is null";

impl Tx {
    /// The member with the roles it has now; `None` when it is gone, and for who has no roles to look up.
    pub async fn member(&mut self, actor: ActorId) -> Result<Option<Caller>, StoreError> {
        let (text, id) = match actor {
            ActorId::Operator | ActorId::Key(_) => return Ok(None),
            ActorId::ServiceAccount(id) => (ACCOUNT, id.to_string()),
            ActorId::User(id) => (USER, id.to_string()),
        };
        let rows = write!(self, |conn| sqlx::query_as(text).bind(id).fetch_all(conn))?;
        caller(actor, rows)
    }

    /// Whether the key, its project and its organization still stand; when it expires is not asked.
    pub async fn is_alive(&mut self, key: KeyId) -> Result<bool, StoreError> {
        let found: Option<i64> =
            write!(self, |conn| sqlx::query_scalar(LIVING_KEY).bind(key.to_string()).fetch_optional(conn))?;
        Ok(found.is_some())
    }
}

fn caller(actor: ActorId, rows: Vec<Row>) -> Result<Option<Caller>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let organization = stored(OrganizationId::parse(&first.organization_id))?;
    let is_operator = first.operator;
    // People have no tokens that a generation could void.
    let generation = matches!(actor, ActorId::ServiceAccount(_)).then_some(first.generation);
    let bindings: Vec<Binding> = super::rows::all(rows, binding)?.into_iter().flatten().collect();
    // A person is the operator only while they own the operator's organization.
    let owner = Binding { role: MemberRole::OrgOwner, project: None };
    let owns = !matches!(actor, ActorId::User(_)) || bindings.contains(&owner);
    let operator = is_operator && owns;
    Ok(Some(Caller { actor, organization, bindings, generation, limits: None, operator }))
}

fn binding(row: Row) -> Result<Option<Binding>, StoreError> {
    let (Some(kind), Some(id), Some(role)) = (row.resource_type, row.resource_id, row.role) else {
        return Ok(None);
    };
    let project = if kind == "project" { Some(stored(ProjectId::parse(&id))?) } else { None };
    Ok(MemberRole::parse(&role).map(|role| Binding { role, project }))
}
