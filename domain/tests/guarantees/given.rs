//! What most tests start from: two tenants, one with two projects, and keys of the first project.

use domain::{
    Action, ActorId, Address, Ask, Asked, Catalog, Change, ChangeHash, Effect, Grant, ImportId, Key, KeyId,
    KeySecret, KeyState, LegacyValue, Level, Loaded, Malformed, Name, Networks, OrganizationId, Pepper,
    Presented, Project, ProjectId, Reason, Snapshot, Timestamp, Verdict, Version, Wanted, link, verify,
    verify_legacy,
};
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::net::IpAddr;
use std::sync::LazyLock;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// The same numbers in every run.
pub(crate) fn rng(seed: u8) -> TestRng {
    TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32])
}

pub(crate) fn pepper() -> Pepper {
    Pepper::new(&std::array::from_fn(|at| at as u8))
}

/// A key and its plaintext.
pub(crate) struct Held {
    pub(crate) text: String,
    pub(crate) key: Key,
}

pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) rng: TestRng,
    /// The project of all keys, unless said otherwise.
    pub(crate) own: Project,
    /// Another project of the same organization.
    pub(crate) sister: Project,
    /// A project of the other organization.
    pub(crate) foreign: Project,
}

impl World {
    pub(crate) fn new() -> World {
        // Reading it is most of what a small test would do.
        static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
        World::with_catalog(CATALOG.clone())
    }

    pub(crate) fn with_catalog(catalog: Catalog) -> World {
        let mut rng = rng(1);
        let ours = OrganizationId::generate(&mut rng);
        let theirs = OrganizationId::generate(&mut rng);
        let own = project(ours.clone(), &mut rng);
        let sister = project(ours, &mut rng);
        let foreign = project(theirs, &mut rng);
        World { catalog, rng, own, sister, foreign }
    }

    /// A key of the own project with these scopes.
    pub(crate) fn key(&mut self, scopes: &[(&str, &str)]) -> Held {
        let scopes = scopes.iter().map(|(action, filter)| ((*action).to_owned(), (*filter).to_owned()));
        self.key_with(Grant::Scopes(scopes.collect()))
    }

    /// A key of the own project with this grant.
    pub(crate) fn key_with(&mut self, grant: Grant) -> Held {
        key_of(&self.own, grant, &mut self.rng)
    }

    /// Each project has one registered endpoint, named after it: `own`, `sister`, `foreign`.
    pub(crate) fn resources(&self) -> Vec<(String, ProjectId)> {
        [("own", &self.own), ("sister", &self.sister), ("foreign", &self.foreign)]
            .map(|(name, project)| (format!("ENDPOINT/{name}"), project.id))
            .into()
    }

    pub(crate) fn knowing<'k>(&self, keys: impl IntoIterator<Item = &'k Held>) -> Snapshot {
        Snapshot::build(self.loaded(keys))
    }

    pub(crate) fn loaded<'k>(&self, keys: impl IntoIterator<Item = &'k Held>) -> Loaded {
        Loaded {
            version: Version(1),
            hash: ChangeHash::START,
            catalog: self.catalog.clone(),
            projects: vec![self.own.clone(), self.sister.clone(), self.foreign.clone()],
            keys: keys.into_iter().map(|held| held.key.clone()).collect(),
            imports: Vec::new(),
            resources: self.resources(),
            trust: domain::token::Trust::default(),
        }
    }

    /// The change that comes after what is known.
    pub(crate) fn change(&self, known: &Snapshot, effects: &[Effect]) -> Change {
        let version = known.version().next();
        let body = serde_json::to_string(effects).unwrap();
        let [actor, action, organization] = ["operator", "test.changed", "org"].map(str::to_owned);
        let hash = link(known.hash(), version, NOW, [&actor, &action, &organization, &body]);
        Change { version, at: NOW, actor, action, organization, body, hash }
    }

    pub(crate) fn organization(&self) -> &str {
        self.own.organization_id.as_str()
    }

    pub(crate) fn other_organization(&self) -> &str {
        self.foreign.organization_id.as_str()
    }
}

pub(crate) fn project(organization_id: OrganizationId, rng: &mut TestRng) -> Project {
    Project {
        id: ProjectId::generate(NOW, rng),
        organization_id,
        name: name("project"),
        max_pods: 0,
        force_encryption_with_cmek: false,
        created_at: NOW,
        removed_at: None,
    }
}

pub(crate) fn key_of(project: &Project, grant: Grant, rng: &mut TestRng) -> Held {
    let secret = KeySecret::generate("rpa", rng);
    let key = Key {
        id: KeyId::generate(NOW, rng),
        project_id: project.id,
        name: name("key"),
        digest: pepper().digest(secret.expose().as_bytes()),
        class: "standard".to_owned(),
        hint: secret.hint(),
        grant,
        state: KeyState::Active,
        expires_at: None,
        networks: Networks::default(),
        created_at: NOW,
        created_by: ActorId::Operator,
        import: None,
    };
    Held { text: secret.expose().to_owned(), key }
}

/// A key of another system, not yet imported.
pub(crate) fn legacy_of(
    project: &Project,
    text: &str,
    import: ImportId,
    graphql: Level,
    rng: &mut TestRng,
) -> Held {
    let value = LegacyValue::parse(text).unwrap();
    let made = key_of(project, Grant::legacy(graphql), rng).key;
    let (class, hint) = ("legacy".to_owned(), value.hint());
    let key = Key { digest: value.digest(&pepper()), class, hint, import: Some(import), ..made };
    Held { text: text.to_owned(), key }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text, Name::KEY_CHARS_MAX).unwrap()
}

/// What is asked besides the key.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) wanted: Option<(&'a str, Asked<'a>)>,
    pub(crate) client: Option<IpAddr>,
    pub(crate) organization: Option<&'a str>,
    pub(crate) now: Timestamp,
}

impl<'a> Question<'a> {
    pub(crate) fn nothing() -> Question<'a> {
        Question { wanted: None, client: None, organization: None, now: NOW }
    }

    pub(crate) fn of(action: &'a str, resource: &'a str) -> Question<'a> {
        Question { wanted: Some((action, Asked::Text(resource))), ..Question::nothing() }
    }

    pub(crate) fn in_organization(self, organization: &'a str) -> Question<'a> {
        Question { organization: Some(organization), ..self }
    }

    pub(crate) fn from(self, client: &str) -> Question<'a> {
        Question { client: Some(client.parse().unwrap()), ..self }
    }

    pub(crate) fn at(self, now: Timestamp) -> Question<'a> {
        Question { now, ..self }
    }
}

/// The whole way from the presented text to the verdict, as a door goes it.
pub(crate) fn decide<'s>(known: &'s Snapshot, text: &str, question: Question<'_>) -> Verdict<'s> {
    let wanted = question.wanted.map(|(action, resource)| Wanted {
        action: Action::parse(action).unwrap(),
        address: Address::parse(resource, known.catalog().types()).unwrap(),
    });
    let ask = Ask { wanted, client: question.client, organization: question.organization };
    match Presented::parse(text, known.catalog(), &pepper()) {
        Ok(presented) => verify(known, &presented, &ask, question.now),
        Err(Malformed) => verify_legacy(known, text, &pepper(), &ask, question.now),
    }
}

/// Why it was refused, or `None` when it may pass.
pub(crate) fn refusal(known: &Snapshot, held: &Held, question: Question<'_>) -> Option<Reason> {
    match decide(known, &held.text, question) {
        Verdict::Granted(_) => None,
        Verdict::Denied(reason, _) => Some(reason),
    }
}

pub(crate) fn allows(known: &Snapshot, held: &Held, question: Question<'_>) -> bool {
    refusal(known, held, question).is_none()
}
