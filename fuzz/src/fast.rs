//! The same things said to the fast evaluator, as a store, the log and a door say them.

use crate::case::{Asked, Import, Key, Question, Standing, State, Step, Words, World};
use crate::catalogs::fast_catalog;
use crate::places::{
    HELD, Held, NOW, PEPPER, import_id, organization_id, organization_of, project_id, resource_id,
};
use domain::{
    Action, ActorId, Address, Ask, Change, ChangeHash, Effect, Filter, Grant, ImportState, KeyState, Level,
    Loaded, Name, Networks, Organization, Plan, Presented, Project, Registration, ResourceName, Snapshot,
    Timestamp, Verdict, Version, Wanted, link, verify, verify_legacy,
};

const AT: Timestamp = Timestamp::from_micros(NOW);

/// The memory of a node that loaded everything.
pub(crate) fn built(world: &World) -> Snapshot {
    Snapshot::build(Loaded {
        version: Version(1),
        hash: ChangeHash::START,
        catalog: fast_catalog(world.words).clone(),
        projects: (0..world.projects.len()).filter_map(|at| project(world, at)).collect(),
        keys: kept(world).map(|(key, held)| record(key, held)).collect(),
        imports: (0..world.imports.len())
            .filter(|at| world.imports.get(*at) == Some(&Import::Complete))
            .map(import_id)
            .collect(),
        resources: world.resources.iter().map(|(text, at)| (text.clone(), project_id(*at))).collect(),
        trust: domain::token::Trust::default(),
    })
}

/// The memory of a node that loaded the start and followed the log.
pub(crate) fn followed(start: &World, steps: &[Step]) -> Snapshot {
    let mut snapshot = built(start);
    let mut world = start.clone();
    for step in steps {
        world = world.after(step);
        let change = change(&snapshot, &effects(step, &world));
        if let Err(error) = snapshot.apply(&change) {
            unreachable!("a change of our own: {error}");
        }
    }
    snapshot
}

fn change(before: &Snapshot, effects: &[Effect]) -> Change {
    let body =
        serde_json::to_string(effects).unwrap_or_else(|error| unreachable!("effects are JSON: {error}"));
    let version = before.version().next();
    let fields = ["operator", "test.changed", "org_a"];
    let [actor, action, organization] = fields.map(str::to_owned);
    let hash = link(before.hash(), version, AT, [&*actor, &*action, &*organization, &*body]);
    Change { version, at: AT, actor, action, organization, body, hash }
}

fn effects(step: &Step, after: &World) -> Vec<Effect> {
    let projects = |which: &dyn Fn(usize) -> bool| {
        let these = (0..after.projects.len()).filter(|at| which(*at));
        these.filter_map(|at| project(after, at)).map(Effect::Project).collect::<Vec<_>>()
    };
    match step {
        Step::Key(at, key) => {
            HELD.get(*at).map(|held| Effect::Key(Box::new(record(key, held)))).into_iter().collect()
        }
        Step::Project(at, _) => projects(&|other| other == *at),
        Step::Close(at) => {
            let mut effects = projects(&|project| organization_of(project) == *at);
            effects.push(Effect::Organization(closed(*at)));
            effects
        }
        Step::Register(text, project) => vec![Effect::Resource(registration(text, *project, None))],
        // Whose it was does not matter any more.
        Step::Release(text) => vec![Effect::Resource(registration(text, 0, Some(AT)))],
        Step::Import(at, state) => imported(after, *at, *state),
        Step::Words(words) => vec![Effect::Catalog(fast_catalog(*words).text().to_owned())],
    }
}

fn project(world: &World, at: usize) -> Option<Project> {
    let removed_at = match world.projects.get(at)? {
        Standing::Alive => None,
        Standing::Removed => Some(AT),
        Standing::Unknown => return None,
    };
    Some(Project {
        id: project_id(at),
        organization_id: organization_id(organization_of(at)),
        name: name(),
        max_pods: 0,
        force_encryption_with_cmek: false,
        created_at: AT,
        removed_at,
    })
}

fn kept(world: &World) -> impl Iterator<Item = (&Key, &Held)> {
    world.keys.iter().zip(HELD.iter()).filter(|(key, _)| !world.forgotten(key))
}

fn imported(after: &World, at: usize, state: Import) -> Vec<Effect> {
    let import = domain::Import {
        id: import_id(at),
        project_id: project_id(0),
        keys: 1,
        state: match state {
            Import::Staged => ImportState::Staged,
            Import::Complete => ImportState::Complete,
            Import::Abandoned => ImportState::Abandoned,
        },
        created_at: AT,
        created_by: ActorId::Operator,
    };
    let mut effects = vec![Effect::Import(import)];
    if state == Import::Abandoned {
        let gone = after.keys.iter().zip(HELD.iter()).filter(|(key, _)| key.import == Some(at));
        effects
            .push(Effect::Forgotten { import: import_id(at), keys: gone.map(|(_, held)| held.id).collect() });
    }
    effects
}

fn registration(text: &str, project: usize, released_at: Option<Timestamp>) -> Registration {
    Registration {
        id: resource_id(),
        resource: ResourceName::restored(text).unwrap_or_else(|| unreachable!("the name of a resource")),
        name: name(),
        organization_id: organization_id(organization_of(project)),
        project_id: project_id(project),
        created_at: AT,
        created_by: ActorId::Operator,
        released_at,
    }
}

fn closed(at: usize) -> Organization {
    Organization {
        id: organization_id(at),
        name: name(),
        plan: Plan::Free,
        created_at: AT,
        bootstrapped_at: Some(AT),
        removed_at: Some(AT),
    }
}

fn record(key: &Key, held: &Held) -> domain::Key {
    domain::Key {
        id: held.id,
        project_id: project_id(key.project),
        name: name(),
        digest: held.secret(key.secret).digest,
        class: "standard".to_owned(),
        hint: String::new(),
        grant: key.grant.clone(),
        state: match key.state {
            State::Active => KeyState::Active,
            State::Disabled => KeyState::Disabled { since: AT },
            State::Revoked => KeyState::Revoked { at: AT, by: ActorId::Operator },
        },
        expires_at: key.expires_at.map(Timestamp::from_micros),
        // A list that is refused is on no record; see `make`.
        networks: list(&key.networks).unwrap_or_default(),
        created_at: AT,
        created_by: ActorId::Operator,
        import: key.import.map(import_id),
    }
}

fn name() -> Name {
    Name::parse("name", Name::KEY_CHARS_MAX).unwrap_or_else(|_| unreachable!("a name"))
}

fn list(entries: &[String]) -> Option<Networks> {
    Networks::parse(entries.iter().map(String::as_str)).ok()
}

/// The code of the verdict, or of the door that refuses to ask.
pub(crate) fn verdict(known: &Snapshot, key: usize, question: &Question) -> &'static str {
    let Some(held) = HELD.get(key) else { return "unknown" };
    let segments: Vec<Option<&str>>;
    let wanted = match &question.wanted {
        None => None,
        Some((action, asked)) => {
            let asked = match asked {
                Asked::Text(text) => domain::Asked::Text(text),
                Asked::Array(array) => {
                    segments = array.iter().map(Option::as_deref).collect();
                    domain::Asked::Segments(&segments)
                }
            };
            let (Some(action), Ok(address)) =
                (Action::parse(action), Address::parse(asked, known.catalog().types()))
            else {
                return "malformed_request";
            };
            Some(Wanted { action, address })
        }
    };
    let ask = Ask { wanted, client: question.client, organization: question.organization.as_deref() };
    let text = &held.secret(question.secret).text;
    let now = Timestamp::from_micros(question.now);
    let verdict = match Presented::parse(text, known.catalog(), &PEPPER) {
        Ok(presented) => verify(known, &presented, &ask, now),
        Err(_) => verify_legacy(known, text, &PEPPER, &ask, now),
    };
    match verdict {
        Verdict::Granted(_) => "allowed",
        Verdict::Denied(reason, _) => reason.code(),
    }
}

/// The canonical text of a filter.
pub(crate) fn filter(words: Words, text: &str) -> Option<String> {
    Filter::parse(text, fast_catalog(words).types()).ok().map(|filter| filter.text().to_owned())
}

/// The blocks of a list, read from how they are shown.
pub(crate) fn networks(entries: &[String]) -> Option<Vec<(usize, String)>> {
    let shown: Vec<String> = list(entries)?.entries().map(|entry| entry.to_string()).collect();
    crate::slow::networks(&shown)
}

/// Action and canonical filter of each scope. The grant as it is kept must mean the same.
pub(crate) fn grant(words: Words, at: usize, grant: &Grant) -> Option<Vec<(String, String)>> {
    let (catalog, project) = (fast_catalog(words), project_id(at));
    let scopes = grant.compile(catalog, project).ok()?;
    let kept = grant.clone().canonical(catalog, project).and_then(|kept| kept.compile(catalog, project));
    if kept.as_ref() != Ok(&scopes) {
        return Some(vec![("kept otherwise".to_owned(), format!("{kept:?}"))]);
    }
    let mut shown: Vec<_> =
        scopes.iter().map(|scope| (scope.actions.to_string(), scope.filter.text().to_owned())).collect();
    shown.sort();
    Some(shown)
}

/// What a key means that had this level for GraphQL where it was made.
pub(crate) fn legacy(words: Words, had: Level) -> Option<Vec<(String, String)>> {
    grant(words, 0, &Grant::legacy(had))
}

/// Whether the first grant gives nothing that the second does not give. One that does not fit gives nothing.
pub(crate) fn subset(words: Words, given: &Grant, held: &Grant) -> bool {
    let scopes = |grant: &Grant| grant.compile(fast_catalog(words), project_id(0)).unwrap_or_default();
    domain::subset(&scopes(given), &scopes(held))
}

/// Whether the first list lets nobody through whom the second does not let through; `None` where one is no list.
pub(crate) fn within(given: &[String], held: &[String]) -> Option<bool> {
    Some(list(given)?.within(&list(held)?))
}
