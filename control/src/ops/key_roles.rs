//! The roles of a key: role bindings on its project and the roles of its grant are the same data seen twice.

use super::ceiling;
use super::new_key::{Once, stays_as_imported};
use super::plans;
use super::role_bindings::{insert, record, repeated};
use super::roles::{RoleAsk, noted, resource};
use super::sight::{self, Precondition, caller_now, key_now, permit, plan_now};
use crate::error::Object;
use crate::store::{BindingRow, Lane, RoleBinding, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Effect, Grant, Key, KeyId, OrganizationId, Principal, Resource, RoleBindingId, Timestamp};
use std::collections::BTreeSet;

/// As many ids as the grant can need.
pub(super) fn binding_ids(app: &App, grant: &Grant, now: Timestamp) -> Vec<RoleBindingId> {
    let count = match grant {
        Grant::Roles(roles) => roles.len(),
        Grant::Scopes(_) | Grant::Access(_) => 0,
    };
    let mut rng = app.rng();
    (0..count).map(|_| RoleBindingId::generate(now, &mut rng)).collect()
}

/// Adds the bindings of a key just made.
pub(super) async fn bind_new(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
    ids: Vec<RoleBindingId>,
) -> Result<(), Error> {
    for (id, role) in ids.into_iter().zip(roles_of(key)) {
        tx.insert_binding(&binding(id, key, organization, role, key.created_at)).await?;
    }
    Ok(())
}

/// Makes the bindings of a key those of its grant; what is there already stays.
pub(super) async fn rebind(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
    ids: Vec<RoleBindingId>,
    now: Timestamp,
) -> Result<(), Error> {
    let before = tx.bindings_of(Principal::ApiKey(key.id)).await?;
    let wanted = roles_of(key);
    for binding in before.iter().filter(|binding| !wanted.contains(&&binding.role)) {
        tx.delete_binding(binding.id).await?;
    }
    let missing = wanted.into_iter().filter(|role| before.iter().all(|binding| binding.role != **role));
    for (id, role) in ids.into_iter().zip(missing) {
        tx.insert_binding(&binding(id, key, organization, role, now)).await?;
    }
    Ok(())
}

fn roles_of(key: &Key) -> Vec<&String> {
    match &key.grant {
        Grant::Roles(roles) => roles.iter().collect(),
        Grant::Scopes(_) | Grant::Access(_) => Vec::new(),
    }
}

fn binding(
    id: RoleBindingId,
    key: &Key,
    organization: &OrganizationId,
    role: &str,
    now: Timestamp,
) -> RoleBinding {
    RoleBinding {
        id,
        organization_id: organization.clone(),
        principal: Principal::ApiKey(key.id),
        resource: Resource::Project(key.project_id),
        role: role.into(),
        created_at: now,
    }
}

/// Gives a key one more of the catalog's roles in its own project.
pub(super) async fn add(
    app: &App,
    caller: &Caller,
    id: &str,
    ask: &RoleAsk,
    once: Option<Once>,
) -> Result<BindingRow, Error> {
    let place = resource(app, caller, ask).await?;
    let (row, _) = sight::key(app, caller, id, Operation::WriteKeys).await?;
    if place != Resource::Project(row.key.project_id) {
        return Err(Error::Invalid(
            "an API key has roles in its own project only: name that as `resource_id`".into(),
        ));
    }
    let (catalog, now) = (app.catalog().await?, app.now());
    // Asked before anything else about the key: a role that no key can have is a mistake of the request.
    Grant::Roles(BTreeSet::from([ask.role.clone()])).compile(&catalog, row.key.project_id)?;
    let id = RoleBindingId::generate(now, &mut app.rng());
    let binding = binding(id, &row.key, &caller.organization, &ask.role, now);
    let caller = caller.clone();
    app.change(Lane::Ordinary, async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        if let Some(row) = repeated(tx, &caller, once.as_ref(), &binding, now).await? {
            return Ok(row);
        }
        let plan = plan_now(tx, row.key.project_id).await?;
        let before = key_now(tx, row.key.id).await?.key;
        let mut key = before.clone();
        permit(&caller, Operation::WriteKeys(key.project_id))?;
        let mut roles = roles_in(&key)?;
        roles.insert(binding.role.clone());
        key.grant = Grant::Roles(roles).canonical(&catalog, key.project_id)?;
        plans::permit_change(catalog.plan(plan), &key.grant)?;
        ceiling::permit_change(&caller, &before, &key, now)?;
        ceiling::permit(tx, &caller, &catalog, &key).await?;
        insert(tx, &binding).await?;
        tx.update_key(&key).await?;
        let version = record(tx, &caller, now, "created", &effects(&binding, key)).await?;
        Ok(BindingRow { binding, version })
    })
    .await
}

/// Takes one of a key's roles away; the last one stays, because a key without a grant would be one nobody meant.
pub(super) async fn take(
    app: &App,
    caller: &Caller,
    key: KeyId,
    id: RoleBindingId,
    precondition: Precondition,
) -> Result<(), Error> {
    let (row, _) = sight::key(app, caller, &key.to_string(), Operation::WriteKeys).await?;
    let (catalog, now) = (app.catalog().await?, app.now());
    let caller = caller.clone();
    app.urgent_change(async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        let plan = plan_now(tx, row.key.project_id).await?;
        let mut key = key_now(tx, row.key.id).await?.key;
        let absent = || sight::not_found(Object::RoleBinding, &id.to_string());
        let BindingRow { binding, version } = tx.binding(id).await?.ok_or_else(absent)?;
        precondition.check(version)?;
        permit(&caller, Operation::WriteKeys(key.project_id))?;
        let mut roles = roles_in(&key)?;
        roles.remove(&binding.role);
        if roles.is_empty() {
            return Err(Error::Conflict(
                "this is the key's only role: give it another one first, or revoke the key".into(),
            ));
        }
        key.grant = Grant::Roles(roles);
        plans::permit_change(catalog.plan(plan), &key.grant)?;
        tx.delete_binding(id).await?;
        tx.update_key(&key).await?;
        record(tx, &caller, now, "deleted", &effects(&binding, key)).await?;
        Ok(())
    })
    .await
}

/// The roles of a key whose grant is written as roles.
fn roles_in(key: &Key) -> Result<BTreeSet<String>, Error> {
    if key.import.is_some() {
        return Err(stays_as_imported());
    }
    let another = |written: &str| {
        Error::Conflict(format!(
            "what this key may do is written as `{written}`: change it with PATCH /admin/api-keys/{}",
            key.id
        ))
    };
    match &key.grant {
        Grant::Roles(roles) => Ok(roles.clone()),
        Grant::Scopes(_) => Err(another("scopes")),
        Grant::Access(_) => Err(another("access")),
    }
}

/// The binding for who reads the log, and the whole key for who decides by it.
fn effects(binding: &RoleBinding, key: Key) -> [Effect; 2] {
    [Effect::Note(noted(binding)), Effect::Key(Box::new(key))]
}
