//! Role bindings: who has which role where. Those of members and those of keys are in one list.

use super::new_key::Once;
use super::roles::{self, RoleAsk};
use super::sight::{self, Precondition, caller_now, not_found, organization_now};
use super::{invites, key_roles, users};
use crate::error::Object;
use crate::store::{
    BindingFilter, BindingRow, InviteStatus, Lane, Replay, RoleBinding, Slice, StoreError, Tx,
};
use crate::{App, Error};
use domain::access::{Caller, MemberRole, Operation};
use domain::{Effect, Principal, PrincipalType, Resource, RoleBindingId, Timestamp, Version};

/// A binding about to be made.
#[derive(Debug, Clone)]
pub struct BindingAsk {
    /// Who is to have the role: `user`, `service_account`, `api_key` or `invite`.
    pub principal_type: String,
    /// Whose id it is.
    pub principal_id: String,
    /// The role, and where.
    pub role: RoleAsk,
}

/// What a list is narrowed to; all of it holds together.
#[derive(Debug, Clone, Default)]
pub struct ListAsk {
    /// A kind of principal.
    pub principal_type: Option<String>,
    /// One principal; needs its kind.
    pub principal_id: Option<String>,
    /// A kind of resource.
    pub resource_type: Option<String>,
    /// One resource; needs its kind.
    pub resource_id: Option<String>,
    /// A role.
    pub role: Option<String>,
}

/// The bindings that the caller sees, oldest first.
///
/// # Errors
/// A filter makes no sense.
pub async fn list(app: &App, caller: &Caller, ask: ListAsk, slice: Slice) -> Result<Vec<BindingRow>, Error> {
    if ask.principal_id.is_some() && ask.principal_type.is_none() {
        return Err(Error::Invalid("`principal_id` needs `principal_type`: ids are told apart by it".into()));
    }
    if ask.resource_id.is_some() && ask.resource_type.is_none() {
        return Err(Error::Invalid("`resource_id` needs `resource_type`: ids are told apart by it".into()));
    }
    if let Some(role) = &ask.role {
        known_role(app, role).await?;
    }
    let filter = BindingFilter {
        organization: caller.organization.clone(),
        on_organization: caller.may(Operation::ReadBindings(None)),
        projects: caller.projects(|project| Operation::ReadBindings(Some(project))),
        principal_type: ask.principal_type.as_deref().map(principal_type).transpose()?,
        principal_id: ask.principal_id,
        resource_type: ask.resource_type.map(resource_type).transpose()?,
        resource_id: ask.resource_id,
        role: ask.role,
        slice,
    };
    Ok(app.store.bindings(&filter).await?)
}

fn principal_type(text: &str) -> Result<PrincipalType, Error> {
    let names = || PrincipalType::ALL.map(PrincipalType::name).join(", ");
    PrincipalType::parse(text)
        .ok_or_else(|| Error::Invalid(format!("`principal_type` must be one of {}", names())))
}

fn resource_type(text: String) -> Result<String, Error> {
    let known = ["organization", "project"].contains(&&*text);
    known
        .then_some(text)
        .ok_or_else(|| Error::Invalid("`resource_type` must be organization or project".into()))
}

async fn known_role(app: &App, role: &str) -> Result<(), Error> {
    let known = MemberRole::parse(role).is_some() || app.catalog().await?.role(role).is_some();
    known.then_some(()).ok_or_else(|| Error::Invalid("`role` is no role of members or of keys".into()))
}

/// One binding.
///
/// # Errors
/// The caller cannot see it.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<BindingRow, Error> {
    let found = match RoleBindingId::parse(id) {
        Some(id) => app.store.binding(id).await?,
        None => None,
    };
    let found = found.filter(|row| sees(caller, &row.binding));
    found.ok_or_else(|| not_found(Object::RoleBinding, id))
}

fn sees(caller: &Caller, binding: &RoleBinding) -> bool {
    binding.organization_id == caller.organization
        && caller.may(Operation::ReadBindings(binding.resource.project()))
}

/// Gives a principal a role. A key's takes effect on this node before the answer leaves.
///
/// # Errors
/// It makes no sense, the principal or the resource is not there for the caller, the role is not the caller's to
/// give or not in the plan, or the principal has it already.
pub async fn create(
    app: &App,
    caller: &Caller,
    ask: BindingAsk,
    once: Option<Once>,
) -> Result<BindingRow, Error> {
    match principal_type(&ask.principal_type)? {
        PrincipalType::ApiKey => key_roles::add(app, caller, &ask.principal_id, &ask.role, once).await,
        kind @ (PrincipalType::User | PrincipalType::ServiceAccount | PrincipalType::Invite) => {
            give(app, caller, kind, ask, once).await
        }
    }
}

async fn give(
    app: &App,
    caller: &Caller,
    kind: PrincipalType,
    ask: BindingAsk,
    once: Option<Once>,
) -> Result<BindingRow, Error> {
    let asked = vec![roles::read(app, caller, &ask.role).await?];
    let principal = member(app, caller, kind, &ask.principal_id).await?;
    let (catalog, now) = (app.catalog().await?, app.now());
    let made = roles::bindings(app, &caller.organization, principal, &asked, now);
    let binding = made.into_iter().next().ok_or(StoreError::Failed)?;
    let caller = caller.clone();
    app.change(Lane::Ordinary, async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        if let Some(row) = repeated(tx, &caller, once.as_ref(), &binding, now).await? {
            return Ok(row);
        }
        let plan = organization_now(tx, &caller.organization).await?.organization.plan;
        roles::still_permitted(tx, &caller, catalog.plan(plan), &asked).await?;
        still_open(tx, principal).await?;
        if tx.bindings_of(principal).await?.len() >= roles::ROLES_MAX {
            let most = roles::ROLES_MAX;
            return Err(Error::Conflict(format!("a member has at most {most} roles; take one away first")));
        }
        insert(tx, &binding).await?;
        let effects = [Effect::Note(roles::noted(&binding))];
        let version = record(tx, &caller, now, "created", &effects).await?;
        Ok(BindingRow { binding, version })
    })
    .await
}

/// The member that is to have a role, if the caller sees it.
async fn member(app: &App, caller: &Caller, kind: PrincipalType, id: &str) -> Result<Principal, Error> {
    Ok(match kind {
        PrincipalType::User => Principal::User(users::show(app, caller, id).await?.user.id),
        PrincipalType::Invite => Principal::Invite(invites::show(app, caller, id).await?.invite.id),
        PrincipalType::ServiceAccount => {
            let row = super::service_accounts::show(app, caller, id).await?;
            Principal::ServiceAccount(row.account.id)
        }
        PrincipalType::ApiKey => {
            Principal::ApiKey(sight::key(app, caller, id, Operation::ReadProject).await?.0.key.id)
        }
    })
}

/// The principal as the transaction sees it: it may have been removed, or an invitation accepted.
async fn still_open(tx: &mut Tx, principal: Principal) -> Result<(), Error> {
    let (there, object) = match principal {
        Principal::User(id) => (tx.user(id).await?.is_some(), Object::User),
        Principal::ServiceAccount(id) => (tx.account(id).await?.is_some(), Object::ServiceAccount),
        Principal::ApiKey(id) => (tx.key(id).await?.is_some(), Object::ApiKey),
        Principal::Invite(id) => {
            let row = tx.invite(id).await?;
            // Its time does not matter: an expired one can be sent again.
            let status = row.as_ref().map(|row| row.invite.status(row.invite.created_at));
            if status == Some(InviteStatus::Processed) {
                return Err(Error::Conflict(
                    "the invite was accepted: give the role to the user who came of it".into(),
                ));
            }
            (row.is_some(), Object::Invite)
        }
    };
    there.then_some(()).ok_or_else(|| not_found(object, &principal.id()))
}

/// What the first create under this Idempotency-Key made, as it is now; `None` when this is the first.
pub(super) async fn repeated(
    tx: &mut Tx,
    caller: &Caller,
    once: Option<&Once>,
    binding: &RoleBinding,
    now: Timestamp,
) -> Result<Option<BindingRow>, Error> {
    let Some(once) = once else { return Ok(None) };
    match once.seen(tx, caller, now).await? {
        Replay::New => once.keep(tx, caller, &binding.id.to_string(), now).await?,
        Replay::Same(id) => {
            let absent = || not_found(Object::RoleBinding, &id);
            return Ok(Some(now_there(tx, RoleBindingId::parse(&id).ok_or_else(absent)?).await?));
        }
        Replay::Different => return Err(Error::KeyReused),
    }
    Ok(None)
}

async fn now_there(tx: &mut Tx, id: RoleBindingId) -> Result<BindingRow, Error> {
    tx.binding(id).await?.ok_or_else(|| not_found(Object::RoleBinding, &id.to_string()))
}

/// Adds the binding, unless it is there.
pub(super) async fn insert(tx: &mut Tx, binding: &RoleBinding) -> Result<(), Error> {
    tx.insert_binding(binding).await.map_err(|error| match error {
        StoreError::Taken => {
            let (who, role, kind) = (binding.principal, &binding.role, binding.resource.kind());
            Error::AlreadyExists(format!("{who} has the role {role} in this {kind} already"))
        }
        StoreError::Overloaded
        | StoreError::Busy
        | StoreError::Full
        | StoreError::Unavailable
        | StoreError::OutcomeUnknown
        | StoreError::Failed => error.into(),
    })
}

/// Takes a role away; it allows nothing any more when the answer leaves.
///
/// # Errors
/// The caller cannot see it or may not take it away, somebody must have it, or it is gone already.
pub async fn remove(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<(), Error> {
    let BindingRow { binding, .. } = show(app, caller, id).await?;
    let (caller, now) = (caller.clone(), app.now());
    if let Principal::ApiKey(key) = binding.principal {
        return key_roles::take(app, &caller, key, binding.id, precondition).await;
    }
    app.urgent_change(async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        let row = now_there(tx, binding.id).await?;
        precondition.check(row.version)?;
        let held = roles::held(std::slice::from_ref(&row.binding))?;
        held.iter().try_for_each(|held| roles::permit_role(&caller, *held))?;
        let removed = take(tx, &row.binding).await?;
        let notes = std::iter::once(roles::noted(&row.binding)).chain(removed);
        let effects: Vec<Effect> = notes.map(Effect::Note).collect();
        record(tx, &caller, now, "deleted", &effects).await?;
        Ok(())
    })
    .await
}

/// Takes a member's role away, where it may be without; who has no role left is removed, and noted.
async fn take(tx: &mut Tx, binding: &RoleBinding) -> Result<Option<String>, Error> {
    let others: Vec<RoleBinding> =
        tx.bindings_of(binding.principal).await?.into_iter().filter(|other| other.id != binding.id).collect();
    let in_organization = |binding: &RoleBinding| matches!(binding.resource, Resource::Organization(_));
    let last_in_organization = in_organization(binding) && !others.iter().any(in_organization);
    let acts = matches!(binding.principal, Principal::User(_) | Principal::ServiceAccount(_));
    if acts && binding.role == MemberRole::OrgOwner.name() {
        roles::another_owner(tx, &binding.organization_id, binding.principal).await?;
    }
    match binding.principal {
        Principal::User(id) if others.is_empty() => {
            users::forget(tx, &binding.organization_id, id).await?;
            return Ok(Some(format!("{} removed", binding.principal)));
        }
        Principal::User(_) if last_in_organization => {
            return Err(Error::Conflict(
                "this is the user's last role in the organization, and there are others: give another one first, \
                 or remove the user"
                    .into(),
            ));
        }
        Principal::Invite(_) if last_in_organization => {
            return Err(Error::Conflict(
                "this is the invite's last role in the organization: give another one first, or delete the invite"
                    .into(),
            ));
        }
        Principal::User(_) | Principal::Invite(_) | Principal::ServiceAccount(_) | Principal::ApiKey(_) => {}
    }
    tx.delete_binding(binding.id).await?;
    Ok(None)
}

pub(super) async fn record(
    tx: &mut Tx,
    caller: &Caller,
    now: Timestamp,
    verb: &str,
    effects: &[Effect],
) -> Result<Version, Error> {
    let organization = caller.organization.as_str();
    Ok(tx.record(now, caller.actor, &format!("role_binding.{verb}"), organization, effects).await?)
}
