//! The first owner of an organization: whoever has the code that was printed when it was made.

use super::invites::{insert_user, withdraw};
use super::passwords::{self, Password};
use super::roles;
use crate::store::{Lane, RoleBinding, User, UserRow};
use crate::{App, Error};
use domain::access::MemberRole;
use domain::{ActorId, Effect, Email, Name, Principal, Resource, RoleBindingId, UserId};

/// Makes whoever has the setup code a user and `OrgOwner`, who signs in with this password. Every code of the organization is used up by it, and
/// void as soon as some other person is an owner.
///
/// # Errors
/// [`Error::Code`] whatever is wrong with the code; or the address belongs to a member.
pub async fn make(
    app: &App,
    code: &str,
    email: Email,
    name: Option<Name>,
    password: Option<&Password>,
) -> Result<UserRow, Error> {
    let digest = app.pepper.digest(code.as_bytes());
    let password = match password {
        // A stranger without a code costs nobody any work.
        Some(password) if app.store.is_setup_code(&digest).await? => {
            Some(passwords::stretch(app, &email, password, None).await?)
        }
        Some(_) => return Err(Error::Code),
        None => None,
    };
    let now = app.now();
    let id = UserId::generate(now, &mut app.rng());
    let binding_id = RoleBindingId::generate(now, &mut app.rng());
    app.change(Lane::Ordinary, async move |tx| {
        let (organization, operator) = tx.organization_of_code(&digest).await?.ok_or(Error::Code)?;
        if tx.has_owner_in_person(&organization).await? {
            return Err(Error::Code);
        }
        let user = User {
            id,
            organization_id: organization.clone(),
            email,
            name,
            created_at: now,
            password,
            operator,
        };
        insert_user(tx, &user).await?;
        withdraw(tx, &organization, &user.email).await?;
        let binding = RoleBinding {
            id: binding_id,
            organization_id: organization.clone(),
            principal: Principal::User(id),
            resource: Resource::Organization(organization.clone()),
            role: MemberRole::OrgOwner.name().into(),
            created_at: now,
        };
        tx.insert_binding(&binding).await?;
        tx.use_setup_codes(&organization, now).await?;
        let effects = [binding.principal.to_string(), roles::noted(&binding)].map(Effect::Note);
        let actor = ActorId::User(id);
        let version = tx.record(now, actor, "user.created", organization.as_str(), &effects).await?;
        Ok(UserRow { user, version })
    })
    .await
}
