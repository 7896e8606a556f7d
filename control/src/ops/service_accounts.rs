//! Service accounts: made, shown, renamed, given a new secret, removed.

use super::new_key::Once;
use super::plans;
use super::roles::{self, Role, RoleAsk};
use super::sight::{Precondition, caller_now, not_found, organization_now, permit};
use crate::error::Object;
use crate::store::{AccountRow, Lane, Replay, ServiceAccount, Slice, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Digest, Effect, Name, Principal, ServiceAccountId, Timestamp, Version};
use zeroize::Zeroizing;

/// A service account about to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Shown name.
    pub name: Name,
    /// Its first roles.
    pub roles: Vec<RoleAsk>,
}

/// A service account with its secret, for one answer.
pub struct Issued {
    /// The account.
    pub row: AccountRow,
    /// Its secret; `None` when the create was repeated.
    pub secret: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued")
    }
}

/// The service accounts of the caller's organization, oldest first.
///
/// # Errors
/// The caller may not see them.
pub async fn list(app: &App, caller: &Caller, slice: &Slice) -> Result<Vec<AccountRow>, Error> {
    permit(caller, Operation::ReadMembers)?;
    Ok(app.store.accounts_of(&caller.organization, slice).await?)
}

/// One service account.
///
/// # Errors
/// The caller cannot see it.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<AccountRow, Error> {
    let found = match ServiceAccountId::parse(id) {
        Some(id) => app.store.account(id).await?,
        None => None,
    };
    roles::visible_member(caller, found, |row| &row.account.organization_id, Object::ServiceAccount, id)
}

/// Makes a service account with these roles; its secret is in the answer and nowhere else.
///
/// # Errors
/// The caller may not, one of the roles is not the caller's to give, or the plan does not include it.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewAccount,
    once: Option<Once>,
) -> Result<Issued, Error> {
    permit(caller, Operation::WriteMembers)?;
    let asked = roles::read_all(app, caller, &new.roles).await?;
    let secret = draw_secret(app);
    let account = prepare(app, caller, new.name, &secret);
    let bindings = bindings(app, &account, &asked);
    let catalog = app.catalog().await?;
    let caller = caller.clone();
    let now = account.created_at;
    let (row, is_new) = app
        .change(Lane::Ordinary, async move |tx| {
            let caller = caller_now(tx, &caller).await?;
            if let Some(once) = &once {
                match once.seen(tx, &caller, now).await? {
                    Replay::New => once.keep(tx, &caller, &account.id.to_string(), now).await?,
                    Replay::Same(id) => return Ok((repeated(tx, &id).await?, false)),
                    Replay::Different => return Err(Error::KeyReused),
                }
            }
            permit(&caller, Operation::WriteMembers)?;
            let plan = organization_now(tx, &caller.organization).await?.organization.plan;
            plans::permit_account(catalog.plan(plan))?;
            roles::still_permitted(tx, &caller, catalog.plan(plan), &asked).await?;
            tx.insert_account(&account).await?;
            for binding in &bindings {
                tx.insert_binding(binding).await?;
            }
            let notes = bindings.iter().map(roles::noted).collect();
            let version = record(tx, &caller, &account, now, "created", notes).await?;
            Ok((AccountRow { account, version }, true))
        })
        .await?;
    Ok(Issued { row, secret: is_new.then_some(secret) })
}

fn prepare(app: &App, caller: &Caller, name: Name, secret: &str) -> ServiceAccount {
    let now = app.now();
    let mut rng = app.rng();
    ServiceAccount {
        id: ServiceAccountId::generate(now, &mut rng),
        organization_id: caller.organization.clone(),
        name,
        client_id: domain::random_text(32, &mut rng),
        secret_digest: app.pepper.digest(secret.as_bytes()),
        generation: 1,
        operator: false,
        created_at: now,
        updated_at: now,
        removed_at: None,
    }
}

/// A new client secret: characters that are safe in form bodies, Basic credentials and URLs alike.
pub(super) fn draw_secret(app: &App) -> Zeroizing<String> {
    let random = Zeroizing::new(domain::random_text(42, &mut app.rng()));
    Zeroizing::new(format!("kds_{}", *random))
}

fn bindings(app: &App, account: &ServiceAccount, asked: &[Role]) -> Vec<crate::store::RoleBinding> {
    let principal = Principal::ServiceAccount(account.id);
    roles::bindings(app, &account.organization_id, principal, asked, account.created_at)
}

/// The account that the first create under this Idempotency-Key made, as it is now.
async fn repeated(tx: &mut Tx, id: &str) -> Result<AccountRow, Error> {
    let absent = || not_found(Object::ServiceAccount, id);
    account_now(tx, ServiceAccountId::parse(id).ok_or_else(absent)?).await
}

async fn account_now(tx: &mut Tx, id: ServiceAccountId) -> Result<AccountRow, Error> {
    tx.account(id).await?.ok_or_else(|| not_found(Object::ServiceAccount, &id.to_string()))
}

/// Renames a service account; a call without a name is a change, too.
///
/// # Errors
/// The caller cannot see it or may not change it, or it was changed in the meantime.
pub async fn rename(
    app: &App,
    caller: &Caller,
    id: &str,
    name: Option<Name>,
    precondition: Precondition,
) -> Result<AccountRow, Error> {
    let id = show(app, caller, id).await?.account.id;
    permit(caller, Operation::WriteMembers)?;
    let (caller, now) = (caller.clone(), app.now());
    app.change(Lane::Ordinary, async move |tx| {
        let (caller, mut row) = at_hand(tx, &caller, id, &precondition).await?;
        row.account.name = name.unwrap_or(row.account.name);
        update(tx, &caller, row.account, now, "updated").await
    })
    .await
}

/// Gives the account another secret. The one before, and every token bought with it, is dead at once.
///
/// # Errors
/// The caller cannot see it or may not change it, or it was changed in the meantime.
pub async fn rotate_secret(
    app: &App,
    caller: &Caller,
    id: &str,
    precondition: Precondition,
) -> Result<Issued, Error> {
    let id = show(app, caller, id).await?.account.id;
    permit(caller, Operation::WriteMembers)?;
    let secret = draw_secret(app);
    let digest: Digest = app.pepper.digest(secret.as_bytes());
    let (caller, now) = (caller.clone(), app.now());
    // The secret before may be in the wrong hands: ending it waits for nothing.
    let row = app
        .urgent_change(async move |tx| {
            let (caller, mut row) = at_hand(tx, &caller, id, &precondition).await?;
            // A member who took it over would register resources of every organization.
            if row.account.operator && !caller.operator {
                return Err(Error::Forbidden("only the operator's own credential makes its next secret"));
            }
            row.account.secret_digest = digest;
            row.account.generation += 1;
            update(tx, &caller, row.account, now, "secret_rotated").await
        })
        .await?;
    Ok(Issued { row, secret: Some(secret) })
}

/// Removes a service account with its roles; its secret and its tokens are dead at once.
///
/// # Errors
/// The caller cannot see it or may not remove it, it is the last owner, or it was changed in the meantime.
pub async fn remove(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<(), Error> {
    let id = show(app, caller, id).await?.account.id;
    permit(caller, Operation::WriteMembers)?;
    let (caller, now) = (caller.clone(), app.now());
    app.urgent_change(async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        let mut row = account_now(tx, id).await?;
        precondition.check(row.version)?;
        let principal = Principal::ServiceAccount(id);
        let held = roles::permit_over(tx, &caller, principal).await?;
        if roles::has_owner(&held) {
            roles::another_owner(tx, &caller.organization, principal).await?;
        }
        tx.delete_bindings(principal).await?;
        row.account.removed_at = Some(now);
        update(tx, &caller, row.account, now, "deleted").await?;
        Ok(())
    })
    .await
}

/// The caller and the account as the transaction sees them, when the one may change the other.
async fn at_hand(
    tx: &mut Tx,
    caller: &Caller,
    id: ServiceAccountId,
    precondition: &Precondition,
) -> Result<(Caller, AccountRow), Error> {
    let caller = caller_now(tx, caller).await?;
    let row = account_now(tx, id).await?;
    precondition.check(row.version)?;
    roles::permit_over(tx, &caller, Principal::ServiceAccount(id)).await?;
    Ok((caller, row))
}

async fn update(
    tx: &mut Tx,
    caller: &Caller,
    mut account: ServiceAccount,
    now: Timestamp,
    verb: &str,
) -> Result<AccountRow, Error> {
    account.updated_at = now;
    tx.update_account(&account).await?;
    let version = record(tx, caller, &account, now, verb, Vec::new()).await?;
    Ok(AccountRow { account, version })
}

async fn record(
    tx: &mut Tx,
    caller: &Caller,
    account: &ServiceAccount,
    now: Timestamp,
    verb: &str,
    notes: Vec<String>,
) -> Result<Version, Error> {
    let account = Principal::ServiceAccount(account.id).to_string();
    let effects: Vec<Effect> = std::iter::once(account).chain(notes).map(Effect::Note).collect();
    let organization = caller.organization.as_str();
    Ok(tx.record(now, caller.actor, &format!("service_account.{verb}"), organization, &effects).await?)
}
