//! Every record but keys (`keys.rs`) comes back as it was written.

use crate::both;
use crate::place::Place;
use crate::records::{AWKWARD, Home, moment, name, note, rng};
use control::store::{Lane, RoleBinding, ServiceAccount, SigningKeyRow, Store, StoreError, Tx};
use domain::access::{Binding, MemberRole};
use domain::token::{Algorithm, PublishedKey};
use domain::{
    ActorId, Catalog, Digest, Effect, OrganizationId, Plan, Principal, Resource, RoleBindingId,
    ServiceAccountId, SigningKeyId, Version,
};

both!(organizations_and_projects);
async fn organizations_and_projects(place: &Place) {
    let store = place.open().await;
    let mut home = Home::made(&store).await;
    let id = home.organization.id.clone();
    assert_eq!(store.organization(&id).await.unwrap().unwrap().organization, home.organization);
    assert_eq!(store.project(home.project.id).await.unwrap().unwrap().project, home.project);

    home.organization.name = name(AWKWARD);
    home.organization.plan = Plan::Dedicated;
    home.organization.bootstrapped_at = None;
    home.project.name = name(AWKWARD);
    home.project.max_pods = i64::MAX;
    home.project.force_encryption_with_cmek = true;
    write_over(&store, &home).await;

    let row = store.organization(&id).await.unwrap().unwrap();
    assert_eq!((row.organization, row.version), (home.organization.clone(), Version(3)));
    let row = store.project(home.project.id).await.unwrap().unwrap();
    assert_eq!((row.project, row.version), (home.project.clone(), Version(3)));

    home.organization.removed_at = Some(moment(9));
    home.project.removed_at = Some(moment(9));
    write_over(&store, &home).await;

    assert!(store.organization(&id).await.unwrap().is_none());
    assert!(store.organizations().await.unwrap().is_empty());
    assert!(store.project(home.project.id).await.unwrap().is_none());
    assert!(store.projects_of(&id).await.unwrap().is_empty());
    // The data plane must know removed projects, to refuse their keys.
    assert_eq!(store.load().await.unwrap().1.projects, [home.project]);
}

async fn write_over(store: &Store, home: &Home) {
    let Home { organization, project } = home.clone();
    let work = async move |tx: &mut Tx| {
        tx.update_organization(&organization).await?;
        tx.update_project(&project).await?;
        let id = organization.id.clone();
        let effects = [Effect::Organization(organization), Effect::Project(project)];
        tx.record(moment(9), ActorId::Operator, "test.written", id.as_str(), &effects).await
    };
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();
}

both!(service_accounts_and_their_roles);
async fn service_accounts_and_their_roles(place: &Place) {
    let store = place.open().await;
    let mut home = Home::made(&store).await;
    let account = ServiceAccount {
        id: ServiceAccountId::generate(moment(1), &mut rng()),
        organization_id: home.organization.id.clone(),
        name: name(AWKWARD),
        client_id: "client".into(),
        secret_digest: Digest::from_bytes([7; 32]),
        generation: 3,
        operator: true,
        created_at: moment(1),
        updated_at: moment(2),
        removed_at: None,
    };
    let everywhere = (Resource::Organization(home.organization.id.clone()), "OrgMember");
    let here = (Resource::Project(home.project.id), "ProjectOwner");
    insert_account(&store, &account, [everywhere, here]).await;

    let found = store.account_of_client("client").await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{account:?}"));
    assert_eq!(found.secret_digest, account.secret_digest);
    let mut caller = store.caller(account.id, 3).await.unwrap().unwrap();
    caller.bindings.sort_by_key(|binding| binding.project);
    assert_eq!(caller.actor, ActorId::ServiceAccount(account.id));
    assert_eq!(caller.organization, home.organization.id);
    let expected = [
        Binding { role: MemberRole::OrgMember, project: None },
        Binding { role: MemberRole::ProjectOwner, project: Some(home.project.id) },
    ];
    assert_eq!(caller.bindings, expected);
    for other in [0, 2, 4] {
        assert!(store.caller(account.id, other).await.unwrap().is_none(), "of another secret");
    }
    assert!(is_member(&store, caller.actor).await);
    assert!(store.account_of_client("Client").await.unwrap().is_none());

    home.organization.removed_at = Some(moment(9));
    write_over(&store, &home).await;

    assert!(store.account_of_client("client").await.unwrap().is_none());
    assert!(store.caller(account.id, 3).await.unwrap().is_none());
    assert!(!is_member(&store, caller.actor).await);
}

async fn insert_account(store: &Store, account: &ServiceAccount, bindings: [(Resource, &'static str); 2]) {
    let account = account.clone();
    let work = async move |tx: &mut Tx| {
        tx.insert_account(&account).await?;
        for (resource, role) in bindings {
            let binding = RoleBinding {
                id: RoleBindingId::generate(moment(0), &mut rng()),
                organization_id: account.organization_id.clone(),
                principal: Principal::ServiceAccount(account.id),
                resource,
                role: role.into(),
                created_at: moment(1),
            };
            tx.insert_binding(&binding).await?;
        }
        Ok(())
    };
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();
}

async fn is_member(store: &Store, actor: ActorId) -> bool {
    let work = async move |tx: &mut Tx| tx.member(actor).await;
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap().is_some()
}

both!(signing_keys_canaries_and_catalogs);
async fn signing_keys_canaries_and_catalogs(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    assert!(store.catalog().await.unwrap().is_none());
    assert!(store.canary("pepper").await.unwrap().is_none());
    let (old, new) = (signing_key(None, 1), signing_key(None, 2));
    let tenants = signing_key(Some(home.organization.id.clone()), 3);
    let rows = [old.clone(), new.clone(), tenants];
    let work = async move |tx: &mut Tx| {
        for row in &rows {
            tx.insert_signing_key(row).await?;
        }
        tx.insert_canary("pepper", &[0, 255, 1]).await?;
        tx.insert_catalog("an older catalog").await?;
        note(tx, "older").await?;
        tx.insert_catalog(Catalog::DEFAULT).await?;
        note(tx, "newer").await
    };
    let version: Version = store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();

    let id = old.published.id;
    let found = store.signing_key(id).await.unwrap();
    assert_eq!(format!("{found:?}"), format!("{:?}", Some(&old)));
    let ids = |rows: Vec<SigningKeyRow>| rows.iter().map(|row| row.published.id).collect::<Vec<_>>();
    let work = async move |tx: &mut Tx| {
        let of_server = tx.signing_keys_of(None).await?;
        tx.end_signing_key(id, moment(9)).await?;
        Ok((of_server, tx.signing_keys_of(None).await?))
    };
    let (of_server, left) = store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();
    assert_eq!(ids(of_server), [id, new.published.id], "in the order in which they sign, no tenant's");
    assert_eq!(ids(left), [new.published.id], "what ended is gone");
    assert!(store.signing_key(id).await.unwrap().is_none());
    assert_eq!(place.number("select count(*) from signing_keys where length(sealed) = 0").await, 1, "erased");
    assert_eq!(store.canary("pepper").await.unwrap().unwrap(), [0, 255, 1]);
    assert_eq!(store.catalog_version().await.unwrap(), Some(version));
    assert_eq!(store.catalog().await.unwrap(), Some((version, Catalog::DEFAULT.to_owned())));
}

fn signing_key(organization_id: Option<OrganizationId>, made: i64) -> SigningKeyRow {
    let published = PublishedKey {
        id: SigningKeyId::generate(moment(made), &mut rng()),
        organization_id,
        algorithm: Algorithm::Es256,
        public_key: vec![4; 65],
        created_at: moment(made),
        signs_from: moment(made + 1),
        ended_at: None,
    };
    SigningKeyRow { published, sealed: (0..=255).collect() }
}
