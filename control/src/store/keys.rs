//! API keys, and the roles that are theirs.

mod insert;
mod review;

use super::open::WAIT;
use super::rows::{maybe_time, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{
    ActorId, Digest, Grant, ImportId, Key, KeyId, KeyState, LastUse, Name, Networks, ProjectId, Timestamp,
    Version,
};
use std::collections::{BTreeSet, HashMap};
use tokio::sync::SemaphorePermit;

/// A key and the change that last touched it.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// The record.
    pub key: Key,
    /// Its version.
    pub version: Version,
    /// When it last opened something; a new key never did.
    pub last_use: Option<LastUse>,
}

/// Which keys a list shows.
#[derive(Debug, Clone)]
pub struct KeyFilter {
    /// By status.
    pub status: StatusFilter,
    /// Part of the name, letter case ignored.
    pub name_part: Option<String>,
    /// After the key made at this moment with this id.
    pub after: Option<(Timestamp, String)>,
    /// At most this many.
    pub limit: i64,
}

/// The status a list asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// All but revoked.
    NotRevoked,
    /// Those of one status.
    Only(domain::KeyStatus),
    /// All.
    All,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    project_id: String,
    name: String,
    digest: Vec<u8>,
    class: String,
    hint: String,
    grant_text: String,
    networks: String,
    expires_at: Option<i64>,
    disabled_at: Option<i64>,
    revoked_at: Option<i64>,
    revoked_by: Option<String>,
    created_at: i64,
    created_by: String,
    import_id: Option<String>,
    version: i64,
}

/// The roles of keys, by key id.
pub(super) type Roles = HashMap<String, BTreeSet<String>>;

impl Row {
    pub(super) fn into_record(self, roles: &mut Roles) -> Result<KeyRow, StoreError> {
        let grant = match serde_json::from_str(&self.grant_text) {
            Ok(Grant::Roles(_)) => Grant::Roles(roles.remove(&self.id).unwrap_or_default()),
            Ok(grant @ (Grant::Scopes(_) | Grant::Access(_))) => grant,
            Err(_) => return stored(None),
        };
        let key = Key {
            id: stored(KeyId::parse(&self.id))?,
            project_id: stored(ProjectId::parse(&self.project_id))?,
            name: stored(Name::parse(&self.name, Name::KEY_CHARS_MAX).ok())?,
            digest: Digest::from_bytes(stored(self.digest.try_into().ok())?),
            class: self.class,
            hint: self.hint,
            grant,
            state: state(self.disabled_at, self.revoked_at, self.revoked_by.as_deref())?,
            expires_at: maybe_time(self.expires_at),
            networks: stored(serde_json::from_str::<Networks>(&self.networks).ok())?,
            created_at: time(self.created_at),
            created_by: stored(ActorId::parse(&self.created_by))?,
            import: self.import_id.map(|id| stored(ImportId::parse(&id))).transpose()?,
        };
        Ok(KeyRow { key, version: version(self.version), last_use: None })
    }
}

fn state(disabled: Option<i64>, revoked: Option<i64>, by: Option<&str>) -> Result<KeyState, StoreError> {
    Ok(match (revoked, disabled) {
        (Some(at), _) => KeyState::Revoked { at: time(at), by: stored(by.and_then(ActorId::parse))? },
        (None, Some(since)) => KeyState::Disabled { since: time(since) },
        (None, None) => KeyState::Active,
    })
}

/// What [`state`] reads: since when disabled, since when revoked, by whom.
fn state_columns(state: KeyState) -> (Option<i64>, Option<i64>, Option<String>) {
    match state {
        KeyState::Active => (None, None, None),
        KeyState::Disabled { since } => (Some(since.micros()), None, None),
        KeyState::Revoked { at, by } => (None, Some(at.micros()), Some(by.to_string())),
    }
}

/// A key's row once for each of its roles, or once without any.
#[derive(sqlx::FromRow)]
struct RoleRow {
    #[sqlx(flatten)]
    row: Row,
    role: Option<String>,
    used_at: Option<i64>,
    used_ip: Option<String>,
}

/// A key of an import that is not complete is nobody's: every statement that reads keys one by one or in lists
/// leaves it out, and only what the data plane loads has it.
const BY_ID: &str = "select k.id, k.project_id, k.name, k.digest, k.class, k.hint, k.grant_text, k.networks, \
    k.expires_at, k.disabled_at, k.revoked_at, k.revoked_by, k.created_at, k.created_by, k.import_id, k.version, \
    b.role, u.used_at, u.ip as used_ip from api_keys k \
    left join role_bindings b on b.principal_type = 'api_key' and b.principal_id = k.id \
    left join last_uses u on u.key_id = k.id where k.id = $1 and (k.import_id is null \
    or exists (select 1 from imports i where i.id = k.import_id and i.state = 'complete'))";

/// The keys with their roles, in the order of their rows.
fn fold(rows: Vec<RoleRow>) -> Result<Vec<KeyRow>, StoreError> {
    let mut roles = Roles::new();
    let mut keys: Vec<(Row, Option<LastUse>)> = Vec::new();
    for RoleRow { row, role, used_at, used_ip } in rows {
        if let Some(role) = role {
            roles.entry(row.id.clone()).or_default().insert(role);
        }
        if keys.last().is_none_or(|(last, _)| last.id != row.id) {
            keys.push((row, last_use(used_at, used_ip)?));
        }
    }
    let record = |(row, last_use): (Row, _)| Ok(KeyRow { last_use, ..row.into_record(&mut roles)? });
    keys.into_iter().map(record).collect()
}

fn last_use(at: Option<i64>, ip: Option<String>) -> Result<Option<LastUse>, StoreError> {
    let ip = ip.map(|ip| stored(ip.parse().ok())).transpose()?;
    Ok(maybe_time(at).map(|at| LastUse { at, ip }))
}

pub(super) fn gather(rows: Vec<(String, String)>) -> Roles {
    let mut roles = Roles::new();
    for (key, role) in rows {
        roles.entry(key).or_default().insert(role);
    }
    roles
}

const BY_DIGEST: &str = "select k.id, k.project_id, k.name, k.digest, k.class, k.hint, k.grant_text, k.networks, \
    k.expires_at, k.disabled_at, k.revoked_at, k.revoked_by, k.created_at, k.created_by, k.import_id, k.version, \
    b.role, u.used_at, u.ip as used_ip from api_keys k \
    left join role_bindings b on b.principal_type = 'api_key' and b.principal_id = k.id \
    left join last_uses u on u.key_id = k.id where k.digest = $1 \
    and (k.import_id is null \
    or exists (select 1 from imports i where i.id = k.import_id and i.state = 'complete'))";

impl Store {
    /// The key of this digest, whatever its state.
    pub async fn key_of_digest(&self, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
        let digest = digest.as_bytes().as_slice();
        let rows = read!(self, |db| sqlx::query_as(BY_DIGEST).bind(digest).fetch_all(db))?;
        Ok(fold(rows)?.pop())
    }

    /// The key, whatever its state.
    pub async fn key(&self, id: KeyId) -> Result<Option<KeyRow>, StoreError> {
        let rows = read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_all(db))?;
        Ok(fold(rows)?.pop())
    }

    /// Waits until fewer long lists are under way, but not for ever.
    async fn turn_for_a_list(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        let turn = tokio::time::timeout(WAIT, self.lists.acquire()).await;
        turn.map_err(|_| StoreError::Overloaded)?.map_err(|_| StoreError::Failed)
    }

    /// The keys of a project, oldest first.
    pub async fn keys_of(
        &self,
        project: ProjectId,
        filter: &KeyFilter,
        now: Timestamp,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let _turn = self.turn_for_a_list().await?;
        let status = match filter.status {
            StatusFilter::All => "all",
            StatusFilter::NotRevoked => "kept",
            StatusFilter::Only(status) => status.name(),
        };
        let (after, after_id) = match &filter.after {
            Some((at, id)) => (at.micros(), id.as_str()),
            None => (i64::MIN, ""),
        };
        let rows = read!(self, |db| {
            sqlx::query_as(
            "select k.id, k.project_id, k.name, k.digest, k.class, k.hint, k.grant_text, k.networks, k.expires_at, \
             k.disabled_at, k.revoked_at, k.revoked_by, k.created_at, k.created_by, k.import_id, k.version, b.role, \
             u.used_at, u.ip as used_ip \
             from api_keys k left join role_bindings b on b.principal_type = 'api_key' and b.principal_id = k.id \
             left join last_uses u on u.key_id = k.id \
             where k.id in (select id from api_keys \
              where project_id = $1 \
              and (import_id is null \
               or exists (select 1 from imports i where i.id = import_id and i.state = 'complete')) \
              and (created_at > $2 or (created_at = $2 and id > $3)) \
              and ($4 = 'all' or ($4 = 'revoked' and revoked_at is not null) \
               or ($4 <> 'revoked' and revoked_at is null and ($4 = 'kept' \
                or ($4 = 'expired' and expires_at <= $5) \
                or ((expires_at is null or expires_at > $5) and (($4 = 'disabled' and disabled_at is not null) \
                 or ($4 = 'active' and disabled_at is null)))))) \
              and ($6 = '' or name_lower like $7 escape '!') \
              order by created_at, id limit $8) \
             order by k.created_at, k.id"
        )
        .bind(project.to_string())
        .bind(after)
        .bind(after_id)
        .bind(status)
        .bind(now.micros())
        .bind(filter.name_part.as_deref().unwrap_or(""))
        .bind(like(filter.name_part.as_deref().unwrap_or("")))
        .bind(filter.limit)
        .fetch_all(db)
        })?;
        fold(rows)
    }
}

/// The keys of a project that are not revoked, counted no further than a limit.
const COUNT: &str = "select count(*) from (select 1 from api_keys where project_id = $1 and revoked_at is null \
    and (import_id is null or exists (select 1 from imports i where i.id = import_id and i.state = 'complete')) \
    limit $2) as found";

impl Store {
    /// How many keys of the project are not revoked, counted no further than `most`.
    pub async fn count_keys(&self, project: ProjectId, most: i64) -> Result<i64, StoreError> {
        Ok(read!(self, |db| sqlx::query_scalar(COUNT).bind(project.to_string()).bind(most).fetch_one(db))?)
    }
}

/// A pattern that finds the text anywhere, whatever signs are in it.
fn like(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in part.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl Tx {
    /// The key as this transaction sees it.
    pub async fn key(&mut self, id: KeyId) -> Result<Option<KeyRow>, StoreError> {
        let rows = write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_all(conn))?;
        Ok(fold(rows)?.pop())
    }

    /// The same as this transaction sees it.
    pub async fn count_keys(&mut self, project: ProjectId, most: i64) -> Result<i64, StoreError> {
        let project = project.to_string();
        Ok(write!(self, |conn| sqlx::query_scalar(COUNT).bind(project).bind(most).fetch_one(conn))?)
    }

    /// Writes everything that can change of a key but its roles.
    pub async fn update_key(&mut self, key: &Key) -> Result<(), StoreError> {
        let version = self.version().0;
        let (disabled, revoked, by) = state_columns(key.state);
        execute!(self, sqlx::query(
            "update api_keys set name = $2, name_lower = $3, grant_text = $4, networks = $5, expires_at = $6, \
             disabled_at = $7, revoked_at = $8, revoked_by = $9, version = $10 where id = $1"
        )
        .bind(key.id.to_string())
        .bind(key.name.as_str())
        .bind(key.name.as_str().to_lowercase())
        .bind(grant_text(&key.grant)?)
        .bind(json(&key.networks)?)
        .bind(key.expires_at.map(Timestamp::micros))
        .bind(disabled)
        .bind(revoked)
        .bind(by)
        .bind(version))?;
        Ok(())
    }
}

/// The grant as kept in the key's row: roles are role bindings, the row says only that it has some.
fn grant_text(grant: &Grant) -> Result<String, StoreError> {
    match grant {
        Grant::Roles(_) => json(&Grant::Roles(BTreeSet::new())),
        Grant::Scopes(_) | Grant::Access(_) => json(grant),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Failed)
}
