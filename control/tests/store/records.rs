//! Records to write: random ids and digests, times of the test's own.

use control::store::{Lane, RoleBinding, Store, StoreError, Tx};
use domain::{
    ActorId, Catalog, Digest, Effect, Grant, Key, KeyId, KeyState, Name, Networks, Organization,
    OrganizationId, Plan, Principal, Project, ProjectId, Registration, Resource, ResourceId, ResourceName,
    RoleBindingId, Timestamp, Version,
};
use getrandom::SysRng;
use rand_core::{Rng, UnwrapErr};

/// Letters of several scripts, and every sign that means something to SQL, JSON or a pattern.
pub(crate) const AWKWARD: &str = "Ünï çødé 鍵 🔑 '\"\\%_!;--${}";

/// A moment of the tests; nothing here reads a clock.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000).plus_seconds(seconds)
}

pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(crate) fn random_text() -> String {
    domain::random_text(16, &mut rng())
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text, Name::KEY_CHARS_MAX).unwrap()
}

pub(crate) fn roles(names: &[&str]) -> Grant {
    Grant::Roles(names.iter().map(|&name| name.to_owned()).collect())
}

/// An organization and its project, where keys can live.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) organization: Organization,
    pub(crate) project: Project,
}

impl Home {
    pub(crate) fn new() -> Home {
        let organization = Organization {
            id: OrganizationId::generate(&mut rng()),
            name: name("Acme"),
            plan: Plan::Free,
            created_at: moment(0),
            bootstrapped_at: Some(moment(0)),
            removed_at: None,
        };
        let project = Project {
            id: ProjectId::generate(moment(0), &mut rng()),
            organization_id: organization.id.clone(),
            name: name("default"),
            max_pods: 0,
            force_encryption_with_cmek: false,
            created_at: moment(0),
            removed_at: None,
        };
        Home { organization, project }
    }

    /// One in the database, made by versions 1 and 2.
    pub(crate) async fn made(store: &Store) -> Home {
        let home = Home::new();
        home.insert(store).await;
        home
    }

    pub(crate) async fn insert(&self, store: &Store) {
        let Home { organization, project } = self.clone();
        let work = async move |tx: &mut Tx| {
            tx.insert_organization(&organization).await?;
            let id = organization.id.clone();
            let effects = [Effect::Organization(organization)];
            tx.record(moment(0), ActorId::Operator, "organization.created", id.as_str(), &effects).await?;
            tx.insert_project(&project).await?;
            let effects = [Effect::Project(project)];
            tx.record(moment(0), ActorId::Operator, "project.created", id.as_str(), &effects).await
        };
        store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();
    }

    /// A key of this project, not yet in the database.
    pub(crate) fn key(&self) -> Key {
        let mut digest = [0; 32];
        rng().fill_bytes(&mut digest);
        Key {
            id: KeyId::generate(moment(0), &mut rng()),
            project_id: self.project.id,
            name: name("a key"),
            digest: Digest::from_bytes(digest),
            class: "standard".into(),
            hint: "rpa_AAAA…BBBB".into(),
            grant: Grant::default_roles(),
            state: KeyState::Active,
            expires_at: None,
            networks: Networks::default(),
            created_at: moment(0),
            created_by: ActorId::Operator,
            import: None,
        }
    }

    /// A resource of this project, not yet in the database.
    pub(crate) fn resource(&self, text: &str) -> Registration {
        Registration {
            id: ResourceId::generate(moment(0), &mut rng()),
            resource: ResourceName::parse(text, Catalog::builtin().types()).unwrap(),
            name: name(AWKWARD),
            organization_id: self.organization.id.clone(),
            project_id: self.project.id,
            created_at: moment(0),
            created_by: ActorId::Operator,
            released_at: None,
        }
    }

    /// Has the resource registered to this project, or released, in an operation of its own.
    pub(crate) async fn register(
        &self,
        store: &Store,
        text: &str,
        released_at: Option<Timestamp>,
    ) -> Registration {
        let resource = Registration { released_at, ..self.resource(text) };
        put(store, &resource).await;
        resource
    }

    /// Makes the key, with its roles and its change, in an operation of its own.
    pub(crate) async fn create(&self, store: &Store, key: &Key) -> Result<Version, StoreError> {
        let (key, organization) = (key.clone(), self.organization.id.clone());
        store.write(Lane::Ordinary, async move |tx| insert(tx, &key, &organization).await).await
    }

    /// Writes the key's new state, with its roles and its change, in an operation of its own.
    pub(crate) async fn update(&self, store: &Store, key: &Key) -> Result<Version, StoreError> {
        let (key, organization) = (key.clone(), self.organization.id.clone());
        store.write(Lane::Urgent, async move |tx| update(tx, &key, &organization).await).await
    }
}

pub(crate) async fn insert(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
) -> Result<Version, StoreError> {
    tx.insert_key(key).await?;
    bind(tx, key, organization).await?;
    record(tx, key, organization, "api_key.created").await
}

pub(crate) async fn update(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
) -> Result<Version, StoreError> {
    tx.update_key(key).await?;
    tx.delete_bindings(Principal::ApiKey(key.id)).await?;
    bind(tx, key, organization).await?;
    record(tx, key, organization, "api_key.updated").await
}

/// Writes the resource and its change.
pub(crate) async fn put(store: &Store, resource: &Registration) -> Version {
    let resource = resource.clone();
    let work = async move |tx: &mut Tx| {
        tx.put_resource(&resource).await?;
        let organization = resource.organization_id.clone();
        let effects = [Effect::Resource(resource)];
        tx.record(moment(0), ActorId::Operator, "resource.put", organization.as_str(), &effects).await
    };
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap()
}

/// A change that touches nothing else.
pub(crate) async fn note(tx: &mut Tx, text: &str) -> Result<Version, StoreError> {
    tx.record(moment(0), ActorId::Operator, "test.noted", "", &[Effect::Note(text.into())]).await
}

async fn record(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
    action: &str,
) -> Result<Version, StoreError> {
    let effects = [Effect::Key(Box::new(key.clone()))];
    tx.record(key.created_at, ActorId::Operator, action, organization.as_str(), &effects).await
}

async fn bind(tx: &mut Tx, key: &Key, organization: &OrganizationId) -> Result<(), StoreError> {
    let Grant::Roles(roles) = &key.grant else { return Ok(()) };
    for role in roles {
        let binding = RoleBinding {
            id: RoleBindingId::generate(key.created_at, &mut rng()),
            organization_id: organization.clone(),
            principal: Principal::ApiKey(key.id),
            resource: Resource::Project(key.project_id),
            role: role.clone(),
            created_at: key.created_at,
        };
        tx.insert_binding(&binding).await?;
    }
    Ok(())
}
