//! What one verification costs, from the presented text to the verdict, in units of the SHA-256 that any
//! hashed credential needs at least.

use crate::measure::{SplitMix, cpu_time, median, nanos_each, resident_bytes};
use domain::{
    Access, Action, ActorId, Address, Ask, Asked, Catalog, ChangeHash, Grant, Key, KeyId, KeySecret,
    KeyState, Level, Loaded, Name, Networks, OrganizationId, Pepper, Presented, Preset, Project, ProjectId,
    Snapshot, Timestamp, Verdict, Version, Wanted, verify,
};
use rand_core::Rng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// At most this many times one SHA-256 of the key, for keys that are used often.
const HOT_GOAL: f64 = 6.0;
/// The same for keys drawn from all there are, most of them in no cache.
const RANDOM_GOAL: f64 = 14.0;

// A round takes a few milliseconds, so that most are over before another process takes the caches away; the
// median forgets the others.
const ROUNDS: usize = 300;
pub(crate) const KEYS_OF_A_PROJECT: usize = 500;
const HOT_KEYS: usize = 1_000;
/// Keys in a round of the other cases.
const SAMPLE: usize = 1_000;
/// Keys that are no keys of ours.
const STRANGERS: usize = 100_000;
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// One presented key and what is asked with it.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) key: String,
    pub(crate) action: Action,
    pub(crate) resource: String,
    client: Option<IpAddr>,
}

struct World {
    catalog: Catalog,
    pepper: Pepper,
    snapshot: Snapshot,
    /// One call for each key, all of them allowed, in random order.
    calls: Vec<Call>,
    build_time: Duration,
    bytes_per_key: Option<u64>,
}

/// The nanoseconds of one round.
struct Round {
    sha256: f64,
    hot: f64,
    random: f64,
    unknown: f64,
    malformed: f64,
}

/// Measures and prints; true when the goals are met.
pub(crate) fn run(keys: usize) -> bool {
    let mut rng = SplitMix(1);
    let world = World::build(keys, &mut rng);
    let hot: Vec<Call> = world.calls.iter().take(HOT_KEYS).cloned().collect();
    let unknown = world.presenting(|_| KeySecret::generate("rpa", &mut rng).expose().to_owned());
    // Found out by the last thing that is looked at: the checksum.
    let malformed = world.presenting(|call| call.key.chars().take(call.key.len() - 1).chain(['#']).collect());

    let samples = world.calls.chunks(SAMPLE).cycle();
    let strangers = unknown.chunks(SAMPLE).zip(malformed.chunks(SAMPLE)).cycle();
    let rounds: Vec<Round> = samples
        .zip(strangers)
        .take(ROUNDS)
        .map(|(random, (unknown, malformed))| {
            let allowed = |calls| just_arrived(calls, |call| assert!(world.allows(call)));
            let refused = |calls| just_arrived(calls, |call| assert!(!world.allows(call)));
            allowed(&hot);
            Round {
                hot: allowed(&hot),
                sha256: nanos_each(&hot, |call| {
                    black_box(Sha256::digest(black_box(call.key.as_bytes())));
                }),
                random: allowed(random),
                unknown: refused(unknown),
                malformed: refused(malformed),
            }
        })
        .collect();
    report(keys, &world, &rounds)
}

/// Nanoseconds of each call, its text as warm as if it had just come from the network: what may be cold is
/// what is known of the key.
fn just_arrived(calls: &[Call], work: impl FnMut(&Call)) -> f64 {
    let copies = calls.to_vec();
    nanos_each(&copies, work)
}

fn report(keys: usize, world: &World, rounds: &[Round]) -> bool {
    let of = |case: fn(&Round) -> f64| median(rounds.iter().map(case).collect());
    let ratio =
        |case: fn(&Round) -> f64| median(rounds.iter().map(|round| case(round) / round.sha256).collect());
    println!("{keys} keys, median of {} rounds, processor time of one thread", rounds.len());
    println!("{:<38}{:>9}{:>10}{:>8}", "", "ns", "SHA-256s", "goal");
    let row = |name: &str, case: fn(&Round) -> f64, goal: Option<f64>| {
        let goal = goal.map_or(String::new(), |goal| format!("≤ {goal}"));
        println!("{name:<38}{:>9.0}{:>10.2}{goal:>8}", of(case), ratio(case));
    };
    row("SHA-256 of a key", |round| round.sha256, None);
    row("verification, 1,000 hot keys", |round| round.hot, Some(HOT_GOAL));
    row("verification, random keys", |round| round.random, Some(RANDOM_GOAL));
    row("unknown key", |round| round.unknown, None);
    row("malformed key", |round| round.malformed, None);
    println!();
    println!("snapshot built in {:.2} s", world.build_time.as_secs_f64());
    if let Some(bytes) = world.bytes_per_key {
        println!("{bytes} bytes of memory per key");
    }
    let met = ratio(|round| round.hot) <= HOT_GOAL && ratio(|round| round.random) <= RANDOM_GOAL;
    println!("goals {}", if met { "met" } else { "MISSED" });
    met
}

impl World {
    fn build(keys: usize, rng: &mut SplitMix) -> World {
        let catalog = Catalog::builtin();
        let pepper = Pepper::new(&[7; 32]);
        let secrets: Vec<KeySecret> = (0..keys).map(|_| KeySecret::generate("rpa", rng)).collect();
        let projects: Vec<Project> = (0..keys.div_ceil(KEYS_OF_A_PROJECT)).map(|_| project(rng)).collect();
        let homes = || projects.iter().flat_map(|project| std::iter::repeat_n(project, KEYS_OF_A_PROJECT));
        let mut calls: Vec<Call> = secrets
            .iter()
            .zip(homes())
            .enumerate()
            .map(|(at, (secret, home))| call(at, secret, home))
            .collect();
        shuffle(&mut calls, rng);
        // Copied in the new order: texts lie one behind the other, as if each had just come from the network.
        let calls = calls.to_vec();

        let before = resident_bytes();
        let loaded = Loaded {
            version: Version(1),
            hash: ChangeHash::START,
            catalog: catalog.clone(),
            imports: Vec::new(),
            resources: projects.iter().map(|project| (endpoint(project), project.id)).collect(),
            keys: secrets
                .iter()
                .zip(homes())
                .enumerate()
                .map(|(at, (secret, home))| key(at, secret, home, &pepper, rng))
                .collect(),
            projects,
            trust: domain::token::Trust::default(),
        };
        let start = cpu_time();
        let snapshot = Snapshot::build(loaded);
        let build_time = cpu_time() - start;
        let occupied = resident_bytes().zip(before).map(|(after, before)| after.saturating_sub(before));
        let bytes_per_key = occupied.map(|bytes| bytes / keys as u64);
        World { catalog, pepper, snapshot, calls, build_time, bytes_per_key }
    }

    /// A sample of the calls with other keys.
    fn presenting(&self, mut key: impl FnMut(&Call) -> String) -> Vec<Call> {
        self.calls.iter().take(STRANGERS).map(|call| Call { key: key(call), ..call.clone() }).collect()
    }

    /// What a door does with each call.
    fn allows(&self, call: &Call) -> bool {
        let Ok(presented) = Presented::parse(&call.key, &self.catalog, &self.pepper) else { return false };
        let asked = Asked::Text(&call.resource);
        let Ok(address) = Address::parse(asked, self.snapshot.catalog().types()) else { return false };
        let wanted = Some(Wanted { action: call.action, address });
        let ask = Ask { wanted, client: call.client, organization: None };
        matches!(verify(&self.snapshot, &presented, &ask, NOW), Verdict::Granted(_))
    }
}

pub(crate) fn project(rng: &mut SplitMix) -> Project {
    Project {
        id: ProjectId::generate(NOW, rng),
        organization_id: OrganizationId::generate(rng),
        name: name("project"),
        max_pods: 0,
        force_encryption_with_cmek: false,
        created_at: NOW,
        removed_at: None,
    }
}

pub(crate) fn endpoint(project: &Project) -> String {
    format!("ENDPOINT/{}", project.organization_id)
}

/// Four kinds of grants, one in three keys with networks, one in two with an end.
pub(crate) fn key(at: usize, secret: &KeySecret, home: &Project, pepper: &Pepper, rng: &mut SplitMix) -> Key {
    let networks: &[&str] = if at.is_multiple_of(3) { &["203.0.113.0/24", "2001:db8::/32"] } else { &[] };
    Key {
        id: KeyId::generate(NOW, rng),
        project_id: home.id,
        name: name(&format!("key {at}")),
        digest: pepper.digest(secret.expose().as_bytes()),
        class: "standard".to_owned(),
        hint: secret.hint(),
        grant: grant(at, home),
        state: KeyState::Active,
        expires_at: at.is_multiple_of(2).then(|| NOW.plus_seconds(3600)),
        networks: Networks::parse(networks.iter().copied()).unwrap_or_default(),
        created_at: NOW,
        created_by: ActorId::Operator,
        import: None,
    }
}

fn grant(at: usize, home: &Project) -> Grant {
    let access = |preset| Access { preset, levels: BTreeMap::new(), endpoints: BTreeMap::new() };
    match at % 4 {
        0 => Grant::default_roles(),
        1 => Grant::Access(access(Preset::All)),
        2 => Grant::Access(Access {
            levels: BTreeMap::from([
                ("ai".to_owned(), Level::Restricted),
                ("graphql".to_owned(), Level::ReadOnly),
            ]),
            endpoints: BTreeMap::from([(home.organization_id.to_string(), Level::ReadWrite)]),
            ..access(Preset::Restricted)
        }),
        _ => Grant::Scopes(
            [("read", "THING/Charger/#"), ("write", "PLACE/Site/s1/THING/#/#"), ("admin", "MONITOR/#")]
                .map(|(action, filter)| (action.to_owned(), filter.to_owned()))
                .into(),
        ),
    }
}

/// What the key of this number may do.
pub(crate) fn call(at: usize, secret: &KeySecret, home: &Project) -> Call {
    let (action, resource) = match at % 4 {
        0 => (Action::Read, format!("PROJECT/{}/DATA", home.id)),
        1 => (Action::Write, "GRAPHQL".to_owned()),
        2 => (Action::Write, endpoint(home)),
        _ => (Action::Write, "PLACE/Site/s1/THING/Battery/b1".to_owned()),
    };
    let client = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
    Call { key: secret.expose().to_owned(), action, resource, client }
}

fn name(text: &str) -> Name {
    match Name::parse(text, Name::KEY_CHARS_MAX) {
        Ok(name) => name,
        Err(error) => unreachable!("`{text}` {error}"),
    }
}

/// Fisher and Yates.
fn shuffle<T>(items: &mut [T], rng: &mut SplitMix) {
    for left in (1..items.len()).rev() {
        let other = rng.next_u64() % (left as u64 + 1);
        items.swap(left, other as usize);
    }
}
