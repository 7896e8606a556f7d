//! A memory that was patched change by change is the same as one built from everything on record.

use crate::given::{Held, NOW, Question, World, decide, key_of, legacy_of};
use domain::{
    Access, ActorId, ApplyError, Catalog, Change, ChangeHash, Effect, Grant, Import, ImportId, ImportState,
    Key, KeyState, Level, Loaded, Networks, Preset, Project, Snapshot, Timestamp, Verdict, Version, link,
};
use proptest::prelude::*;

/// Everything on record, and the log that led there.
struct Record {
    world: World,
    catalog: String,
    projects: Vec<Project>,
    held: Vec<Held>,
    log: Vec<Change>,
    /// The import that is being written, and those that are complete.
    staged: Option<Import>,
    complete: Vec<ImportId>,
    /// Keys of imports that were given up.
    forgotten: Vec<Held>,
}

/// The default with its resource types in another order, other roles, and without `THING` and its company.
fn other_catalog() -> String {
    let keep = |block: &&str| {
        !["\"THING\"", "\"TRANSACTION\"", "\"MONITOR\"", "Viewer"].iter().any(|word| block.contains(word))
    };
    let (types, rest): (Vec<&str>, Vec<&str>) =
        Catalog::DEFAULT.split("\n\n").filter(keep).partition(|block| block.starts_with("[[resource_type]]"));
    types.into_iter().rev().chain(rest).collect::<Vec<_>>().join("\n\n")
}

impl Record {
    fn new() -> Record {
        let world = World::new();
        Record {
            world,
            catalog: Catalog::DEFAULT.to_owned(),
            projects: Vec::new(),
            held: Vec::new(),
            log: Vec::new(),
            staged: None,
            complete: Vec::new(),
            forgotten: Vec::new(),
        }
    }

    fn built(&self) -> Snapshot {
        Snapshot::build(Loaded {
            version: self.version(),
            hash: self.log.last().map_or(ChangeHash::START, |change| change.hash),
            catalog: Catalog::parse(&self.catalog).unwrap(),
            projects: self.projects.clone(),
            keys: self.held.iter().map(|held| held.key.clone()).collect(),
            imports: self.complete.clone(),
            resources: self.world.resources(),
            trust: domain::token::Trust::default(),
        })
    }

    fn version(&self) -> Version {
        self.log.last().map_or(Version::START, |change| change.version)
    }

    /// The change that would come next.
    fn next(&self, body: String) -> Change {
        let previous = self.log.last().map_or(ChangeHash::START, |change| change.hash);
        let version = self.version().next();
        let [actor, action, organization] = ["operator", "test.changed", "org"].map(str::to_owned);
        let hash = link(previous, version, NOW, [&actor, &action, &organization, &body]);
        Change { version, at: NOW, actor, action, organization, body, hash }
    }

    fn write(&mut self, effects: &[Effect]) {
        self.log.push(self.next(serde_json::to_string(effects).unwrap()));
    }

    /// One random step: what happens, to whom, and how.
    fn step(&mut self, (what, whom, how): (u8, u8, u8)) {
        let projects = [&self.world.own, &self.world.sister, &self.world.foreign];
        let home = projects[usize::from(whom) % 3].clone();
        let known = self.projects.iter().position(|project| project.id == home.id);
        let effects = match what % 20 {
            0 | 1 if known.is_none() => {
                self.projects.push(home.clone());
                vec![Effect::Project(home)]
            }
            2 => match known {
                Some(at) if how.is_multiple_of(4) => {
                    self.projects[at].removed_at = Some(NOW);
                    vec![Effect::Project(self.projects[at].clone())]
                }
                Some(at) => {
                    self.projects[at].name = crate::given::name(&format!("renamed {how}"));
                    vec![Effect::Project(self.projects[at].clone())]
                }
                None => vec![Effect::Note("nobody removed".to_owned())],
            },
            3..=6 => {
                let held = key_of(&home, grant(how), &mut self.world.rng);
                self.held.push(held);
                vec![Effect::Key(Box::new(self.held.last().unwrap().key.clone()))]
            }
            7 => {
                self.catalog =
                    if how.is_multiple_of(2) { other_catalog() } else { Catalog::DEFAULT.to_owned() };
                vec![Effect::Catalog(self.catalog.clone())]
            }
            8 => {
                // Several objects in one change, the catalog between them.
                let held = key_of(&home, grant(how), &mut self.world.rng);
                self.catalog = other_catalog();
                let key = Effect::Key(Box::new(held.key.clone()));
                let mut effects =
                    vec![key, Effect::Catalog(self.catalog.clone()), Effect::Note("both".to_owned())];
                self.held.push(held);
                if let Some(last) = self.change_key(whom, |key| key.state = key.state.disabled(NOW)) {
                    effects.push(last);
                }
                effects
            }
            9 => self.change_key(whom, |key| key.state = key.state.disabled(NOW)).into_iter().collect(),
            10 => self.change_key(whom, |key| key.state = key.state.enabled()).into_iter().collect(),
            11 => self
                .change_key(whom, |key| key.state = key.state.revoked(NOW, ActorId::Operator))
                .into_iter()
                .collect(),
            12 => self.change_key(whom, |key| key.grant = grant(how)).into_iter().collect(),
            13 => self
                .change_key(whom, |key| key.networks = Networks::parse(["10.0.0.0/8"]).unwrap())
                .into_iter()
                .collect(),
            14 => {
                let expires_at = Some(NOW.plus_seconds(i64::from(how) - 128));
                self.change_key(whom, |key| key.expires_at = expires_at).into_iter().collect()
            }
            15 => {
                // Another secret for the same key: the one before is nobody's from now on.
                let fresh = key_of(&home, Grant::default_roles(), &mut self.world.rng).key.digest;
                self.change_key(whom, |key| key.digest = fresh).into_iter().collect()
            }
            16 | 17 => self.stage(&home, how),
            18 => match self.staged.take() {
                Some(import) if how.is_multiple_of(3) => self.forget(import),
                Some(import) => {
                    self.complete.push(import.id);
                    vec![Effect::Import(Import { state: ImportState::Complete, ..import })]
                }
                None => vec![Effect::Note("nothing to complete".to_owned())],
            },
            _ => vec![Effect::Note("nothing".to_owned())],
        };
        self.write(&effects);
    }

    /// Another key of the import that is being written.
    fn stage(&mut self, home: &Project, how: u8) -> Vec<Effect> {
        let new = Import {
            id: ImportId::generate(NOW, &mut self.world.rng),
            project_id: home.id,
            keys: 0,
            state: ImportState::Staged,
            created_at: NOW,
            created_by: ActorId::Operator,
        };
        let import = self.staged.get_or_insert(new).clone();
        let (text, level) = (format!("legacy key {}", self.log.len()), [Level::ReadOnly, Level::ReadWrite]);
        let level = level[usize::from(how) % 2];
        let held = legacy_of(home, &text, import.id, level, &mut self.world.rng);
        let key = Effect::Key(Box::new(held.key.clone()));
        self.held.push(held);
        vec![Effect::Import(import), key]
    }

    /// Takes the keys of an import away that was given up.
    fn forget(&mut self, import: Import) -> Vec<Effect> {
        let of_import = |held: &Held| held.key.import == Some(import.id);
        let forgotten: Vec<Held> = self.held.extract_if(.., |held| of_import(held)).collect();
        let keys = forgotten.iter().map(|held| held.key.id).collect();
        self.forgotten.extend(forgotten);
        let id = import.id;
        let abandoned = Import { state: ImportState::Abandoned, ..import };
        vec![Effect::Import(abandoned), Effect::Forgotten { import: id, keys }]
    }

    fn change_key(&mut self, whom: u8, change: impl FnOnce(&mut Key)) -> Option<Effect> {
        let at = usize::from(whom).checked_rem(self.held.len())?;
        let before = self.held[at].key.clone();
        change(&mut self.held[at].key);
        if before.import.is_some() {
            // A key of another system keeps what it is known by.
            self.held[at].key.digest = before.digest;
        }
        Some(Effect::Key(Box::new(self.held[at].key.clone())))
    }

    /// What the snapshot says of every key, asked many things at many times.
    fn observed(&self, known: &Snapshot) -> Vec<String> {
        let own = self.world.own.id;
        let resources = [
            "GRAPHQL".to_owned(),
            "THING/Battery/b1".to_owned(),
            "ENDPOINT/own".to_owned(),
            "ENDPOINT/foreign".to_owned(),
            "COMMERCE".to_owned(),
            format!("PROJECT/{own}/DATA"),
            format!("PROJECT/{own}/CONTROL"),
        ];
        let mut observed = vec![format!("{:?} {:?} {}", known.version(), known.hash(), known.key_count())];
        for held in self.held.iter().chain(&self.forgotten) {
            let of_id =
                known.key_of_id(&held.key.id).map(|entry| (entry.id, entry.name.clone(), entry.project));
            observed.push(format!("{of_id:?} {}", known.key(&held.key.digest).is_some()));
            for seconds in [-200, 0, 200] {
                let now: Timestamp = NOW.plus_seconds(seconds);
                let client = |client| [Question::nothing().from(client).at(now), Question::nothing().at(now)];
                let asks = client("10.1.2.3").into_iter().chain(resources.iter().flat_map(|resource| {
                    ["read", "write"].map(|action| Question::of(action, resource).from("10.1.2.3").at(now))
                }));
                for ask in asks {
                    let types = known.catalog().types();
                    if ask.wanted.is_some_and(|(_, asked)| domain::Address::parse(asked, types).is_err()) {
                        observed.push("malformed question".to_owned());
                        continue;
                    }
                    observed.push(match decide(known, &held.text, ask) {
                        Verdict::Granted(found) => {
                            format!("{} {} {}", found.key.id, found.key.name, found.organization)
                        }
                        Verdict::Denied(reason, found) => {
                            format!("{reason:?} {:?}", found.map(|found| found.key.id))
                        }
                    });
                }
            }
        }
        observed
    }
}

fn grant(how: u8) -> Grant {
    let access = |preset, levels: &[(&str, Level)], endpoints: &[(&str, Level)]| {
        let map = |entries: &[(&str, Level)]| {
            entries.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect()
        };
        Grant::Access(Access { preset, levels: map(levels), endpoints: map(endpoints) })
    };
    let scopes = |written: &[(&str, &str)]| {
        Grant::Scopes(
            written.iter().map(|(action, filter)| ((*action).to_owned(), (*filter).to_owned())).collect(),
        )
    };
    match how % 7 {
        0 => Grant::default_roles(),
        1 => Grant::Roles(["DataPlaneViewer".to_owned()].into()),
        2 => access(Preset::All, &[], &[]),
        3 => access(Preset::Restricted, &[("ai", Level::Restricted)], &[("own", Level::ReadOnly)]),
        4 => access(Preset::Restricted, &[("graphql", Level::ReadWrite), ("ai", Level::ReadOnly)], &[]),
        5 => scopes(&[("read", "THING/#/#"), ("write", "COMMERCE")]),
        _ => scopes(&[("*", "COMMERCE"), ("read", "ENDPOINT/own")]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changes_applied_one_by_one_lead_where_building_from_scratch_does(
        steps in proptest::collection::vec(any::<(u8, u8, u8)>(), 1..24), kept in 0usize..24,
    ) {
        let mut record = Record::new();
        let mut patched = record.built();
        for (at, step) in steps.into_iter().enumerate() {
            record.step(step);
            let before = patched.clone();
            let answers = (at == kept).then(|| record.observed(&before));
            patched.apply(record.log.last().unwrap()).unwrap();
            if let Some(answers) = answers {
                prop_assert_eq!(record.observed(&before), answers, "a clone answers from its own time");
            }
        }
        prop_assert_eq!(record.observed(&patched), record.observed(&record.built()));
    }
}

/// Two projects, three keys, one of each kind of grant.
fn record_of_some() -> (Record, Snapshot) {
    let mut record = Record::new();
    for step in [(0, 0, 0), (0, 2, 0), (3, 0, 0), (3, 0, 2), (3, 2, 6)] {
        record.step(step);
    }
    let known = record.built();
    (record, known)
}

fn assert_unchanged(
    record: &Record,
    known: &mut Snapshot,
    change: &Change,
    expected: fn(&ApplyError) -> bool,
) {
    let before = record.observed(known);
    let error = known.apply(change).unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert_eq!(record.observed(known), before);
}

#[test]
fn a_change_that_is_not_the_next_one_is_refused_and_changes_nothing() {
    let (record, mut known) = record_of_some();
    let next = record.next("[]".to_owned());
    for version in [0, 1, record.version().0, record.version().0 + 2, -1, i64::MAX] {
        let change = Change { version: Version(version), ..next.clone() };
        assert_unchanged(&record, &mut known, &change, |error| matches!(error, ApplyError::Gap { .. }));
    }
    known.apply(&next).unwrap();
}

#[test]
fn a_change_of_another_history_is_refused_and_changes_nothing() {
    let (record, mut known) = record_of_some();
    let next = record.next("[]".to_owned());
    let mut hash = next.hash;
    hash.0[31] ^= 1;
    let other = || "x".to_owned();
    for change in [
        Change { hash, ..next.clone() },
        Change { hash: ChangeHash::START, ..next.clone() },
        Change { at: NOW.plus_seconds(1), ..next.clone() },
        Change { actor: other(), ..next.clone() },
        Change { action: other(), ..next.clone() },
        Change { organization: other(), ..next.clone() },
        Change { body: "[ ]".to_owned(), ..next.clone() },
        // The same bytes, cut at another place.
        Change { actor: "operatort".to_owned(), action: "est.changed".to_owned(), ..next.clone() },
    ] {
        assert_unchanged(&record, &mut known, &change, |error| matches!(error, ApplyError::BrokenChain(_)));
    }
    known.apply(&next).unwrap();
}

#[test]
fn a_change_that_cannot_be_read_is_refused_and_changes_nothing() {
    let (record, mut known) = record_of_some();
    let mut key = record.held[0].key.clone();
    key.state = key.state.revoked(NOW, ActorId::Operator);
    let sound = serde_json::to_string(&Effect::Key(Box::new(key))).unwrap();
    for body in [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        "[{}]".to_owned(),
        "[{\"quota\":{\"calls\":1}}]".to_owned(),
        "[{\"key\":{}}]".to_owned(),
        "[] []".to_owned(),
        format!("[{sound},{{\"quota\":1}}]"),
        format!("[{}]", sound.replace("\"active\"", "\"asleep\"").replace("\"revoked\"", "\"asleep\"")),
    ] {
        let change = record.next(body.clone());
        assert_unchanged(&record, &mut known, &change, |error| matches!(error, ApplyError::Unreadable(..)));
    }
}

#[test]
fn a_change_with_a_bad_catalog_is_refused_whole() {
    let (record, mut known) = record_of_some();
    let mut key = record.held[0].key.clone();
    key.state = key.state.revoked(NOW, ActorId::Operator);
    let effects = [Effect::Key(Box::new(key)), Effect::Catalog("x".to_owned())];
    let change = record.next(serde_json::to_string(&effects).unwrap());
    assert_unchanged(&record, &mut known, &change, |error| matches!(error, ApplyError::Catalog(_)));
}

#[test]
fn removing_a_project_refuses_all_its_keys_by_one_change() {
    let (mut record, mut known) = record_of_some();
    let removed = record.projects[0].id;
    record.projects[0].removed_at = Some(NOW);
    record.write(&[Effect::Project(record.projects[0].clone())]);
    known.apply(record.log.last().unwrap()).unwrap();
    for held in &record.held {
        let allowed = matches!(decide(&known, &held.text, Question::nothing()), Verdict::Granted(_));
        assert_eq!(allowed, held.key.project_id != removed);
    }
}

#[test]
fn the_secret_that_a_key_had_before_opens_nothing() {
    let (mut record, mut known) = record_of_some();
    let fresh = key_of(&record.world.own, Grant::default_roles(), &mut record.world.rng);
    let before = record.held[0].key.digest;
    record.held[0].key.digest = fresh.key.digest;
    let effect = Effect::Key(Box::new(record.held[0].key.clone()));
    record.write(&[effect]);
    known.apply(record.log.last().unwrap()).unwrap();
    assert!(known.key(&before).is_none());
    assert_eq!(known.key(&fresh.key.digest).unwrap().id, record.held[0].key.id);
}

#[test]
fn a_link_of_the_chain_is_the_sha_256_of_its_documented_encoding() {
    // hashlib.sha256(b"keydesk/change/1" + bytes(32) + q(1) + q(2) + q(1)+b"a" + q(2)+b"bb" + q(0) + q(2)+b"[]")
    let first = link(ChangeHash::START, Version(1), Timestamp::from_micros(2), ["a", "bb", "", "[]"]);
    assert_eq!(first.to_string(), "bd15dbbbd1814a4fb6269328d244a3f35c4e5bdce6119ae210c1376c849901c9");
    assert_eq!(ChangeHash::parse(&first.to_string()), Some(first));
    for text in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(32)] {
        assert_eq!(ChangeHash::parse(text), None, "{text}");
    }
}

#[test]
fn a_catalog_that_was_replaced_and_put_back_gives_every_key_its_scopes_again() {
    let (mut record, mut known) = record_of_some();
    let before = record.observed(&known)[1..].to_vec();
    for text in [other_catalog(), Catalog::DEFAULT.to_owned()] {
        record.write(&[Effect::Catalog(text)]);
        known.apply(record.log.last().unwrap()).unwrap();
    }
    assert_eq!(record.observed(&known)[1..], before);
}

#[test]
fn a_change_survives_being_stored() {
    let (record, _) = record_of_some();
    let mut effects = vec![Effect::Catalog("x = 1".to_owned()), Effect::Note("é\n\"".to_owned())];
    effects.extend(record.projects.iter().cloned().map(Effect::Project));
    for held in &record.held {
        for state in [
            KeyState::Active,
            KeyState::Active.disabled(NOW),
            KeyState::Active.revoked(NOW, ActorId::Operator),
        ] {
            effects.push(Effect::Key(Box::new(Key { state, expires_at: Some(NOW), ..held.key.clone() })));
        }
    }
    let change = record.next(serde_json::to_string(&effects).unwrap());
    assert_eq!(change.effects().unwrap(), effects);
}
