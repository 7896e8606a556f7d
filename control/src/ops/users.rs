//! The people of an organization: shown and removed. They come by invitation or by the setup code.

use super::roles;
use super::sight::{Precondition, caller_now, not_found, permit};
use crate::error::Object;
use crate::store::{Slice, Tx, UserRow};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Effect, Email, OrganizationId, Principal, UserId};

/// The users of the caller's organization, oldest first; only who has this address, when one is given.
///
/// # Errors
/// The caller may not see them.
pub async fn list(
    app: &App,
    caller: &Caller,
    email: Option<&Email>,
    slice: &Slice,
) -> Result<Vec<UserRow>, Error> {
    permit(caller, Operation::ReadMembers)?;
    Ok(app.store.users_of(&caller.organization, email, slice).await?)
}

/// One user.
///
/// # Errors
/// The caller cannot see the user.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<UserRow, Error> {
    let found = match UserId::parse(id) {
        Some(id) => app.store.user(id).await?,
        None => None,
    };
    roles::visible_member(caller, found, |row| &row.user.organization_id, Object::User, id)
}

/// Removes a user with all roles; nothing of the address is kept.
///
/// # Errors
/// The caller cannot see the user or may not remove them, it is the last owner, or it was changed in the
/// meantime.
pub async fn remove(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<(), Error> {
    let id = show(app, caller, id).await?.user.id;
    permit(caller, Operation::WriteMembers)?;
    let (caller, now) = (caller.clone(), app.now());
    app.urgent_change(async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        let absent = || not_found(Object::User, &id.to_string());
        let row = tx.user(id).await?.ok_or_else(absent)?;
        precondition.check(row.version)?;
        let principal = Principal::User(id);
        let held = roles::permit_over(tx, &caller, principal).await?;
        if roles::has_owner(&held) {
            roles::another_owner(tx, &caller.organization, principal).await?;
        }
        forget(tx, &caller.organization, id).await?;
        let effects = [Effect::Note(principal.to_string())];
        tx.record(now, caller.actor, "user.deleted", caller.organization.as_str(), &effects).await?;
        Ok(())
    })
    .await
}

/// Takes the user and all their roles away.
pub(super) async fn forget(tx: &mut Tx, organization: &OrganizationId, id: UserId) -> Result<(), Error> {
    tx.delete_bindings(Principal::User(id)).await?;
    Ok(tx.delete_user(organization, id).await?)
}
