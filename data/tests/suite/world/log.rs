//! The log: commits objects with their change, and answers a follower as it was told to.

use super::{LEASE, pepper};
use data::{Head, NodeId, Source, SourceError};
use domain::{
    ActorId, Catalog, Change, ChangeHash, Effect, Grant, ImportId, Key, KeyId, KeySecret, KeyState, Loaded,
    Name, Networks, OrganizationId, Project, ProjectId, Timestamp, Version, link,
};
use rand_core::UnwrapErr;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// A key and its plaintext.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) key: Key,
    pub(crate) secret: String,
}

#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) history: String,
    pub(crate) head: (Version, ChangeHash),
    pub(crate) changes: Vec<Change>,
    pub(crate) project: Project,
    /// Those of other organizations.
    others: Vec<Project>,
    pub(crate) keys: BTreeMap<KeyId, Key>,
    /// The imports that are complete.
    pub(crate) imports: Vec<ImportId>,
    pub(crate) nodes: BTreeMap<String, i64>,
    pub(crate) applied: BTreeMap<String, Version>,
    /// What was asked, in order.
    pub(crate) calls: Vec<&'static str>,
    /// Calls of these names fail.
    pub(crate) down: Vec<&'static str>,
    /// Runs while a renewal is under way.
    pub(crate) during_renewal: Option<Box<dyn Fn() + Send>>,
    /// How long reading changes takes.
    pub(crate) slow: Duration,
    /// What each renewal grants.
    pub(crate) lease: Duration,
}

impl Log {
    pub(crate) fn new() -> Log {
        let project = Project {
            id: ProjectId::generate(Timestamp::from_micros(0), &mut rng()),
            organization_id: OrganizationId::parse("org_1").unwrap(),
            name: Name::parse("main", 80).unwrap(),
            max_pods: 0,
            force_encryption_with_cmek: false,
            created_at: Timestamp::from_micros(0),
            removed_at: None,
        };
        let state = State {
            history: "h1".into(),
            head: (Version::START, ChangeHash::START),
            changes: Vec::new(),
            project: project.clone(),
            others: Vec::new(),
            keys: BTreeMap::new(),
            imports: Vec::new(),
            nodes: BTreeMap::new(),
            applied: BTreeMap::new(),
            calls: Vec::new(),
            down: Vec::new(),
            during_renewal: None,
            slow: Duration::ZERO,
            lease: LEASE,
        };
        let log = Log(Arc::new(Mutex::new(state)));
        log.commit(Effect::Project(project));
        log
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn version(&self) -> Version {
        self.state().head.0
    }

    /// A project of another organization.
    pub(crate) fn neighbour(&self, organization: &str) -> ProjectId {
        let id = ProjectId::generate(Timestamp::from_micros(0), &mut rng());
        let organization_id = OrganizationId::parse(organization).unwrap();
        let project = Project { id, organization_id, ..self.state().project.clone() };
        self.commit(Effect::Project(project));
        id
    }

    /// Issues a key that may do everything, changed as wanted.
    pub(crate) fn issue(&self, edit: impl FnOnce(&mut Key)) -> Issued {
        let secret = KeySecret::generate("rpa", &mut rng());
        let project_id = self.state().project.id;
        let mut key = Key {
            id: KeyId::generate(Timestamp::from_micros(0), &mut rng()),
            project_id,
            name: Name::parse("ci", 80).unwrap(),
            digest: pepper().digest(secret.expose().as_bytes()),
            class: "standard".into(),
            hint: secret.hint(),
            grant: Grant::Scopes(vec![("*".into(), "*".into())]),
            state: KeyState::Active,
            expires_at: None,
            networks: Networks::default(),
            created_at: Timestamp::from_micros(0),
            created_by: ActorId::Operator,
            import: None,
        };
        edit(&mut key);
        self.commit(Effect::Key(Box::new(key.clone())));
        Issued { key, secret: secret.expose().to_owned() }
    }

    pub(crate) fn revoke(&self, issued: &Issued) -> Version {
        self.revoke_and(issued, |_| ())
    }

    /// Revokes, and runs `then` with the version before anybody can see it.
    pub(crate) fn revoke_and(&self, issued: &Issued, then: impl FnOnce(Version)) -> Version {
        let mut key = issued.key.clone();
        key.state = key.state.revoked(Timestamp::from_micros(0), ActorId::Operator);
        self.commit_body(effects(Effect::Key(Box::new(key))), then)
    }

    pub(crate) fn commit(&self, effect: Effect) -> Version {
        self.commit_body(effects(effect), |_| ())
    }

    pub(crate) fn commit_body(&self, body: String, then: impl FnOnce(Version)) -> Version {
        let mut state = self.state();
        for effect in serde_json::from_str::<Vec<Effect>>(&body).unwrap_or_default() {
            match effect {
                Effect::Key(key) => drop(state.keys.insert(key.id, *key)),
                Effect::Project(project) if project.id == state.project.id => state.project = project,
                Effect::Project(project) => state.others.push(project),
                Effect::Import(import) => state.imports.extend(Some(import.id)),
                Effect::Organization(_)
                | Effect::Forgotten { .. }
                | Effect::Resource(_)
                | Effect::SigningKey(_)
                | Effect::RevokedToken(_)
                | Effect::Catalog(_)
                | Effect::Note(_) => {}
            }
        }
        let (version, at) = (state.head.0.next(), Timestamp::from_micros(1));
        let hash = link(state.head.1, version, at, ["operator", "test", "", &body]);
        let (actor, action, organization) = ("operator".into(), "test".into(), String::new());
        state.changes.push(Change { version, at, actor, action, organization, body, hash });
        state.head = (version, hash);
        then(version);
        version
    }

    fn called(&self, name: &'static str) -> Result<MutexGuard<'_, State>, SourceError> {
        let mut state = self.state();
        state.calls.push(name);
        if state.down.contains(&name) { Err(SourceError::Failed("down".into())) } else { Ok(state) }
    }
}

impl Source for Log {
    async fn register(&self, node: &NodeId) -> Result<(), SourceError> {
        self.called("register")?.nodes.insert(node.to_string(), 0);
        Ok(())
    }

    async fn renew(&self, node: &NodeId, beat: i64) -> Result<Head, SourceError> {
        let mut state = self.called("renew")?;
        if let Some(hook) = &state.during_renewal {
            hook();
        }
        let row = state.nodes.get_mut(node.as_str()).filter(|row| **row == beat).ok_or(SourceError::Lost)?;
        *row += 1;
        let beat = *row;
        Ok(Head {
            history: state.history.clone(),
            version: state.head.0,
            hash: state.head.1,
            beat,
            lease: state.lease,
        })
    }

    async fn load(&self) -> Result<(String, Loaded), SourceError> {
        let state = self.called("load")?;
        let loaded = Loaded {
            version: state.head.0,
            hash: state.head.1,
            catalog: Catalog::builtin(),
            projects: std::iter::once(&state.project).chain(&state.others).cloned().collect(),
            keys: state.keys.values().cloned().collect(),
            imports: state.imports.clone(),
            resources: Vec::new(),
            trust: domain::token::Trust::default(),
        };
        Ok((state.history.clone(), loaded))
    }

    async fn changes(&self, from: Version, limit: usize) -> Result<Vec<Change>, SourceError> {
        let slow = self.state().slow;
        if !slow.is_zero() {
            tokio::time::sleep(slow).await;
        }
        let state = self.called("changes")?;
        Ok(state.changes.iter().filter(|change| change.version >= from).take(limit).cloned().collect())
    }

    async fn applied(&self, node: &NodeId, version: Version) -> Result<(), SourceError> {
        self.called("applied")?.applied.insert(node.to_string(), version);
        Ok(())
    }

    async fn deregister(&self, node: &NodeId) -> Result<(), SourceError> {
        self.called("deregister")?.nodes.remove(node.as_str());
        Ok(())
    }
}

fn effects(effect: Effect) -> String {
    serde_json::to_string(&[effect]).unwrap()
}

pub(crate) fn rng() -> impl rand_core::Rng {
    UnwrapErr(getrandom::SysRng)
}
