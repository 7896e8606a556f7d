//! Service accounts and their roles.

use super::rows::{maybe_time, stored, time};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::access::{Binding, Caller, MemberRole};
use domain::{ActorId, Digest, Name, OrganizationId, ProjectId, ServiceAccountId, Timestamp};

/// A machine principal on record.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Its id.
    pub id: ServiceAccountId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Shown name.
    pub name: Name,
    /// The public half of its credential.
    pub client_id: String,
    /// The digest of the other half, under the pepper.
    pub secret_digest: Digest,
    /// Whether it may also do what only the operator may.
    pub operator: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was removed; its tokens died then.
    pub removed_at: Option<Timestamp>,
}

/// A service account about to be made.
pub type NewServiceAccount = ServiceAccount;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    name: String,
    client_id: String,
    secret_digest: Vec<u8>,
    operator: bool,
    created_at: i64,
    updated_at: i64,
    removed_at: Option<i64>,
}

impl Row {
    fn into_record(self) -> Result<ServiceAccount, StoreError> {
        Ok(ServiceAccount {
            id: stored(ServiceAccountId::parse(&self.id))?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            name: stored(Name::parse(&self.name, Name::KEY_CHARS_MAX).ok())?,
            client_id: self.client_id,
            secret_digest: Digest::from_bytes(stored(self.secret_digest.try_into().ok())?),
            operator: self.operator,
            created_at: time(self.created_at),
            updated_at: time(self.updated_at),
            removed_at: maybe_time(self.removed_at),
        })
    }
}

impl Store {
    /// The service account of this client id, unless it or its organization is removed.
    pub async fn account_of_client(&self, client_id: &str) -> Result<Option<ServiceAccount>, StoreError> {
        let row: Option<Row> = read!(self, |db| {
            sqlx::query_as(
            "select s.id, s.organization_id, s.name, s.client_id, s.secret_digest, s.operator, s.created_at, \
             s.updated_at, s.removed_at from service_accounts s join organizations o on o.id = s.organization_id \
             where s.client_id = $1 and s.removed_at is null and o.removed_at is null"
        )
        .bind(client_id)
        .fetch_optional(db)
        })?;
        row.map(Row::into_record).transpose()
    }

    /// The service account as a caller with its roles, unless it or its organization is removed.
    pub async fn caller(&self, id: ServiceAccountId) -> Result<Option<Caller>, StoreError> {
        let rows: Vec<(String, String, String, String)> = read!(self, |db| sqlx::query_as(
            "select s.organization_id, b.resource_type, b.resource_id, b.role from service_accounts s \
             join organizations o on o.id = s.organization_id \
             join role_bindings b on b.principal_type = 'service_account' and b.principal_id = s.id \
             where s.id = $1 and s.removed_at is null and o.removed_at is null"
        )
        .bind(id.to_string())
        .fetch_all(db))?;
        let Some((organization, ..)) = rows.first() else { return Ok(None) };
        let organization = stored(OrganizationId::parse(organization))?;
        let bindings = super::rows::all(rows, |(_, resource_type, resource_id, role)| {
            let project =
                if resource_type == "project" { Some(stored(ProjectId::parse(&resource_id))?) } else { None };
            Ok(MemberRole::parse(&role).map(|role| Binding { role, project }))
        })?;
        let bindings = bindings.into_iter().flatten().collect();
        Ok(Some(Caller { actor: ActorId::ServiceAccount(id), organization, bindings, limits: None }))
    }
}

const LIVING_ACCOUNT: &str = "select s.created_at from service_accounts s \
    join organizations o on o.id = s.organization_id \
    where s.id = $1 and s.removed_at is null and o.removed_at is null";
const LIVING_KEY: &str = "select k.created_at from api_keys k join projects p on p.id = k.project_id \
    join organizations o on o.id = p.organization_id where k.id = $1 and k.revoked_at is null \
    and k.disabled_at is null and p.removed_at is null and o.removed_at is null";

impl Tx {
    /// Whether the actor may still act: a credential that is being removed makes nothing more.
    pub async fn is_alive(&mut self, actor: ActorId) -> Result<bool, StoreError> {
        let (query, id) = match actor {
            ActorId::Operator => return Ok(true),
            ActorId::ServiceAccount(id) => (LIVING_ACCOUNT, id.to_string()),
            ActorId::Key(id) => (LIVING_KEY, id.to_string()),
        };
        let found: Option<i64> =
            write!(self, |conn| sqlx::query_scalar(query).bind(id).fetch_optional(conn))?;
        Ok(found.is_some())
    }

    /// Adds a service account.
    pub async fn insert_account(&mut self, account: &NewServiceAccount) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "insert into service_accounts (id, organization_id, name, client_id, secret_digest, operator, \
             created_at, updated_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(account.id.to_string())
        .bind(account.organization_id.as_str())
        .bind(account.name.as_str())
        .bind(&account.client_id)
        .bind(account.secret_digest.as_bytes().as_slice())
        .bind(account.operator)
        .bind(account.created_at.micros())
        .bind(account.updated_at.micros())
        .bind(version))?;
        Ok(())
    }

    /// Keeps the digest of a one-time code that makes an organization's first owner.
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
}
