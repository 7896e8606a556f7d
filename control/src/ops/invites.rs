//! Invitations: made, shown, sent again, withdrawn, accepted.

use super::new_key::Once;
use super::passwords::{self, Password};
use super::plans;
use super::roles::{self, Role, RoleAsk};
use super::sight::{Precondition, caller_now, not_found, organization_now, permit};
use crate::error::Object;
use crate::store::{Invite, InviteRow, InviteStatus, Lane, Replay, Slice, StoreError, Tx, User, UserRow};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{ActorId, Effect, Email, InviteId, Name, OrganizationId, Principal, Timestamp, UserId, Version};
use zeroize::Zeroizing;

/// How long a code is good for.
const LIFE_SECONDS: i64 = 7 * 24 * 3600;
/// How many codes are given out for one invitation in one window. Each one ends the code before it.
const SENT_MAX: i64 = 10;
const WINDOW_SECONDS: i64 = 3600;

/// An invitation about to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// Who is invited.
    pub email: Email,
    /// What whoever accepts may do.
    pub roles: Vec<RoleAsk>,
}

/// An invitation with its code, for one answer.
pub struct Sent {
    /// The invitation.
    pub row: InviteRow,
    /// What whoever accepts must show; `None` when the create was repeated.
    pub code: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sent")
    }
}

/// The invitations of the caller's organization that nobody has accepted yet, oldest first.
///
/// # Errors
/// The caller may not see them.
pub async fn list(app: &App, caller: &Caller, slice: &Slice) -> Result<Vec<InviteRow>, Error> {
    permit(caller, Operation::ReadMembers)?;
    Ok(app.store.invites_of(&caller.organization, slice).await?)
}

/// One invitation, whatever has become of it.
///
/// # Errors
/// The caller cannot see it.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<InviteRow, Error> {
    let found = match InviteId::parse(id) {
        Some(id) => app.store.invite(id).await?,
        None => None,
    };
    roles::visible_member(caller, found, |row| &row.invite.organization_id, Object::Invite, id)
}

/// Invites somebody with these roles. There is no mail: whoever invites hands the code over.
///
/// # Errors
/// The caller may not, a role is not the caller's to give, none is in the organization, the plan has no room,
/// or the address is invited or a member already.
pub async fn create(app: &App, caller: &Caller, new: NewInvite, once: Option<Once>) -> Result<Sent, Error> {
    permit(caller, Operation::WriteMembers)?;
    let asked = roles::read_all(app, caller, &new.roles).await?;
    in_organization(&asked)?;
    let (code, invite) = prepare(app, caller, new.email);
    let principal = Principal::Invite(invite.id);
    let now = invite.created_at;
    let bindings = roles::bindings(app, &caller.organization, principal, &asked, now);
    let catalog = app.catalog().await?;
    let caller = caller.clone();
    let (row, is_new) = app
        .change(Lane::Ordinary, async move |tx| {
            let caller = caller_now(tx, &caller).await?;
            if let Some(once) = &once {
                match once.seen(tx, &caller, now).await? {
                    Replay::New => once.keep(tx, &caller, &invite.id.to_string(), now).await?,
                    Replay::Same(id) => return Ok((repeated(tx, &id).await?, false)),
                    Replay::Different => return Err(Error::KeyReused),
                }
            }
            permit(&caller, Operation::WriteMembers)?;
            let plan = organization_now(tx, &caller.organization).await?.organization.plan;
            roles::still_permitted(tx, &caller, catalog.plan(plan), &asked).await?;
            make_way(tx, &caller.organization, &invite.email, now).await?;
            plans::room_for_person(tx, catalog.plan(plan), &caller.organization, now).await?;
            tx.insert_invite(&invite).await?;
            for binding in &bindings {
                tx.insert_binding(binding).await?;
            }
            let notes = bindings.iter().map(roles::noted).collect();
            let version = record(tx, caller.actor, &invite, now, "created", notes).await?;
            Ok((InviteRow { invite, version }, true))
        })
        .await?;
    Ok(Sent { row, code: is_new.then_some(code) })
}

/// Whoever accepts becomes a member of the organization, not of a project alone.
fn in_organization(asked: &[Role]) -> Result<(), Error> {
    let missing = || {
        Error::Invalid(
            "`role_bindings` must have a role in the organization: OrgOwner, OrgManager, OrgMember or \
             OrgBillingAdmin"
                .into(),
        )
    };
    asked.iter().any(|role| role.binding.project.is_none()).then_some(()).ok_or_else(missing)
}

fn prepare(app: &App, caller: &Caller, email: Email) -> (Zeroizing<String>, Invite) {
    let now = app.now();
    let code = draw_code(app);
    let invite = Invite {
        id: InviteId::generate(now, &mut app.rng()),
        organization_id: caller.organization.clone(),
        email,
        code_digest: app.pepper.digest(code.as_bytes()),
        created_at: now,
        expires_at: now.plus_seconds(LIFE_SECONDS),
        sent: 1,
        sent_since: now,
        processed_at: None,
        user_id: None,
    };
    (code, invite)
}

/// 144 random bits, in characters that survive a URL and a telephone call.
fn draw_code(app: &App) -> Zeroizing<String> {
    Zeroizing::new(domain::random_text(28, &mut app.rng()))
}

/// Refuses an address that is a member or can still accept; an invitation that ran out is replaced.
async fn make_way(
    tx: &mut Tx,
    organization: &OrganizationId,
    email: &Email,
    now: Timestamp,
) -> Result<(), Error> {
    if tx.has_user(organization, email).await? {
        return Err(Error::AlreadyExists(
            "this address belongs to a member: change that user's roles".into(),
        ));
    }
    let Some(InviteRow { invite, .. }) = tx.open_invite(organization, email).await? else { return Ok(()) };
    if invite.status(now) == InviteStatus::Pending {
        return Err(Error::AlreadyExists(format!(
            "this address is invited already, by invite {}",
            invite.id
        )));
    }
    forget(tx, invite.id).await
}

async fn forget(tx: &mut Tx, id: InviteId) -> Result<(), Error> {
    tx.delete_bindings(Principal::Invite(id)).await?;
    Ok(tx.delete_invite(id).await?)
}

/// The invitation that the first create under this Idempotency-Key made, as it is now.
async fn repeated(tx: &mut Tx, id: &str) -> Result<InviteRow, Error> {
    let absent = || not_found(Object::Invite, id);
    invite_now(tx, InviteId::parse(id).ok_or_else(absent)?).await
}

async fn invite_now(tx: &mut Tx, id: InviteId) -> Result<InviteRow, Error> {
    tx.invite(id).await?.ok_or_else(|| not_found(Object::Invite, &id.to_string()))
}

/// Gives out another code, good from now on; the one before is void.
///
/// # Errors
/// The caller cannot see it or may not, it was accepted, it was sent too often, the plan has no room any more,
/// or it was changed in the meantime.
pub async fn resend(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<Sent, Error> {
    let id = show(app, caller, id).await?.invite.id;
    permit(caller, Operation::WriteMembers)?;
    let code = draw_code(app);
    let digest = app.pepper.digest(code.as_bytes());
    let (catalog, caller, now) = (app.catalog().await?, caller.clone(), app.now());
    let row = app
        .change(Lane::Ordinary, async move |tx| {
            let (caller, mut invite) = at_hand(tx, &caller, id, &precondition).await?;
            if invite.status(now) == InviteStatus::Expired {
                let plan = organization_now(tx, &caller.organization).await?.organization.plan;
                plans::room_for_person(tx, catalog.plan(plan), &caller.organization, now).await?;
            }
            count_sent(&mut invite, now)?;
            invite.code_digest = digest;
            invite.expires_at = now.plus_seconds(LIFE_SECONDS);
            tx.update_invite(&invite).await?;
            let version = record(tx, caller.actor, &invite, now, "resent", Vec::new()).await?;
            Ok(InviteRow { invite, version })
        })
        .await?;
    Ok(Sent { row, code: Some(code) })
}

fn count_sent(invite: &mut Invite, now: Timestamp) -> Result<(), Error> {
    let again = invite.sent_since.plus_seconds(WINDOW_SECONDS);
    if now >= again {
        (invite.sent, invite.sent_since) = (0, now);
    }
    if invite.sent >= SENT_MAX {
        let message =
            format!("this invite was sent {SENT_MAX} times within an hour; wait, then send it again");
        return Err(Error::TooOften { message, retry_after: again.seconds() - now.seconds() + 1 });
    }
    invite.sent += 1;
    Ok(())
}

/// Withdraws an invitation, with its roles.
///
/// # Errors
/// The caller cannot see it or may not, it was accepted, or it was changed in the meantime.
pub async fn remove(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<(), Error> {
    let id = show(app, caller, id).await?.invite.id;
    permit(caller, Operation::WriteMembers)?;
    let (caller, now) = (caller.clone(), app.now());
    app.urgent_change(async move |tx| {
        let (caller, invite) = at_hand(tx, &caller, id, &precondition).await?;
        forget(tx, id).await?;
        record(tx, caller.actor, &invite, now, "deleted", Vec::new()).await?;
        Ok(())
    })
    .await
}

/// The caller and the invitation as the transaction sees them, when the one may change the other.
async fn at_hand(
    tx: &mut Tx,
    caller: &Caller,
    id: InviteId,
    precondition: &Precondition,
) -> Result<(Caller, Invite), Error> {
    let caller = caller_now(tx, caller).await?;
    let InviteRow { invite, version } = invite_now(tx, id).await?;
    precondition.check(version)?;
    roles::permit_over(tx, &caller, Principal::Invite(id)).await?;
    if invite.processed_at.is_some() {
        return Err(Error::Conflict(
            "this invite was accepted: change or remove the user who came of it".into(),
        ));
    }
    Ok((caller, invite))
}

/// Makes whoever has the code a user who signs in with this password, with the roles of the invitation.
///
/// # Errors
/// [`Error::Code`] whatever is wrong with the code.
pub async fn accept(
    app: &App,
    code: &str,
    name: Option<Name>,
    password: Option<&Password>,
) -> Result<UserRow, Error> {
    let digest = app.pepper.digest(code.as_bytes());
    let password = match password {
        Some(password) => {
            let email = app.store.email_of_code(&digest).await?.ok_or(Error::Code)?;
            Some(passwords::stretch(app, &email, password, None).await?)
        }
        None => None,
    };
    let now = app.now();
    let id = UserId::generate(now, &mut app.rng());
    app.change(Lane::Ordinary, async move |tx| {
        let found = tx.invite_of_code(&digest).await?.map(|row| row.invite);
        let mut invite =
            found.filter(|invite| invite.status(now) == InviteStatus::Pending).ok_or(Error::Code)?;
        let organization_id = invite.organization_id.clone();
        tx.organization(&organization_id).await?.ok_or(Error::Code)?;
        let user = User {
            id,
            organization_id,
            email: invite.email.clone(),
            name,
            created_at: now,
            password,
            operator: false,
        };
        insert_user(tx, &user).await?;
        tx.hand_over_bindings(Principal::Invite(invite.id), Principal::User(id)).await?;
        (invite.processed_at, invite.user_id) = (Some(now), Some(id));
        tx.update_invite(&invite).await?;
        let notes = vec![Principal::User(id).to_string()];
        let version = record(tx, ActorId::User(id), &invite, now, "accepted", notes).await?;
        Ok(UserRow { user, version })
    })
    .await
}

/// Adds the user, unless the address belongs to one.
pub(super) async fn insert_user(tx: &mut Tx, user: &User) -> Result<(), Error> {
    if tx.has_user(&user.organization_id, &user.email).await? {
        return Err(Error::AlreadyExists("this address belongs to a member already".into()));
    }
    Ok(tx.insert_user(user).await?)
}

/// Withdraws what invitation there is for an address that has become a member by another way.
pub(super) async fn withdraw(tx: &mut Tx, organization: &OrganizationId, email: &Email) -> Result<(), Error> {
    match tx.open_invite(organization, email).await? {
        Some(row) => forget(tx, row.invite.id).await,
        None => Ok(()),
    }
}

/// Ids only: the log is kept for ever, an address is not.
async fn record(
    tx: &mut Tx,
    actor: ActorId,
    invite: &Invite,
    now: Timestamp,
    verb: &str,
    notes: Vec<String>,
) -> Result<Version, StoreError> {
    let noted = Principal::Invite(invite.id).to_string();
    let effects: Vec<Effect> = std::iter::once(noted).chain(notes).map(Effect::Note).collect();
    tx.record(now, actor, &format!("invite.{verb}"), invite.organization_id.as_str(), &effects).await
}
