//! Nobody grants what they lack, through any sequence of creates and edits: a small world of people, keys and
//! two projects, driven by random operations and held against a list of everything that can be asked.

use crate::both;
use crate::place::Place;
use crate::records::{moment, name};
use crate::secrets::app;
use control::ops::keys::{self, Cascade};
use control::ops::organizations;
use control::ops::projects::{self, NewProject, ProjectPatch};
use control::ops::role_bindings::{self, BindingAsk};
use control::ops::roles::RoleAsk;
use control::ops::setup::{self, NewOrganization};
use control::ops::{KeyPatch, NewKey, Precondition};
use control::store::{KeyFilter, StatusFilter};
use control::{App, Error};
use domain::access::{Binding, Caller, MemberRole};
use domain::{
    Action, ActorId, Address, Asked, Catalog, Grant, Key, KeyState, Networks, Plan, ProjectId, Timestamp,
};
use std::net::IpAddr;
use std::sync::Arc;

const STEPS: usize = 500;
const FILTERS: [&str; 15] = [
    "*",
    "PROJECT/{one}",
    "PROJECT/{one}/DATA",
    "PROJECT/{one}/CONTROL",
    "PROJECT/{two}/DATA",
    "PROJECT/#/DATA",
    "DATA",
    "ENDPOINT/e1",
    "ENDPOINT/e2",
    "ENDPOINT/#",
    "THING/#/#",
    "THING/Battery/b1",
    "PLACE/Site/s1/THING/#/#",
    "GRAPHQL",
    "ORGANIZATION/#",
];
const ADDRESSES: [&str; 14] = [
    "PROJECT/{one}",
    "PROJECT/{one}/DATA",
    "PROJECT/{one}/CONTROL",
    "PROJECT/{two}",
    "PROJECT/{two}/DATA",
    "PROJECT/#/DATA",
    "ENDPOINT/e1",
    "ENDPOINT/e2",
    "ENDPOINT/#",
    "THING/Battery/b1",
    "THING/#/#",
    "PLACE/Site/s1/THING/Battery/b2",
    "GRAPHQL",
    "ORGANIZATION/#",
];
const NETWORKS: [&[&str]; 5] =
    [&[], &["10.0.0.0/8"], &["10.1.0.0/16"], &["*"], &["10.0.0.0/9", "10.128.0.0/9"]];
const CLIENTS: [Option<&str>; 4] = [None, Some("10.0.0.1"), Some("10.1.0.1"), Some("192.0.2.1")];

/// The same choices in every run (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % count as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        *all.get(self.below(all.len())).unwrap()
    }
}

struct World {
    app: Arc<App>,
    catalog: Catalog,
    one: ProjectId,
    two: ProjectId,
    people: Vec<Caller>,
    /// Plaintexts of the keys that were made administrators, by which they call.
    secrets: Vec<String>,
    dice: Dice,
}

/// Everything that somebody may do, as far as this world can ask.
#[derive(Debug)]
struct Reach {
    asks: Vec<bool>,
    clients: Vec<bool>,
    until: Option<Timestamp>,
}

impl World {
    async fn begin(place: &Place) -> World {
        let app = app(place, 1, 2).await;
        setup::begin(&app).await.unwrap();
        let new =
            NewOrganization { name: name("Acme"), plan: Plan::Enterprise, bootstrap: true, operator: false };
        let first = setup::create_organization(&app, new).await.unwrap();
        place
            .execute(
                "insert into resources (resource, id, organization_id, project_id, name, created_at, created_by, \
                 version) select 'ENDPOINT/e1', 'r1', organization_id, id, 'e1', 0, 'operator', 1 from projects",
            )
            .await;
        let organization = first.organization_id;
        let person = |role, project| Caller {
            actor: ActorId::Operator,
            organization: organization.clone(),
            bindings: vec![Binding { role, project }],
            limits: None,
            generation: None,
            operator: false,
        };
        let owner = person(MemberRole::OrgOwner, None);
        let project = NewProject { name: name("two"), max_pods: 0, force_encryption_with_cmek: false };
        let two = projects::create(&app, &owner, project, None).await.unwrap().project.id;
        let one = first.project_id;
        let people = vec![
            person(MemberRole::OrgManager, None),
            person(MemberRole::ProjectOwner, Some(one)),
            person(MemberRole::ProjectManager, Some(two)),
            person(MemberRole::ProjectMember, Some(one)),
            person(MemberRole::OrgMember, None),
            owner,
        ];
        let catalog = Catalog::builtin();
        World { app, catalog, one, two, people, secrets: Vec::new(), dice: Dice(0x9e37_79b9) }
    }

    fn named(&self, text: &str) -> String {
        text.replace("{one}", &self.one.to_string()).replace("{two}", &self.two.to_string())
    }

    fn asks(&self) -> Vec<(Action, String)> {
        let each = |address: &&str| Action::EACH.map(|action| (action, self.named(address)));
        ADDRESSES.iter().flat_map(each).collect()
    }

    /// Told from the written rule, not from the code: the whole organization, or one project with what is its.
    fn reach_of_person(&self, caller: &Caller, project: ProjectId) -> Reach {
        let all = caller
            .bindings
            .iter()
            .any(|binding| matches!(binding.role, MemberRole::OrgOwner | MemberRole::OrgManager));
        let own = caller.bindings.iter().any(|binding| {
            matches!(binding.role, MemberRole::ProjectOwner | MemberRole::ProjectManager)
                && binding.project == Some(project)
        });
        let prefix = format!("PROJECT/{project}");
        let inside = |address: &str| {
            address == prefix
                || address.starts_with(&format!("{prefix}/"))
                || (project == self.one && address == "ENDPOINT/e1")
        };
        let asks = self.asks().iter().map(|(_, address)| all || (own && inside(address))).collect();
        Reach { asks, clients: vec![true; CLIENTS.len()], until: None }
    }

    fn reach_of_key(&self, key: &Key) -> Reach {
        let scopes = key.grant.compile(&self.catalog, key.project_id).unwrap();
        let allowed = |(action, text): &(Action, String)| {
            let address = Address::parse(Asked::Text(text), self.catalog.types()).unwrap();
            scopes.iter().any(|scope| scope.allows(*action, &address))
        };
        let client = |text: &Option<&str>| text.map(|text| text.parse::<IpAddr>().unwrap());
        Reach {
            asks: self.asks().iter().map(allowed).collect(),
            clients: CLIENTS.iter().map(|text| key.networks.allows(client(text))).collect(),
            until: key.expires_at,
        }
    }

    /// A person, or a key that turned out to be an administrator; and what it reaches.
    async fn caller(&mut self, project: ProjectId) -> (Caller, Reach) {
        for _ in 0..3 {
            let Some(text) = self.secrets.get(self.dice.below(self.secrets.len() + 3)) else { break };
            let client = "10.1.0.1".parse().unwrap();
            let Ok(found) = self.app.live_key(text, Some(client)).await.unwrap() else { continue };
            let reach = self.reach_of_key(&found.key);
            if let Some(caller) = found.into_caller() {
                return (caller, reach);
            }
        }
        let at = self.dice.below(self.people.len());
        let caller = self.people.get(at).unwrap().clone();
        let reach = self.reach_of_person(&caller, project);
        (caller, reach)
    }

    fn grant(&mut self) -> Grant {
        if self.dice.below(8) == 0 {
            return Grant::Roles([self.dice.of(&["ProjectEditor", "DataPlaneViewer"]).to_owned()].into());
        }
        let count = self.dice.of(&[1, 1, 1, 2, 3]);
        let mut scopes = Vec::new();
        for _ in 0..count {
            let filter = self.dice.of(&FILTERS);
            scopes.push((self.dice.of(&["read", "write", "admin", "*"]).to_owned(), self.named(filter)));
        }
        if self.dice.below(6) == 0 {
            scopes.push(("admin".into(), "ORGANIZATION/#".into()));
        }
        Grant::Scopes(scopes)
    }

    fn networks(&mut self) -> Networks {
        Networks::parse(self.dice.of(&NETWORKS).iter().copied()).unwrap()
    }

    fn expiry(&mut self) -> Option<Timestamp> {
        self.dice.of(&[None, None, Some(moment(100)), Some(moment(200))])
    }

    async fn keys(&self) -> Vec<Key> {
        let filter = KeyFilter { status: StatusFilter::All, name_part: None, after: None, limit: i64::MAX };
        let mut keys = Vec::new();
        for project in [self.one, self.two] {
            let rows = self.app.store.keys_of(project, &filter, moment(0)).await.unwrap();
            keys.extend(rows.into_iter().map(|row| row.key));
        }
        keys
    }

    async fn create(&mut self) -> (Caller, Reach, Result<Key, Error>) {
        let project = self.dice.of(&[self.one, self.two]);
        let (caller, reach) = self.caller(project).await;
        let new = NewKey {
            name: name("k"),
            grant: Some(self.grant()),
            class: Some(self.dice.of(&["admin", "admin", "standard"]).to_owned()),
            expires_at: self.expiry(),
            networks: self.networks(),
            enabled: self.dice.below(4) > 0,
        };
        let made = keys::create(&self.app, &caller, &project.to_string(), new, None).await;
        let made = made.map(|created| {
            if administers(&created.row.key) && created.row.key.class == "admin" {
                self.secrets.push(created.secret.unwrap().expose().to_owned());
            }
            created.row.key
        });
        (caller, reach, made)
    }

    async fn edit(&mut self, key: &Key) -> (Caller, Reach, Result<Key, Error>) {
        let (caller, reach) = self.caller(key.project_id).await;
        let patch = KeyPatch {
            name: (self.dice.below(3) == 0).then(|| name("renamed")),
            grant: (self.dice.below(2) == 0).then(|| self.grant()),
            expires_at: (self.dice.below(3) == 0).then(|| self.expiry()),
            networks: (self.dice.below(3) == 0).then(|| self.networks()),
            enabled: self.dice.of(&[None, None, None, None, Some(true), Some(false)]),
        };
        let id = key.id.to_string();
        let changed = keys::update(&self.app, &caller, &id, patch, Precondition::default()).await;
        (caller, reach, changed.map(|row| row.key))
    }
}

impl World {
    /// Gives a key one more role.
    async fn bind(&mut self, key: &Key) -> (Caller, Reach, Result<Key, Error>) {
        let (caller, reach) = self.caller(key.project_id).await;
        let ask = BindingAsk {
            principal_type: "api_key".into(),
            principal_id: key.id.to_string(),
            role: RoleAsk {
                resource_type: "project".into(),
                resource_id: Some(key.project_id.to_string()),
                role: self
                    .dice
                    .of(&["ProjectEditor", "ProjectViewer", "ControlPlaneEditor", "DataPlaneEditor"])
                    .into(),
            },
        };
        let bound = role_bindings::create(&self.app, &caller, ask, None).await;
        let bound = match bound {
            Ok(_) => Ok(self.app.store.key(key.id).await.unwrap().unwrap().key),
            Err(error) => Err(error),
        };
        (caller, reach, bound)
    }
}

/// What this key has that the one who gave it lacks.
fn gained(given: &Reach, held: &Reach) -> bool {
    let more = |given: &[bool], held: &[bool]| given.iter().zip(held).any(|(given, held)| *given && !*held);
    let outlives = held.until.is_some_and(|latest| given.until.is_none_or(|end| end > latest));
    more(&given.asks, &held.asks) || more(&given.clients, &held.clients) || outlives
}

fn administers(key: &Key) -> bool {
    matches!(&key.grant, Grant::Scopes(scopes)
        if scopes.iter().any(|(action, filter)| action == "admin" && filter.starts_with("ORGANIZATION/")))
}

impl World {
    /// Administrators with little and with much to hand on, made by the owner.
    async fn seed(&mut self) {
        let owner = self.people.last().unwrap().clone();
        for (scope, networks, expires_at) in [
            (("*", "*"), &[][..], None),
            (("*", "*"), &["10.0.0.0/8"], None),
            (("read", "*"), &[], Some(moment(100))),
            (("*", "PROJECT/#/DATA"), &[], Some(moment(200))),
            (("write", "THING/#/#"), &["10.1.0.0/16"], None),
        ] {
            let admin = ("admin".to_owned(), "ORGANIZATION/#".to_owned());
            let new = NewKey {
                name: name("admin"),
                grant: Some(Grant::Scopes(vec![(scope.0.into(), scope.1.into()), admin])),
                class: Some("admin".into()),
                expires_at,
                networks: Networks::parse(networks.iter().copied()).unwrap(),
                enabled: true,
            };
            let made = keys::create(&self.app, &owner, &self.one.to_string(), new, None).await.unwrap();
            self.secrets.push(made.secret.unwrap().expose().to_owned());
        }
    }
}

both!(nobody_grants_what_they_lack_through_any_sequence);
async fn nobody_grants_what_they_lack_through_any_sequence(place: &Place) {
    let mut world = World::begin(place).await;
    world.seed().await;
    let (mut given, mut refused, mut by_keys, mut bound) = (0, 0, 0, 0);
    let mut step = 0;
    // The dice are the same each time, but what they fall on is not: some runs take longer to see enough of each.
    while step < STEPS || given <= 40 || refused <= 100 || by_keys <= 5 || bound <= 5 {
        step += 1;
        assert!(step < 10 * STEPS, "{given} given, {by_keys} by keys, {refused} refused, {bound} bound");
        let before = world.keys().await;
        let alive: Vec<Key> =
            before.iter().filter(|key| !matches!(key.state, KeyState::Revoked { .. })).cloned().collect();
        let target = (!alive.is_empty()).then(|| alive.get(world.dice.below(alive.len())).unwrap().clone());
        let (caller, reach, result) = match &target {
            Some(key) if world.dice.below(3) == 0 => world.edit(key).await,
            Some(key) if matches!(key.grant, Grant::Roles(_)) && world.dice.below(2) == 0 => {
                bound += 1;
                world.bind(key).await
            }
            _ => world.create().await,
        };
        match result {
            Ok(key) => {
                let was = before.iter().find(|other| other.id == key.id);
                let switched_off = was.is_some_and(|was| Key { state: key.state, ..was.clone() } == key)
                    && key.state != KeyState::Active;
                if was == Some(&key) || switched_off {
                    continue;
                }
                given += 1;
                by_keys += usize::from(caller.limits.is_some());
                let told = format!("step {step}: {:?} {:?} gave {key:?}", caller.actor, caller.bindings);
                assert!(!gained(&world.reach_of_key(&key), &reach), "{told}");
                assert!(!administers(&key) || caller.owns_organization(), "{told}");
                if let ActorId::Key(own) = caller.actor {
                    let switched_on =
                        was.is_some_and(|was| was.state != KeyState::Active && key.state == KeyState::Active);
                    assert!(own != key.id && !switched_on, "{told}");
                }
            }
            Err(error) => {
                refused += 1;
                let expected = matches!(
                    error,
                    Error::Beyond(_)
                        | Error::NotForKeys(_)
                        | Error::Forbidden(_)
                        | Error::NotFound { .. }
                        | Error::AlreadyExists(_)
                );
                assert!(expected, "step {step}: {error:?}");
                assert_eq!(world.keys().await, before, "step {step}: {error}");
            }
        }
        if world.dice.below(25) == 0
            && let Some(key) = target
        {
            let owner = world.people.last().unwrap().clone();
            let id = key.id.to_string();
            let alone = world.dice.of(&[Cascade::Alone, Cascade::Children]);
            // It may have been revoked with the key that made it.
            let _ = keys::revoke(&world.app, &owner, &id, Precondition::default(), alone).await;
        }
    }
}

both!(a_key_changed_since_it_was_presented_has_to_be_presented_again);
async fn a_key_changed_since_it_was_presented_has_to_be_presented_again(place: &Place) {
    let mut world = World::begin(place).await;
    world.seed().await;
    let text = world.secrets.first().unwrap().clone();
    let owner = world.people.last().unwrap().clone();
    let presented = async || {
        let found = world.app.live_key(&text, None).await.unwrap().unwrap();
        (found.key.id.to_string(), found.into_caller().unwrap())
    };
    let make = async |caller: &Caller| {
        let new = NewKey {
            name: name("k"),
            grant: Some(Grant::Scopes(vec![("read".into(), "THING/#/#".into())])),
            class: None,
            expires_at: Some(moment(50)),
            networks: Networks::parse(["10.1.2.3"]).unwrap(),
            enabled: true,
        };
        keys::create(&world.app, caller, &world.one.to_string(), new, None).await.map(|_| ())
    };
    let admin = ("admin".to_owned(), "ORGANIZATION/#".to_owned());
    let narrowed = Grant::Scopes(vec![admin, ("read".into(), "*".into())]);
    let near = Networks::parse(["*"]).unwrap();
    for patch in [
        KeyPatch { grant: Some(narrowed), ..KeyPatch::default() },
        KeyPatch { networks: Some(near), ..KeyPatch::default() },
        KeyPatch { expires_at: Some(Some(moment(100))), ..KeyPatch::default() },
        KeyPatch { enabled: Some(false), ..KeyPatch::default() },
    ] {
        let (id, caller) = presented().await;
        make(&caller).await.unwrap();
        let before = world.keys().await.len();
        keys::update(&world.app, &owner, &id, patch, Precondition::default()).await.unwrap();
        let refused = make(&caller).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{refused:?}");
        assert_eq!(world.keys().await.len(), before);
    }
    let on = KeyPatch { enabled: Some(true), ..KeyPatch::default() };
    let key = world.keys().await.into_iter().find(|key| key.state != KeyState::Active).unwrap();
    keys::update(&world.app, &owner, &key.id.to_string(), on, Precondition::default()).await.unwrap();
    let (id, caller) = presented().await;
    keys::revoke(&world.app, &owner, &id, Precondition::default(), Cascade::Alone).await.unwrap();
    assert!(matches!(make(&caller).await, Err(Error::Unauthenticated)));
}

both!(a_role_taken_away_since_the_call_began_allows_nothing);
async fn a_role_taken_away_since_the_call_began_allows_nothing(place: &Place) {
    let app = app(place, 1, 2).await;
    setup::begin(&app).await.unwrap();
    let new = NewOrganization { name: name("Acme"), plan: Plan::Free, bootstrap: true, operator: false };
    let first = setup::create_organization(&app, new).await.unwrap();
    let account = app.store.account_of_client(&first.client_id).await.unwrap().unwrap();
    let caller = app.store.caller(account.id, account.generation).await.unwrap().unwrap();
    let project = first.project_id.to_string();
    let new = || NewKey {
        name: name("k"),
        grant: None,
        class: None,
        expires_at: None,
        networks: Networks::default(),
        enabled: true,
    };
    let key = keys::create(&app, &caller, &project, new(), None).await.unwrap().row.key.id.to_string();

    place
        .execute("update role_bindings set role = 'OrgMember' where principal_type = 'service_account'")
        .await;

    let renamed = KeyPatch { name: Some(name("n")), ..KeyPatch::default() };
    let off = KeyPatch { enabled: Some(false), ..KeyPatch::default() };
    let organization = first.organization_id.as_str();
    let any = Precondition::default;
    let project_renamed = ProjectPatch { name: Some(name("n")), ..ProjectPatch::default() };
    let another = NewProject { name: name("two"), max_pods: 0, force_encryption_with_cmek: false };
    let refusals = [
        keys::create(&app, &caller, &project, new(), None).await.err(),
        keys::update(&app, &caller, &key, renamed, any()).await.err(),
        keys::update(&app, &caller, &key, off, any()).await.err(),
        keys::revoke(&app, &caller, &key, any(), Cascade::Children).await.err(),
        projects::create(&app, &caller, another, None).await.err(),
        projects::update(&app, &caller, &project, project_renamed, any()).await.err(),
        projects::remove(&app, &caller, &project, any()).await.err(),
        organizations::rename(&app, &caller, organization, Some(name("n")), any()).await.err(),
        organizations::remove(&app, &caller, organization, any()).await.err(),
    ];
    for (at, refusal) in refusals.iter().enumerate() {
        assert!(matches!(refusal, Some(Error::Forbidden(_))), "{at}: {refusal:?}");
    }
}
