//! How people come into an organization and leave it again.

use crate::both;
use crate::place::Place;
use crate::records::{moment, name};
use crate::secrets::app;
use crate::sound::sound;
use control::ops::invites::{self, NewInvite};
use control::ops::role_bindings::{self, BindingAsk};
use control::ops::roles::RoleAsk;
use control::ops::setup::{self, FirstRun, NewOrganization};
use control::ops::{Precondition, first_owner, users};
use control::store::{BindingFilter, InviteStatus, RoleBinding, Slice};
use control::{App, Error};
use domain::access::{Binding, Caller, MemberRole};
use domain::{ActorId, Email, OrganizationId, Plan, Principal, PrincipalType, UserId};
use std::sync::Arc;

/// An organization with an owner who can call.
struct Desk {
    app: Arc<App>,
    first: FirstRun,
    owner: Caller,
}

const ALL: Slice = Slice { after: None, limit: 100 };

impl Desk {
    async fn open(place: &Place) -> Desk {
        let app = app(place, 1, 2).await;
        setup::begin(&app).await.unwrap();
        let (first, owner) = Desk::organization(&app, Plan::Enterprise).await;
        Desk { app, first, owner }
    }

    async fn organization(app: &Arc<App>, plan: Plan) -> (FirstRun, Caller) {
        let new = NewOrganization { name: name("Acme"), plan, bootstrap: true, operator: false };
        let first = setup::create_organization(app, new).await.unwrap();
        let account = app.store.account_of_client(&first.client_id).await.unwrap().unwrap();
        let owner = app.store.caller(account.id, account.generation).await.unwrap().unwrap();
        (first, owner)
    }

    fn organization_id(&self) -> &OrganizationId {
        &self.owner.organization
    }

    /// An invitation of this address; its id and its code.
    async fn invite(&self, email: &str, roles: &[&str]) -> Result<(String, String), Error> {
        let role = |role: &&str| self.ask(role);
        let new = NewInvite { email: Email::parse(email).unwrap(), roles: roles.iter().map(role).collect() };
        let sent = invites::create(&self.app, &self.owner, new, None).await?;
        Ok((sent.row.invite.id.to_string(), sent.code.unwrap().to_string()))
    }

    /// A role where it belongs: in the organization or in its first project.
    fn ask(&self, role: &str) -> RoleAsk {
        let project = !role.starts_with("Org");
        RoleAsk {
            resource_type: if project { "project" } else { "organization" }.into(),
            resource_id: project.then(|| self.first.project_id.to_string()),
            role: role.into(),
        }
    }

    async fn user(&self, email: &str, roles: &[&str]) -> UserId {
        let (_, code) = self.invite(email, roles).await.unwrap();
        invites::accept(&self.app, &code, Some(name("Ada")), None).await.unwrap().user.id
    }

    async fn bind(&self, principal: Principal, role: &str) -> Result<RoleBinding, Error> {
        let (principal_type, principal_id) = (principal.kind().name().into(), principal.id());
        let ask = BindingAsk { principal_type, principal_id, role: self.ask(role) };
        role_bindings::create(&self.app, &self.owner, ask, None).await.map(|row| row.binding)
    }

    async fn bindings(&self, kind: PrincipalType) -> Vec<RoleBinding> {
        let filter = BindingFilter {
            organization: self.organization_id().clone(),
            on_organization: true,
            projects: None,
            principal_type: Some(kind),
            principal_id: None,
            resource_type: None,
            resource_id: None,
            role: None,
            slice: ALL,
        };
        self.app.store.bindings(&filter).await.unwrap().into_iter().map(|row| row.binding).collect()
    }

    async fn take(&self, binding: &RoleBinding) -> Result<(), Error> {
        let id = binding.id.to_string();
        role_bindings::remove(&self.app, &self.owner, &id, Precondition::default()).await
    }

    async fn remove_user(&self, id: UserId) -> Result<(), Error> {
        users::remove(&self.app, &self.owner, &id.to_string(), Precondition::default()).await
    }

    async fn emails(&self) -> Vec<String> {
        let rows = users::list(&self.app, &self.owner, None, &ALL).await.unwrap();
        rows.into_iter().map(|row| row.user.email.as_str().to_owned()).collect()
    }
}

both!(whoever_accepts_an_invite_is_a_user_with_its_roles);
async fn whoever_accepts_an_invite_is_a_user_with_its_roles(place: &Place) {
    let desk = Desk::open(place).await;
    let (id, code) = desk.invite("Ada@Example.com", &["OrgMember", "ProjectManager"]).await.unwrap();
    let before = desk.bindings(PrincipalType::Invite).await;
    assert_eq!(before.len(), 2);

    let user = invites::accept(&desk.app, &code, Some(name("Ada ✓")), None).await.unwrap().user;

    assert_eq!(user.email.as_str(), "Ada@Example.com");
    let caller = desk.app.store.user_caller(user.id).await.unwrap().unwrap();
    assert_eq!((caller.actor, &caller.organization), (ActorId::User(user.id), desk.organization_id()));
    let expected = [
        Binding { role: MemberRole::OrgMember, project: None },
        Binding { role: MemberRole::ProjectManager, project: Some(desk.first.project_id) },
    ];
    assert!(expected.iter().all(|binding| caller.bindings.contains(binding)), "{:?}", caller.bindings);
    assert_eq!(caller.bindings.len(), 2);
    let after = desk.bindings(PrincipalType::User).await;
    assert!(after.iter().all(|binding| before.iter().any(|before| before.id == binding.id)));

    let shown = invites::show(&desk.app, &desk.owner, &id).await.unwrap().invite;
    assert_eq!((shown.status(moment(0)), shown.user_id), (InviteStatus::Processed, Some(user.id)));
    assert!(invites::list(&desk.app, &desk.owner, &ALL).await.unwrap().is_empty(), "no longer listed");
    let found =
        users::list(&desk.app, &desk.owner, Some(&Email::parse("ADA@example.COM").unwrap()), &ALL).await;
    assert_eq!(found.unwrap().first().unwrap().user, user);

    // What was accepted is over, and the address is a member's.
    assert!(matches!(invites::accept(&desk.app, &code, None, None).await, Err(Error::Code)));
    let principal = Principal::Invite(shown.id);
    assert!(matches!(desk.bind(principal, "OrgManager").await, Err(Error::Conflict(_))));
    let resent = invites::resend(&desk.app, &desk.owner, &id, Precondition::default()).await;
    assert!(matches!(resent, Err(Error::Conflict(_))));
    let withdrawn = invites::remove(&desk.app, &desk.owner, &id, Precondition::default()).await;
    assert!(matches!(withdrawn, Err(Error::Conflict(_))));
    assert!(matches!(desk.invite("ada@EXAMPLE.com", &["OrgMember"]).await, Err(Error::AlreadyExists(_))));
    sound(place, &desk.app.store).await;
}

both!(only_the_newest_code_in_its_time_is_accepted);
async fn only_the_newest_code_in_its_time_is_accepted(place: &Place) {
    let desk = Desk::open(place).await;
    let (id, old) = desk.invite("ada@example.com", &["OrgMember"]).await.unwrap();
    let resent = invites::resend(&desk.app, &desk.owner, &id, Precondition::default()).await.unwrap();
    let new = resent.code.unwrap();
    for wrong in [old.as_str(), "", "x", &new.to_lowercase(), &format!("{} ", *new)] {
        assert!(matches!(invites::accept(&desk.app, wrong, None, None).await, Err(Error::Code)), "{wrong:?}");
    }

    place.execute("update invites set expires_at = 1").await;
    assert!(matches!(invites::accept(&desk.app, &new, None, None).await, Err(Error::Code)), "too late");
    let listed = invites::list(&desk.app, &desk.owner, &ALL).await.unwrap();
    assert_eq!(listed.first().unwrap().invite.status(moment(0)), InviteStatus::Expired);

    let resent = invites::resend(&desk.app, &desk.owner, &id, Precondition::default()).await.unwrap();
    assert_eq!(resent.row.invite.status(moment(0)), InviteStatus::Pending);
    assert_eq!(resent.row.invite.expires_at, moment(7 * 24 * 3600));
    assert_eq!(desk.emails().await, [""; 0]);
    invites::accept(&desk.app, &resent.code.unwrap(), None, None).await.unwrap();
    assert_eq!(desk.emails().await, ["ada@example.com"]);
}

both!(an_expired_invite_makes_way_for_another);
async fn an_expired_invite_makes_way_for_another(place: &Place) {
    let desk = Desk::open(place).await;
    let (old, _) = desk.invite("ada@example.com", &["OrgOwner"]).await.unwrap();
    place.execute("update invites set expires_at = 1").await;

    let (new, code) = desk.invite("ada@example.com", &["OrgMember"]).await.unwrap();

    assert!(matches!(invites::show(&desk.app, &desk.owner, &old).await, Err(Error::NotFound { .. })));
    assert!(invites::show(&desk.app, &desk.owner, &new).await.is_ok());
    let user = invites::accept(&desk.app, &code, None, None).await.unwrap().user.id;
    let caller = desk.app.store.user_caller(user).await.unwrap().unwrap();
    assert_eq!(caller.bindings, [Binding { role: MemberRole::OrgMember, project: None }]);
}

both!(the_setup_code_makes_the_first_owner_once);
async fn the_setup_code_makes_the_first_owner_once(place: &Place) {
    let desk = Desk::open(place).await;
    let (other, _) = Desk::organization(&desk.app, Plan::Free).await;
    let email = || Email::parse("ada@example.com").unwrap();
    // An invitation of the same person is not needed any more.
    desk.invite("Ada@example.com", &["OrgMember"]).await.unwrap();
    for wrong in ["", "x", &desk.first.setup_code.to_lowercase()] {
        let refused = first_owner::make(&desk.app, wrong, email(), None, None).await;
        assert!(matches!(refused, Err(Error::Code)), "{wrong:?}");
    }

    let user = first_owner::make(&desk.app, &desk.first.setup_code, email(), None, None).await.unwrap().user;

    assert_eq!(&user.organization_id, desk.organization_id());
    let caller = desk.app.store.user_caller(user.id).await.unwrap().unwrap();
    assert!(caller.owns_organization());
    assert!(invites::list(&desk.app, &desk.owner, &ALL).await.unwrap().is_empty());
    let again = first_owner::make(&desk.app, &desk.first.setup_code, email(), None, None).await;
    assert!(matches!(again, Err(Error::Code)), "used up");
    let elsewhere = first_owner::make(&desk.app, &other.setup_code, email(), None, None).await.unwrap().user;
    assert_eq!(elsewhere.organization_id, other.organization_id, "the same person, another organization");
    assert_ne!(elsewhere.id, user.id);
    sound(place, &desk.app.store).await;
}

both!(the_operator_in_person_is_one_only_as_an_owner);
async fn the_operator_in_person_is_one_only_as_an_owner(place: &Place) {
    let desk = Desk::open(place).await;
    let new = NewOrganization { name: name("Ours"), plan: Plan::Enterprise, bootstrap: true, operator: true };
    let first = setup::create_organization(&desk.app, new).await.unwrap();
    let email = Email::parse("op@example.com").unwrap();
    let user = first_owner::make(&desk.app, &first.setup_code, email, None, None).await.unwrap().user.id;
    let caller = desk.app.store.user_caller(user).await.unwrap().unwrap();
    assert!(caller.operator && caller.owns_organization());

    place.execute("delete from role_bindings where principal_type = 'user'").await;
    assert!(!desk.app.store.user_caller(user).await.unwrap().unwrap().operator);
    let email = Email::parse("boss@example.com").unwrap();
    let other =
        first_owner::make(&desk.app, &desk.first.setup_code, email, None, None).await.unwrap().user.id;
    assert!(!desk.app.store.user_caller(other).await.unwrap().unwrap().operator, "of another organization");
}

both!(a_setup_code_is_renewed_while_nobody_is_owner);
async fn a_setup_code_is_renewed_while_nobody_is_owner(place: &Place) {
    let desk = Desk::open(place).await;
    let email = || Email::parse("ada@example.com").unwrap();

    let renewed = setup::renew_setup_code(&desk.app, desk.organization_id()).await.unwrap();

    let before = first_owner::make(&desk.app, &desk.first.setup_code, email(), None, None).await;
    assert!(matches!(before, Err(Error::Code)), "void");
    let user = first_owner::make(&desk.app, &renewed, email(), None, None).await.unwrap().user;
    assert!(desk.app.store.user_caller(user.id).await.unwrap().unwrap().owns_organization());
    let again = setup::renew_setup_code(&desk.app, desk.organization_id()).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "somebody is owner");
    sound(place, &desk.app.store).await;
}

both!(the_setup_code_is_void_once_somebody_is_owner);
async fn the_setup_code_is_void_once_somebody_is_owner(place: &Place) {
    let desk = Desk::open(place).await;
    desk.user("boss@example.com", &["OrgOwner"]).await;
    let email = Email::parse("thief@example.com").unwrap();
    let refused = first_owner::make(&desk.app, &desk.first.setup_code, email, None, None).await;
    assert!(matches!(refused, Err(Error::Code)));
    assert_eq!(desk.emails().await, ["boss@example.com"]);
}

both!(of_those_who_accept_at_once_one_is_a_user);
async fn of_those_who_accept_at_once_one_is_a_user(place: &Place) {
    let desk = Desk::open(place).await;
    let (_, code) = desk.invite("ada@example.com", &["OrgMember"]).await.unwrap();
    let attempts: Vec<_> = (0..16)
        .map(|_| {
            let (app, code) = (Arc::clone(&desk.app), code.clone());
            tokio::spawn(async move { invites::accept(&app, &code, None, None).await.is_ok() })
        })
        .collect();
    let mut accepted = 0;
    for attempt in attempts {
        accepted += usize::from(attempt.await.unwrap());
    }
    assert_eq!(accepted, 1);
    assert_eq!(desk.emails().await.len(), 1);
}

both!(a_user_without_any_role_is_no_user);
async fn a_user_without_any_role_is_no_user(place: &Place) {
    let desk = Desk::open(place).await;
    let user = desk.user("ada@example.com", &["OrgMember", "ProjectMember"]).await;
    let bindings = desk.bindings(PrincipalType::User).await;
    let [on_organization, on_project] = ["OrgMember", "ProjectMember"]
        .map(|role| bindings.iter().find(|binding| binding.role == role).unwrap());

    let refused = desk.take(on_organization).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "others remain: {refused:?}");
    desk.take(on_project).await.unwrap();
    desk.take(on_organization).await.unwrap();

    assert!(desk.app.store.user(user).await.unwrap().is_none());
    assert!(desk.app.store.user_caller(user).await.unwrap().is_none());
    assert!(matches!(desk.take(on_organization).await, Err(Error::NotFound { .. })));
    assert_eq!(place.number("select count(*) from invites").await, 0, "the address is nowhere left");
    assert!(matches!(desk.remove_user(user).await, Err(Error::NotFound { .. })));
    desk.user("ada@example.com", &["OrgMember"]).await;
}

both!(the_last_owner_of_all_stays_whoever_it_is);
async fn the_last_owner_of_all_stays_whoever_it_is(place: &Place) {
    let desk = Desk::open(place).await;
    let ada = desk.user("ada@example.com", &["OrgOwner"]).await;
    let account = desk.bindings(PrincipalType::ServiceAccount).await.remove(0);
    desk.take(&account).await.unwrap();

    let ada_calls = desk.app.store.user_caller(ada).await.unwrap().unwrap();
    let desk = Desk { owner: ada_calls, ..desk };
    assert!(matches!(desk.remove_user(ada).await, Err(Error::Conflict(_))));
    let last = desk.bindings(PrincipalType::User).await.remove(0);
    assert!(matches!(desk.take(&last).await, Err(Error::Conflict(_))));

    // An invitation is no owner yet.
    let (_, code) = desk.invite("eve@example.com", &["OrgOwner"]).await.unwrap();
    assert!(matches!(desk.remove_user(ada).await, Err(Error::Conflict(_))));
    invites::accept(&desk.app, &code, None, None).await.unwrap();
    desk.remove_user(ada).await.unwrap();
    assert_eq!(desk.emails().await, ["eve@example.com"]);
}

both!(a_removed_user_is_forgotten_and_can_do_nothing);
async fn a_removed_user_is_forgotten_and_can_do_nothing(place: &Place) {
    let desk = Desk::open(place).await;
    let ada = desk.user("ada@example.com", &["OrgOwner"]).await;
    let caller = desk.app.store.user_caller(ada).await.unwrap().unwrap();
    desk.remove_user(ada).await.unwrap();

    assert!(desk.app.store.user_caller(ada).await.unwrap().is_none());
    assert!(desk.bindings(PrincipalType::User).await.is_empty());
    // One who was looked up before is asked again in the transaction.
    let late = Desk { owner: caller, ..desk };
    let refused = late.invite("friend@example.com", &["OrgOwner"]).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)), "{refused:?}");
    let texts = place.number("select count(*) from changes where body like '%example%'").await;
    assert_eq!(texts, 0, "no address in the log");
    let left = "select (select count(*) from users) + (select count(*) from invites)";
    assert_eq!(place.number(left).await, 0);
}

both!(a_role_that_was_taken_away_gives_nothing_on);
async fn a_role_that_was_taken_away_gives_nothing_on(place: &Place) {
    let desk = Desk::open(place).await;
    let ada = desk.user("ada@example.com", &["OrgMember", "OrgManager"]).await;
    let caller = desk.app.store.user_caller(ada).await.unwrap().unwrap();
    let bindings = desk.bindings(PrincipalType::User).await;
    desk.take(bindings.iter().find(|binding| binding.role == "OrgManager").unwrap()).await.unwrap();

    // As looked up while it was still there.
    let late = Desk { owner: caller, ..desk };
    let refused = late.bind(Principal::User(ada), "OrgManager").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = late.invite("friend@example.com", &["OrgManager"]).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

both!(a_role_that_is_there_is_not_given_twice);
async fn a_role_that_is_there_is_not_given_twice(place: &Place) {
    let desk = Desk::open(place).await;
    let ada = Principal::User(desk.user("ada@example.com", &["OrgMember"]).await);
    assert!(matches!(desk.bind(ada, "OrgMember").await, Err(Error::AlreadyExists(_))));
    let made = desk.bind(ada, "ProjectOwner").await.unwrap();
    assert!(matches!(desk.bind(ada, "ProjectOwner").await, Err(Error::AlreadyExists(_))));
    desk.take(&made).await.unwrap();
    desk.bind(ada, "ProjectOwner").await.unwrap();
    sound(place, &desk.app.store).await;
}
