//! The first things there are: the catalog, the server's signing key, an organization with its first
//! credential.

use super::service_accounts::draw_secret;
use super::{organizations, projects, roles, signing_keys};
use crate::store::{Lane, OrganizationRow, RoleBinding, ServiceAccount, Tx};
use crate::{App, Error};
use domain::{
    ActorId, Catalog, Effect, Name, Organization, OrganizationId, Plan, Principal, Project, ProjectId,
    Resource, RoleBindingId, ServiceAccountId,
};
use rand_core::Rng;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What to set up.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Shown name.
    pub name: Name,
    /// Its plan.
    pub plan: Plan,
    /// Whether its signing key is made at once.
    pub bootstrap: bool,
    /// Whether its first service account may also do what only the operator may.
    pub operator: bool,
}

/// What is shown once of a new organization.
pub struct FirstRun {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its first project.
    pub project_id: ProjectId,
    /// The first service account's public half.
    pub client_id: String,
    /// Its secret half.
    pub client_secret: Zeroizing<String>,
    /// The one-time code that makes the first owner.
    pub setup_code: Zeroizing<String>,
}

impl std::fmt::Debug for FirstRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstRun")
    }
}

const PEPPER_CANARY: &str = "pepper";
const MASTER_CANARY: &str = "master_key";
const CANARY: &[u8] = b"keydesk canary";

/// Makes what every database needs once: canaries, the catalog and the server's signing key.
///
/// # Errors
/// The database did not take it.
pub async fn begin(app: &Arc<App>) -> Result<(), Error> {
    if app.store.canary(PEPPER_CANARY).await?.is_some() {
        return Ok(());
    }
    let app_in = Arc::clone(app);
    app.change(Lane::Ordinary, async move |tx| {
        // Another node may have been here while this one waited.
        if tx.has_canary(PEPPER_CANARY).await? {
            return Ok(());
        }
        let now = app_in.now();
        let sealed =
            app_in.master.seal(CANARY, MASTER_CANARY, &mut app_in.rng()).map_err(|_| Error::Signing)?;
        tx.insert_canary(PEPPER_CANARY, app_in.pepper.digest(CANARY).as_bytes()).await?;
        tx.insert_canary(MASTER_CANARY, &sealed).await?;
        let signing_key = signing_keys::make_first(tx, &app_in, None).await?;
        tx.insert_catalog(Catalog::DEFAULT).await?;
        let effects = [Effect::Catalog(Catalog::DEFAULT.into()), signing_key];
        tx.record(now, ActorId::Operator, "server.initialized", "", &effects).await?;
        Ok(())
    })
    .await
}

/// Which of the two secrets is not the one this database was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongSecret {
    /// The pepper.
    Pepper,
    /// The master key.
    MasterKey,
}

/// Compares the secrets with the canaries; a wrong one is found here and not as garbage later.
///
/// # Errors
/// The database did not answer.
pub async fn check_secrets(app: &App) -> Result<Result<(), WrongSecret>, Error> {
    if let Some(kept) = app.store.canary(PEPPER_CANARY).await?
        && kept != app.pepper.digest(CANARY).as_bytes()
    {
        return Ok(Err(WrongSecret::Pepper));
    }
    if let Some(sealed) = app.store.canary(MASTER_CANARY).await?
        && app.master.open(&sealed, MASTER_CANARY).is_err()
    {
        return Ok(Err(WrongSecret::MasterKey));
    }
    Ok(Ok(()))
}

/// Replaces the catalog whole, as one change in the log; the same text changes nothing.
///
/// # Errors
/// The database did not take it.
pub async fn replace_catalog(app: &App, catalog: Catalog) -> Result<(), Error> {
    if app.store.catalog().await?.is_some_and(|(_, text)| text == catalog.text()) {
        return Ok(());
    }
    let now = app.now();
    app.change(Lane::Ordinary, async move |tx| {
        tx.insert_catalog(catalog.text()).await?;
        let effects = [Effect::Catalog(catalog.text().to_owned())];
        tx.record(now, ActorId::Operator, "catalog.replaced", "", &effects).await?;
        Ok(())
    })
    .await
}

/// Sets how long a renewal lets any node answer, as one change in the log; the same value changes nothing.
///
/// # Errors
/// The database did not take it.
pub async fn set_lease(app: &App, lease: Duration) -> Result<(), Error> {
    let seconds = i64::try_from(lease.as_secs()).unwrap_or(i64::MAX);
    let now = app.now();
    app.change(Lane::Ordinary, async move |tx| {
        if tx.lease_seconds().await? == seconds {
            return Ok(());
        }
        tx.set_lease_seconds(seconds).await?;
        let effects = [Effect::Note(format!("a renewal lets a node answer for {seconds} s"))];
        tx.record(now, ActorId::Operator, "lease.changed", "", &effects).await?;
        Ok(())
    })
    .await
}

/// Makes the first organization of all; `None` when there is one already. `keep` writes its credential down
/// before the commit: whatever is committed can be used, and what is not may leave a file behind at most.
///
/// # Errors
/// The database did not take it, or `keep` failed.
pub async fn create_first_organization<K>(
    app: &Arc<App>,
    new: NewOrganization,
    keep: K,
) -> Result<Option<FirstRun>, Error>
where
    K: FnOnce(&FirstRun) -> Result<(), Error> + Send + 'static,
{
    let app_in = Arc::clone(app);
    app.change(Lane::Ordinary, async move |tx| {
        // Asked inside: two nodes that start at once on an empty database make one between them.
        if tx.count_organizations().await? > 0 {
            return Ok(None);
        }
        let first = make_organization(tx, &app_in, &new).await?;
        keep(&first)?;
        Ok(Some(first))
    })
    .await
}

/// Makes an organization with a project and a service account that is its owner.
///
/// # Errors
/// The database did not take it.
pub async fn create_organization(app: &Arc<App>, new: NewOrganization) -> Result<FirstRun, Error> {
    let app_in = Arc::clone(app);
    app.change(Lane::Ordinary, async move |tx| make_organization(tx, &app_in, &new).await).await
}

async fn make_organization(tx: &mut Tx, app: &App, new: &NewOrganization) -> Result<FirstRun, Error> {
    let row = insert_organization(tx, app, new).await?;
    let project = insert_project(tx, app, &row.organization).await?;
    let (client_id, client_secret) = insert_account(tx, app, &row.organization, new.operator).await?;
    let setup_code = random_text(28, &mut app.rng());
    let digest = app.pepper.digest(setup_code.as_bytes());
    tx.insert_setup_code(&digest, &row.organization.id, new.operator, app.now()).await?;
    let organization_id = row.organization.id;
    Ok(FirstRun { organization_id, project_id: project, client_id, client_secret, setup_code })
}

async fn insert_organization(
    tx: &mut Tx,
    app: &App,
    new: &NewOrganization,
) -> Result<OrganizationRow, Error> {
    let now = app.now();
    let organization = Organization {
        id: OrganizationId::generate(&mut app.rng()),
        name: new.name.clone(),
        plan: new.plan,
        created_at: now,
        bootstrapped_at: None,
        removed_at: None,
    };
    tx.insert_organization(&organization).await?;
    let version =
        organizations::record(tx, &organization, now, ActorId::Operator, "organization.created").await?;
    let mut row = OrganizationRow { organization, version };
    if new.bootstrap {
        organizations::bootstrap_in(tx, app, &mut row, ActorId::Operator).await?;
    }
    Ok(row)
}

async fn insert_project(tx: &mut Tx, app: &App, organization: &Organization) -> Result<ProjectId, Error> {
    let now = app.now();
    let project = Project {
        id: ProjectId::generate(now, &mut app.rng()),
        organization_id: organization.id.clone(),
        name: Name::parse("default", Name::PROJECT_CHARS_MAX).map_err(Error::name)?,
        max_pods: 0,
        force_encryption_with_cmek: false,
        created_at: now,
        removed_at: None,
    };
    Ok(projects::insert(tx, project, now, ActorId::Operator).await?.project.id)
}

async fn insert_account(
    tx: &mut Tx,
    app: &App,
    organization: &Organization,
    operator: bool,
) -> Result<(String, Zeroizing<String>), Error> {
    let now = app.now();
    let mut rng = app.rng();
    let client_id = String::from(&*random_text(32, &mut rng));
    let secret = draw_secret(app);
    let account = ServiceAccount {
        id: ServiceAccountId::generate(now, &mut rng),
        organization_id: organization.id.clone(),
        name: Name::parse("first owner", Name::KEY_CHARS_MAX).map_err(Error::name)?,
        client_id: client_id.clone(),
        secret_digest: app.pepper.digest(secret.as_bytes()),
        generation: 1,
        operator,
        created_at: now,
        updated_at: now,
        removed_at: None,
    };
    tx.insert_account(&account).await?;
    let binding = RoleBinding {
        id: RoleBindingId::generate(now, &mut rng),
        organization_id: organization.id.clone(),
        principal: Principal::ServiceAccount(account.id),
        resource: Resource::Organization(organization.id.clone()),
        role: "OrgOwner".into(),
        created_at: now,
    };
    tx.insert_binding(&binding).await?;
    let effects = [binding.principal.to_string(), roles::noted(&binding)].map(Effect::Note);
    let organization = organization.id.as_str();
    tx.record(now, ActorId::Operator, "service_account.created", organization, &effects).await?;
    Ok((client_id, secret))
}

/// Another setup code in the place of those there were, for an organization that has no owner in person: a code that
/// was lost, or an owner who left.
///
/// # Errors
/// There is no such organization, a person is its owner already, or the database did not take it.
pub async fn renew_setup_code(app: &App, id: &OrganizationId) -> Result<Zeroizing<String>, Error> {
    let code = random_text(28, &mut app.rng());
    let (digest, now, id) = (app.pepper.digest(code.as_bytes()), app.now(), id.clone());
    app.change(Lane::Ordinary, async move |tx| {
        let absent = || super::sight::not_found(crate::error::Object::Organization, id.as_str());
        tx.organization(&id).await?.ok_or_else(absent)?;
        if tx.has_owner_in_person(&id).await? {
            let message = "a person owns this organization already: whoever else is to manage it is invited";
            return Err(Error::Conflict(message.into()));
        }
        tx.use_setup_codes(&id, now).await?;
        let operator = tx.is_operators(&id).await?;
        tx.insert_setup_code(&digest, &id, operator, now).await?;
        let effects = [Effect::Note("the setup codes before it are void".into())];
        tx.record(now, ActorId::Operator, "setup_code.renewed", id.as_str(), &effects).await?;
        Ok(())
    })
    .await?;
    Ok(code)
}

/// Random characters of `[A-Z0-9]`: safe in form bodies, Basic credentials and URLs alike.
fn random_text(count: usize, rng: &mut impl Rng) -> Zeroizing<String> {
    Zeroizing::new(domain::random_text(count, rng))
}
