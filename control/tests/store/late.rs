//! What was done against a caller while its request waited for its turn. A revocation, a rotation or the removal
//! of a role overtakes whatever waits, so a request is asked again who sent it when its turn has come.

use crate::both;
use crate::place::Place;
use crate::records::name;
use crate::secrets::app;
use control::ops::invites::{self, NewInvite};
use control::ops::keys::{self, Cascade};
use control::ops::projects::{self, NewProject, ProjectPatch};
use control::ops::role_bindings::{self, BindingAsk, ListAsk};
use control::ops::roles::RoleAsk;
use control::ops::service_accounts::{self, NewAccount};
use control::ops::setup::{self, NewOrganization};
use control::ops::{KeyPatch, NewKey, Precondition, organizations};
use control::store::Slice;
use control::{App, Error};
use domain::access::Caller;
use domain::{Email, Networks, Plan};
use std::sync::Arc;

/// An organization with a key in its project, and a second account that has one role in all of it.
struct Desk {
    app: Arc<App>,
    project: String,
    key: String,
    owner: Caller,
    account: String,
    late: Caller,
}

impl Desk {
    async fn open(place: &Place, role: &str) -> Desk {
        let app = app(place, 1, 2).await;
        setup::begin(&app).await.unwrap();
        let new =
            NewOrganization { name: name("Acme"), plan: Plan::Enterprise, bootstrap: true, operator: false };
        let first = setup::create_organization(&app, new).await.unwrap();
        let account = app.store.account_of_client(&first.client_id).await.unwrap().unwrap();
        let owner = app.store.caller(account.id, account.generation).await.unwrap().unwrap();
        let project = first.project_id.to_string();
        let key = keys::create(&app, &owner, &project, new_key(), None).await.unwrap().row.key.id.to_string();
        let new = NewAccount { name: name("late"), roles: vec![on_organization(role)] };
        let account = service_accounts::create(&app, &owner, new, None).await.unwrap().row.account;
        let late = app.store.caller(account.id, account.generation).await.unwrap().unwrap();
        Desk { app, project, key, owner, account: account.id.to_string(), late }
    }

    async fn rotate(&self) {
        let any = Precondition::default();
        service_accounts::rotate_secret(&self.app, &self.owner, &self.account, any).await.unwrap();
    }

    async fn take_role(&self) {
        let ask = ListAsk {
            principal_type: Some("service_account".into()),
            principal_id: Some(self.account.clone()),
            ..ListAsk::default()
        };
        let slice = Slice { after: None, limit: 10 };
        for row in role_bindings::list(&self.app, &self.owner, ask, slice).await.unwrap() {
            let (id, any) = (row.binding.id.to_string(), Precondition::default());
            role_bindings::remove(&self.app, &self.owner, &id, any).await.unwrap();
        }
    }

    /// What each kind of write answers to the caller as it was when it was let in.
    async fn writes(&self) -> Vec<(&'static str, Option<Error>)> {
        let Desk { app, project, key, late, account, .. } = self;
        let any = Precondition::default;
        let organization = late.organization.as_str();
        let new = |text| NewProject { name: name(text), max_pods: 0, force_encryption_with_cmek: false };
        let renamed = KeyPatch { name: Some(name("changed")), ..KeyPatch::default() };
        let off = KeyPatch { enabled: Some(false), ..KeyPatch::default() };
        let patch = ProjectPatch { name: Some(name("changed")), ..ProjectPatch::default() };
        let backdoor = NewAccount { name: name("backdoor"), roles: Vec::new() };
        let invite = NewInvite {
            email: Email::parse("a@example.com").unwrap(),
            roles: vec![on_organization("OrgMember")],
        };
        let binding = BindingAsk {
            principal_type: "service_account".into(),
            principal_id: account.clone(),
            role: on_organization("OrgMember"),
        };
        let title = Some(name("changed"));
        vec![
            ("key made", keys::create(app, late, project, new_key(), None).await.err()),
            ("key renamed", keys::update(app, late, key, renamed, any()).await.err()),
            ("key switched off", keys::update(app, late, key, off, any()).await.err()),
            ("key revoked", keys::revoke(app, late, key, any(), Cascade::Children).await.err()),
            ("project made", projects::create(app, late, new("more"), None).await.err()),
            ("project changed", projects::update(app, late, project, patch, any()).await.err()),
            ("project removed", projects::remove(app, late, project, any()).await.err()),
            (
                "organization renamed",
                organizations::rename(app, late, organization, title, any()).await.err(),
            ),
            (
                "organization bootstrapped",
                organizations::bootstrap(app, late, organization, any()).await.err(),
            ),
            ("account made", service_accounts::create(app, late, backdoor, None).await.err()),
            ("account renamed", service_accounts::rename(app, late, account, None, any()).await.err()),
            ("account rotated", service_accounts::rotate_secret(app, late, account, any()).await.err()),
            ("account removed", service_accounts::remove(app, late, account, any()).await.err()),
            ("invited", invites::create(app, late, invite, None).await.err()),
            ("role given", role_bindings::create(app, late, binding, None).await.err()),
        ]
    }
}

fn on_organization(role: &str) -> RoleAsk {
    RoleAsk { resource_type: "organization".into(), resource_id: None, role: role.into() }
}

fn new_key() -> NewKey {
    NewKey {
        name: name("key"),
        grant: None,
        class: None,
        expires_at: None,
        networks: Networks::default(),
        enabled: true,
    }
}

both!(a_request_that_waited_while_its_secret_was_replaced_does_nothing);
async fn a_request_that_waited_while_its_secret_was_replaced_does_nothing(place: &Place) {
    let desk = Desk::open(place, "OrgOwner").await;
    desk.rotate().await;
    let before = place.number("select max(version) from changes").await;
    for (write, refused) in desk.writes().await {
        assert!(matches!(refused, Some(Error::Unauthenticated)), "{write}: {refused:?}");
    }
    assert_eq!(place.number("select max(version) from changes").await, before);
}

both!(a_request_that_waited_while_its_role_was_taken_away_does_nothing);
async fn a_request_that_waited_while_its_role_was_taken_away_does_nothing(place: &Place) {
    let desk = Desk::open(place, "OrgManager").await;
    desk.take_role().await;
    let before = place.number("select max(version) from changes").await;
    for (write, refused) in desk.writes().await {
        assert!(matches!(refused, Some(Error::Forbidden(_))), "{write}: {refused:?}");
    }
    assert_eq!(place.number("select max(version) from changes").await, before);
}
