//! A presented API key, found and alive: what every surface of the control plane asks first.

use crate::{App, Error};
use domain::access::{Caller, Limits};
use domain::{
    Action, ActorId, Address, Ask, Asked, Catalog, Holder, Key, KeyStatus, Malformed, OrganizationId,
    Presented, Project, Reason, Scope, Scopes, Wanted, administers, permits,
};
use std::net::IpAddr;
use std::sync::Arc;

/// A key that was presented and may be used, from where it was used.
#[derive(Debug, Clone)]
pub struct LiveKey {
    /// The key.
    pub key: Key,
    /// The project it belongs to.
    pub project: Project,
    /// Its grant, compiled.
    pub scopes: Vec<Scope>,
    /// What it was compiled with.
    pub catalog: Arc<Catalog>,
}

impl App {
    /// Checks a key as it was sent: its form first, then all that a verification checks, in the same order. Scopes
    /// are left to whoever knows what is asked.
    ///
    /// # Errors
    /// The database did not answer. A key that is refused is no error.
    pub async fn live_key(
        &self,
        text: &str,
        client: Option<IpAddr>,
    ) -> Result<Result<LiveKey, Reason>, Error> {
        let catalog = self.catalog().await?;
        let (presented, absent) = match Presented::parse(text, &catalog, &self.pepper) {
            Ok(presented) => (Some(presented), Reason::Unknown),
            // It may be a key of another system; if it is none, nobody learns that any were imported.
            Err(Malformed) => (Presented::legacy(text, &self.pepper), Reason::Malformed),
        };
        let Some(presented) = presented else { return Ok(Err(absent)) };
        let Some(row) = self.store.key_of_digest(presented.digest()).await? else { return Ok(Err(absent)) };
        let key = row.key;
        let Some(project) = self.living_project(&key).await? else { return Ok(Err(Reason::Disabled)) };
        Ok(match refusal(&key, client, self.now()) {
            Some(reason) => Err(reason),
            None => {
                // A grant that no longer fits the catalog grants nothing.
                let scopes = key.grant.compile(&catalog, key.project_id).unwrap_or_default();
                Ok(LiveKey { key, project, scopes, catalog })
            }
        })
    }

    /// The key's project, unless it or its organization is gone, or the organization may have no keys.
    async fn living_project(&self, key: &Key) -> Result<Option<Project>, Error> {
        let Some(project) = self.store.project(key.project_id).await? else { return Ok(None) };
        let organization = self.store.organization(&project.project.organization_id).await?;
        let bootstrapped = organization.is_some_and(|found| found.organization.bootstrapped_at.is_some());
        Ok(Some(project.project).filter(|_| bootstrapped))
    }
}

fn refusal(key: &Key, client: Option<IpAddr>, now: domain::Timestamp) -> Option<Reason> {
    match key.status(now) {
        KeyStatus::Revoked => Some(Reason::Revoked),
        KeyStatus::Expired => Some(Reason::Expired),
        KeyStatus::Disabled => Some(Reason::Disabled),
        KeyStatus::Active => (!key.networks.allows(client)).then_some(Reason::IpNotAllowed),
    }
}

impl LiveKey {
    /// Whose the key is.
    pub fn organization(&self) -> &OrganizationId {
        &self.project.organization_id
    }

    /// Whether the key may do this to a resource of Keydesk's own that belongs to no project, as a verification
    /// would decide it. A resource that has an owner is refused.
    pub fn permits(&self, action: Action, resource: &str) -> bool {
        let types = self.catalog.types();
        let Ok(address) = Address::parse(Asked::Text(resource), types) else { return false };
        let ask = Ask {
            wanted: Some(Wanted { action, address }),
            client: None,
            organization: Some(self.organization().as_str()),
        };
        let (project, organization) = (self.project.id, self.organization());
        permits(
            &Holder { types, project, organization, registered_to: |_: &str| None },
            &Scopes::new(&self.scopes),
            &ask,
        )
    }

    /// Whether the key is an administrator's.
    pub fn administers(&self) -> bool {
        administers(&self.key, self.organization(), &self.catalog)
    }

    /// The key as a caller of the Admin API; `None` when it may not administer.
    pub fn into_caller(self) -> Option<Caller> {
        let LiveKey { key, project, scopes, catalog } = self;
        administers(&key, &project.organization_id, &catalog).then(|| Caller {
            actor: ActorId::Key(key.id),
            organization: project.organization_id,
            bindings: Vec::new(),
            generation: None,
            limits: Some(Limits {
                grant: key.grant,
                scopes,
                networks: key.networks,
                expires_at: key.expires_at,
            }),
            operator: false,
        })
    }
}
