//! Organizations: shown, renamed, bootstrapped, removed.

use super::sight::{self, Precondition, permitted_now};
use super::signing_keys;
use crate::store::{Lane, OrganizationRow, StoreError, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{ActorId, Effect, Name, Organization, OrganizationId, Plan, Timestamp};
use std::sync::Arc;

/// The organizations the caller can see: its own.
///
/// # Errors
/// The database did not answer.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<OrganizationRow>, Error> {
    let own = app.store.organization(&caller.organization).await?;
    Ok(own.into_iter().filter(|_| caller.may(Operation::ReadOrganization)).collect())
}

/// One organization.
///
/// # Errors
/// It is not the caller's.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<OrganizationRow, Error> {
    sight::organization(app, caller, id, Operation::ReadOrganization).await
}

/// Renames the organization.
///
/// # Errors
/// It is not the caller's, the caller may not, or it was changed in the meantime.
pub async fn rename(
    app: &App,
    caller: &Caller,
    id: &str,
    name: Option<Name>,
    precondition: Precondition,
) -> Result<OrganizationRow, Error> {
    let row = sight::organization(app, caller, id, Operation::UpdateOrganization).await?;
    let caller = caller.clone();
    let now = app.now();
    app.change(Lane::Ordinary, async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::UpdateOrganization).await?;
        let mut row = sight::organization_now(tx, &row.organization.id).await?;
        precondition.check(row.version)?;
        let Some(name) = name.filter(|name| *name != row.organization.name) else { return Ok(row) };
        row.organization.name = name;
        update(tx, &mut row, now, caller.actor, "organization.updated", Vec::new()).await?;
        Ok(row)
    })
    .await
}

/// Makes the organization's signing key; from then on it can have API keys. Once is enough: a second call
/// changes nothing.
///
/// # Errors
/// It is not the caller's, or the caller may not.
pub async fn bootstrap(
    app: &Arc<App>,
    caller: &Caller,
    id: &str,
    precondition: Precondition,
) -> Result<OrganizationRow, Error> {
    let row = sight::organization(app, caller, id, Operation::UpdateOrganization).await?;
    let caller = caller.clone();
    let app_in = Arc::clone(app);
    app.change(Lane::Ordinary, async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::UpdateOrganization).await?;
        let mut row = sight::organization_now(tx, &row.organization.id).await?;
        precondition.check(row.version)?;
        if row.organization.bootstrapped_at.is_none() {
            bootstrap_in(tx, &app_in, &mut row, caller.actor).await?;
        }
        Ok(row)
    })
    .await
}

pub(super) async fn bootstrap_in(
    tx: &mut Tx,
    app: &App,
    row: &mut OrganizationRow,
    actor: ActorId,
) -> Result<(), Error> {
    let now = app.now();
    let id = row.organization.id.clone();
    let signing_key = signing_keys::make_first(tx, app, Some(&id)).await?;
    row.organization.bootstrapped_at = Some(now);
    update(tx, row, now, actor, "organization.bootstrapped", vec![signing_key]).await
}

/// Removes the organization: the plan must be Free and its projects gone (`compat.md` 1.6).
///
/// # Errors
/// It is not the caller's, the caller may not, or something still hangs on it.
pub async fn remove(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<(), Error> {
    let row = sight::organization(app, caller, id, Operation::DeleteOrganization).await?;
    let caller = caller.clone();
    let now = app.now();
    app.change(Lane::Ordinary, async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::DeleteOrganization).await?;
        let mut row = sight::organization_now(tx, &row.organization.id).await?;
        precondition.check(row.version)?;
        if row.organization.plan != Plan::Free {
            return Err(Error::Blocked("only an organization on the plan Free can be deleted".into()));
        }
        let projects = tx.count_projects(&row.organization.id).await?;
        if projects > 0 {
            let some = if projects == 1 {
                "1 project; delete it".into()
            } else {
                format!("{projects} projects; delete them")
            };
            return Err(Error::Blocked(format!("the organization still has {some} first")));
        }
        row.organization.removed_at = Some(now);
        let ended = signing_keys::end_all(tx, &row.organization.id, now).await?;
        update(tx, &mut row, now, caller.actor, "organization.deleted", ended).await
    })
    .await
}

/// Sets the plan; only the command line on the machine itself does this. The plan it has already is no change.
///
/// # Errors
/// There is no such organization.
pub async fn set_plan(app: &App, id: &OrganizationId, plan: Plan) -> Result<OrganizationRow, Error> {
    let id = id.clone();
    let now = app.now();
    app.change(Lane::Ordinary, async move |tx| {
        let absent = || sight::not_found(crate::error::Object::Organization, id.as_str());
        let mut row = tx.organization(&id).await?.ok_or_else(absent)?;
        if row.organization.plan == plan {
            return Ok(row);
        }
        row.organization.plan = plan;
        update(tx, &mut row, now, ActorId::Operator, "organization.plan_set", Vec::new()).await?;
        Ok(row)
    })
    .await
}

async fn update(
    tx: &mut Tx,
    row: &mut OrganizationRow,
    now: Timestamp,
    actor: ActorId,
    action: &str,
    mut effects: Vec<Effect>,
) -> Result<(), Error> {
    tx.update_organization(&row.organization).await?;
    effects.push(Effect::Organization(row.organization.clone()));
    row.version = tx.record(now, actor, action, row.organization.id.as_str(), &effects).await?;
    Ok(())
}

pub(super) async fn record(
    tx: &mut Tx,
    organization: &Organization,
    now: Timestamp,
    actor: ActorId,
    action: &str,
) -> Result<domain::Version, StoreError> {
    let effects = [Effect::Organization(organization.clone())];
    tx.record(now, actor, action, organization.id.as_str(), &effects).await
}
