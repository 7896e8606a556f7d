//! Nobody grants beyond their own ceiling. Asked of every key that is made or changed, inside the transaction, so
//! that every surface passes here.

use crate::Error;
use crate::store::Tx;
use domain::access::Caller;
use domain::{ActorId, Beyond, Catalog, Ceiling, Given, Key, KeyState, KeyStatus, Scope, Timestamp};

/// Refuses to give a key more than the caller can give.
pub(super) async fn permit(tx: &mut Tx, caller: &Caller, catalog: &Catalog, key: &Key) -> Result<(), Error> {
    let scopes = key.grant.compile(catalog, key.project_id)?;
    let given = Given { scopes: &scopes, networks: &key.networks, expires_at: key.expires_at };
    let refused = Ceiling::of(caller, key.project_id, [], catalog).refuses(given);
    let Some(beyond) = refused else { return Ok(()) };
    let mut resources = Vec::new();
    if matches!(beyond, Beyond::Scope(_)) && caller.limits.is_none() {
        resources = registered(tx, key, catalog, &scopes).await?;
    }
    let names = resources.iter().map(String::as_str);
    match Ceiling::of(caller, key.project_id, names, catalog).refuses(given) {
        Some(beyond) => Err(Error::Beyond(beyond)),
        None => Ok(()),
    }
}

/// Those resources among the ends of the filters that are registered to the key's project.
async fn registered(
    tx: &mut Tx,
    key: &Key,
    catalog: &Catalog,
    scopes: &[Scope],
) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> =
        scopes.iter().filter_map(|scope| scope.filter.registered(catalog.types())).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        if tx.is_registered(&name, key.project_id).await? {
            found.push(name);
        }
    }
    Ok(found)
}

/// Refuses what a key may do to no key, whatever its limits: whoever stole it must not undo what was done
/// against that.
pub(super) fn permit_change(caller: &Caller, before: &Key, after: &Key, now: Timestamp) -> Result<(), Error> {
    let ActorId::Key(own) = caller.actor else { return Ok(()) };
    if own == before.id {
        return Err(Error::NotForKeys("change itself"));
    }
    if before.state != KeyState::Active && after.state == KeyState::Active {
        return Err(Error::NotForKeys("switch a key on again"));
    }
    // Letting a key run out is a way to switch it off.
    let expired = |key: &Key| key.status(now) == KeyStatus::Expired;
    if expired(before) && !expired(after) {
        return Err(Error::NotForKeys("give an expired key more time"));
    }
    Ok(())
}
