//! Owned resources: which can be registered, and that a memory follows who has them.

use crate::given::{Held, NOW, Question, World, allows, key_of, name, refusal};
use domain::{
    ActorId, Catalog, Change, Effect, Grant, Loaded, Project, ProjectId, Reason, Registration, ResourceId,
    ResourceName, Snapshot, link,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The default, with an owned type of two segments that endpoints may stand behind, and a closed set.
fn catalog() -> Catalog {
    let more = "[[resource_type]]\nname = 'POOL'\nsegments = [['gpu', 'cpu'], 'id']\nowned = true\n\
        [[resource_type]]\nname = 'JOB'\nsegments = ['id']\nwithin = ['ENDPOINT']\nowned = true\n";
    Catalog::parse(&format!("{}{more}", Catalog::DEFAULT)).unwrap()
}

#[test]
fn exactly_one_literal_resource_of_an_owned_type_can_be_registered() {
    let catalog = catalog();
    let longest = format!("ENDPOINT/{}", "x".repeat(1015));
    for text in [
        "ENDPOINT/ep1",
        "ENDPOINT/a%2Fb",
        "ENDPOINT/%23",
        "POOL/gpu/1",
        "JOB/1",
        "ENDPOINT/PROJECT",
        &longest,
    ] {
        let read = ResourceName::parse(text, catalog.types());
        assert_eq!(read.as_ref().map(ResourceName::as_str), Ok(text));
    }
    let longer = format!("{longest}x");
    for (text, expected) in [
        ("", "segment 1 of the resource is empty"),
        ("*", "the resource is a wildcard"),
        ("#", "segment 1 of the resource is not a resource type"),
        ("ENDPOINT/#", "the resource holds `#`"),
        ("POOL/#/1", "the resource holds `#`"),
        ("ENDPOINT/*", "segment 2 of the resource holds a wildcard"),
        ("ENDPOINT/a*", "segment 2 of the resource holds a wildcard"),
        ("ENDPOINT", "the resource ends before"),
        ("ENDPOINT/", "segment 2 of the resource is empty"),
        ("/ENDPOINT/a", "segment 1 of the resource is empty"),
        ("ENDPOINT/a/", "segment 3 of the resource is empty"),
        ("ENDPOINT//a", "segment 2 of the resource is empty"),
        ("ENDPOINT/a/b", "segment 3 of the resource is not a resource type"),
        ("ENDPOINT/a/JOB/1", "the resource is a chain of types"),
        ("ENDPOINT/a/ENDPOINT/b", "the type at segment 3 of the resource may not stand behind"),
        ("POOL/tpu/1", "segment 2 of the resource is not one of the values"),
        ("endpoint/a", "segment 1 of the resource is not a resource type"),
        ("Endpoint/a", "segment 1 of the resource is not a resource type"),
        ("WIDGET/a", "segment 1 of the resource is not a resource type"),
        (" ENDPOINT/a", "segment 1 of the resource holds a character"),
        ("ENDPOINT/a b", "segment 2 of the resource holds a character"),
        ("ENDPOINT/é", "segment 2 of the resource holds a character"),
        ("ENDPOINT/a\0", "segment 2 of the resource holds a character"),
        ("ENDPOINT/a?b", "segment 2 of the resource holds a character"),
        ("ENDPOINT/a\\b", "segment 2 of the resource holds a character"),
        ("ENDPOINT/.", "segment 2 of the resource is a dot segment"),
        ("ENDPOINT/..", "segment 2 of the resource is a dot segment"),
        ("ENDPOINT/%2E%2e", "segment 2 of the resource is a dot segment"),
        ("ENDPOINT/%", "segment 2 of the resource holds a bad percent escape"),
        ("ENDPOINT/%zz", "segment 2 of the resource holds a bad percent escape"),
        ("ENDPOINT/%FF", "segment 2 of the resource holds a bad percent escape"),
        ("ENDPOINT/%00", "segment 2 of the resource holds a character"),
        ("ENDPOINT/%65p1", "the resource must be written in its one form, ENDPOINT/ep1"),
        ("ENDPOINT/a%2fb", "the resource must be written in its one form, ENDPOINT/a%2Fb"),
        ("GRAPHQL", "GRAPHQL is not an owned type"),
        ("THING/Battery/b1", "THING is not an owned type"),
        ("PROJECT/01a1fd74-d772-79df-9763-35a5869daa68", "PROJECT is not an owned type"),
        ("ORGANIZATION/org_1", "ORGANIZATION is not an owned type"),
        ("PLACE/Site/1/THING/a/b", "the resource is a chain of types"),
        (&longer, "the resource is longer than 1024 bytes"),
    ] {
        let error = ResourceName::parse(text, catalog.types()).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text}\nfound {error}");
    }
}

/// A memory that follows changes, and what it should know.
struct Followed {
    world: World,
    held: Vec<Held>,
    known: Snapshot,
    registered: BTreeMap<String, ProjectId>,
}

impl Followed {
    fn new(resources: Vec<(String, ProjectId)>) -> Followed {
        let mut world = World::new();
        let everything = || Grant::Scopes(vec![("*".to_owned(), "*".to_owned())]);
        let homes = [world.own.clone(), world.sister.clone(), world.foreign.clone()];
        let held = homes.iter().map(|home| key_of(home, everything(), &mut world.rng)).collect();
        let mut followed =
            Followed { registered: resources.into_iter().collect(), known: world.knowing([]), world, held };
        followed.known = followed.built();
        followed
    }

    fn home(&self, at: usize) -> &Project {
        [&self.world.own, &self.world.sister, &self.world.foreign][at]
    }

    fn built(&self) -> Snapshot {
        Snapshot::build(Loaded {
            version: self.known.version(),
            hash: self.known.hash(),
            catalog: self.world.catalog.clone(),
            projects: (0..3).map(|at| self.home(at).clone()).collect(),
            keys: self.held.iter().map(|held| held.key.clone()).collect(),
            imports: Vec::new(),
            resources: self.registered.clone().into_iter().collect(),
            trust: domain::token::Trust::default(),
        })
    }

    fn change(&mut self, id: &str, home: usize, released: bool) -> Change {
        let (organization_id, project_id) = (self.home(home).organization_id.clone(), self.home(home).id);
        let resource = ResourceName::parse(&format!("ENDPOINT/{id}"), self.world.catalog.types()).unwrap();
        let resource = Registration {
            id: ResourceId::generate(NOW, &mut self.world.rng),
            resource,
            name: name("endpoint"),
            organization_id,
            project_id,
            created_at: NOW,
            created_by: ActorId::Operator,
            released_at: released.then_some(NOW),
        };
        let body = serde_json::to_string(&[Effect::Resource(resource)]).unwrap();
        let version = self.known.version().next();
        let [actor, action, organization] = ["operator", "resource.put", "org"].map(str::to_owned);
        let hash = link(self.known.hash(), version, NOW, [&actor, &action, &organization, &body]);
        Change { version, at: NOW, actor, action, organization, body, hash }
    }

    fn apply(&mut self, id: &str, home: usize, released: bool) {
        let change = self.change(id, home, released);
        self.known.apply(&change).unwrap();
        if released {
            self.registered.remove(&format!("ENDPOINT/{id}"));
        } else {
            self.registered.insert(format!("ENDPOINT/{id}"), self.home(home).id);
        }
    }

    /// Every key reaches what is registered to its own project, and nothing else.
    fn check(&self, known: &Snapshot) {
        for at in 0..8 {
            let resource = format!("ENDPOINT/e{at}");
            for (home, held) in self.held.iter().enumerate() {
                let expected = self.registered.get(&resource) == Some(&self.home(home).id);
                assert_eq!(
                    allows(known, held, Question::of("write", &resource)),
                    expected,
                    "{resource} {home}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_registration_followed_is_a_registration_loaded(
        steps in prop::collection::vec((0..8usize, 0..3usize, prop::bool::weighted(0.4)), 1..40)
    ) {
        let mut followed = Followed::new(Vec::new());
        for (id, home, released) in steps {
            followed.apply(&format!("e{id}"), home, released);
        }
        followed.check(&followed.known);
        followed.check(&followed.built());
    }
}

#[test]
fn among_a_hundred_thousand_resources_a_change_copies_little_and_a_clone_nothing() {
    let home = World::new().own.id;
    let mut followed = Followed::new((0..100_000).map(|at| (format!("ENDPOINT/r{at}"), home)).collect());
    let copied = allocation_counter::measure(|| drop(followed.known.clone()));
    assert_eq!(copied.count_total, 0);
    for released in [false, true] {
        let change = followed.change("new", 0, released);
        let mut known = followed.known.clone();
        let copied = allocation_counter::measure(|| known.apply(&change).unwrap());
        assert!(copied.bytes_total < 64 << 10, "{} bytes for {released}", copied.bytes_total);
        followed.known = known;
        assert_eq!(
            allows(&followed.known, &followed.held[0], Question::of("read", "ENDPOINT/new")),
            !released
        );
    }
    for at in [0, 1, 50_000, 99_999] {
        let resource = format!("ENDPOINT/r{at}");
        assert!(allows(&followed.known, &followed.held[0], Question::of("read", &resource)));
        assert!(!allows(&followed.known, &followed.held[1], Question::of("read", &resource)));
    }
}

#[test]
fn a_released_resource_is_reached_by_nobody_from_that_change_on() {
    let mut followed = Followed::new(Vec::new());
    followed.apply("e1", 0, false);
    let before = followed.known.clone();
    followed.apply("e1", 0, true);
    let question = || Question::of("read", "ENDPOINT/e1");
    assert!(allows(&before, &followed.held[0], question()), "who holds the older memory decides by it");
    for held in &followed.held {
        assert_eq!(refusal(&followed.known, held, question()), Some(Reason::InsufficientScope));
        for organization in [followed.world.organization(), followed.world.other_organization()] {
            let named = question().in_organization(organization);
            assert_eq!(refusal(&followed.known, held, named), Some(Reason::InsufficientScope));
        }
    }
}
