//! Preview and advice at their bounds: what they do not look at they say.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, name, note};
use control::ops::advice::{self, KEYS_MAX};
use control::ops::preview::{self, Foretold, ROWS_MAX};
use control::ops::{KeyPatch, Precondition};
use control::seal::MasterKey;
use control::store::{Lane, StoreError, Tx};
use control::{App, Parts};
use domain::access::{Binding, Caller, MemberRole};
use domain::{
    Action, ActorId, Called, ClientNetwork, Finding, GROUPS_MAX, Grant, Key, KeyId, LastUse, Name, Networks,
    Pepper, Snapshot, Timestamp, TrustedPeers, UsageBatch,
};
use std::sync::Arc;

/// Rows in one batch, and calls in one hour here.
const ROWS: usize = 1_000;
const DAY: i64 = 86_400;

/// An organization, and the server it asks.
struct Office {
    app: Arc<App>,
    home: Home,
    owner: Caller,
}

impl Office {
    async fn open(place: &Place) -> Office {
        let store = place.open().await;
        let home = Home::made(&store).await;
        let known = Snapshot::build(store.load().await.unwrap().1);
        let app = Arc::new(App::new(Parts {
            store,
            pepper: Pepper::new(&[1; 32]),
            master: MasterKey::new(&[2; 32]).unwrap(),
            clock: || moment(0),
            visible: Arc::new(|_| Box::pin(async {})),
            known: Arc::new(move || Some(known.clone())),
            issuer: "https://keys.example".into(),
            proxies: TrustedPeers::nobody(),
        }));
        let owner = Caller {
            actor: ActorId::Operator,
            organization: home.organization.id.clone(),
            bindings: vec![Binding { role: MemberRole::OrgOwner, project: None }],
            limits: None,
            generation: None,
            operator: false,
        };
        Office { app, home, owner }
    }

    /// A key on all things, so old that nobody asks for what was before it, and called: every hour up to now, once
    /// for each of these numbers.
    async fn called_key(&self, hours: usize, things: impl Fn(usize) -> std::ops::Range<usize>) -> Key {
        let grant = Grant::Scopes(vec![("read".into(), "THING/#/#".into())]);
        let key = Key { grant, created_at: moment(-100 * DAY), ..self.home.key() };
        self.home.create(&self.app.store, &key).await.unwrap();
        for hour in 0..hours {
            let at = moment(-3600 * i64::try_from(hour).unwrap());
            let called = things(hour).map(|thing| self.called(key.id, &format!("THING/a/t{thing}"), at));
            let (node, sequence) = (key.id.to_string(), i64::try_from(hour).unwrap() + 1);
            let (called, last_uses, unseen) = (called.collect(), Vec::new(), Vec::new());
            let batch = UsageBatch { node, sequence, called, last_uses, unseen };
            assert!(self.app.store.add_usage(batch, at).await.unwrap());
        }
        key
    }

    fn called(&self, key: KeyId, resource: &str, at: Timestamp) -> Called {
        Called {
            key,
            organization: self.home.organization.id.clone(),
            project: self.home.project.id,
            hour: at.hour(),
            action: Some(Action::Read),
            resource: resource.into(),
            organization_named: false,
            refused: None,
            network: ClientNetwork::V4([203, 0, 113]),
            calls: 1,
            first_at: at,
            last_at: at,
        }
    }

    /// What switching the key off would break.
    async fn foretold(&self, key: &Key) -> Foretold {
        let patch = KeyPatch { enabled: Some(false), ..KeyPatch::default() };
        let id = key.id.to_string();
        preview::of_key(&self.app, &self.owner, &id, patch, Precondition::default()).await.unwrap()
    }

    async fn advised(&self, key: &Key) -> advice::KeyAdvice {
        advice::of_key(&self.app, &self.owner, &key.id.to_string(), 30).await.unwrap()
    }
}

both!(of_a_key_with_more_rows_than_one_answer_may_look_at_the_newest_are_looked_at);
async fn of_a_key_with_more_rows_than_one_answer_may_look_at_the_newest_are_looked_at(place: &Place) {
    let office = Office::open(place).await;
    let most = usize::try_from(ROWS_MAX).unwrap() / ROWS;
    let full = office.called_key(most, |_| 0..ROWS).await;
    let over = office.called_key(most + 1, |_| 0..ROWS).await;

    let (whole, cut) = (office.foretold(&full).await, office.foretold(&over).await);
    assert_eq!((whole.incomplete, whole.from), (false, moment(-30 * DAY)));
    assert_eq!((cut.incomplete, cut.from), (true, moment(-3600 * (ROWS_MAX / 1_000 - 1))));
    for found in [whole, cut] {
        assert_eq!((found.calls.calls, found.calls.refused, found.calls.unsure), (ROWS_MAX, ROWS_MAX, 0));
        let calls_of_each = ROWS_MAX / 1_000;
        assert_eq!(found.calls.by.len(), GROUPS_MAX);
        assert!(found.calls.by.iter().all(|group| group.calls == calls_of_each));
        let rest = ROWS - GROUPS_MAX;
        assert_eq!(found.calls.rest, (rest, calls_of_each * i64::try_from(rest).unwrap()));
    }
    let (whole, cut) = (office.advised(&full).await, office.advised(&over).await);
    assert_eq!((whole.incomplete, whole.calls, whole.suggestion.is_some()), (false, ROWS_MAX, true));
    assert_eq!((cut.incomplete, cut.calls, cut.suggestion), (true, ROWS_MAX, None));
}

both!(kinds_of_calls_beyond_the_bound_are_unsure_and_nothing_is_suggested);
async fn kinds_of_calls_beyond_the_bound_are_unsure_and_nothing_is_suggested(place: &Place) {
    let office = Office::open(place).await;
    let exact = office.called_key(10, |hour| hour * ROWS..(hour + 1) * ROWS).await;
    let over = office.called_key(11, |hour| hour * ROWS..(hour + 1) * ROWS).await;

    let found = office.foretold(&exact).await.calls;
    assert_eq!((found.calls, found.refused, found.unsure), (10_000, 10_000, 0));
    let found = office.foretold(&over).await.calls;
    assert_eq!((found.calls, found.refused, found.unsure), (11_000, 10_000, 1_000));
    let found = office.advised(&exact).await;
    assert_eq!((found.incomplete, found.calls, found.suggestion.is_some()), (false, 10_000, true));
    let found = office.advised(&over).await;
    assert_eq!((found.incomplete, found.calls, found.suggestion), (true, 11_000, None));
}

both!(of_more_keys_than_one_answer_may_look_at_it_says_that_there_are_more);
async fn of_more_keys_than_one_answer_may_look_at_it_says_that_there_are_more(place: &Place) {
    let office = Office::open(place).await;
    let most = usize::try_from(KEYS_MAX).unwrap();
    let organization = office.home.organization.id.to_string();
    let review = async || advice::of_organization(&office.app, &office.owner, &organization, 100).await;
    let made = async |count: usize| {
        let grant = Grant::Scopes(vec![("read".into(), "*".into())]);
        let keys: Vec<Key> = (0..count).map(|_| Key { grant: grant.clone(), ..office.home.key() }).collect();
        let work = async move |tx: &mut Tx| {
            for keys in keys.chunks(1_000) {
                tx.insert_keys(keys).await?;
            }
            note(tx, "keys").await
        };
        office.app.store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();
    };

    made(most).await;
    let found = review().await.unwrap();
    assert_eq!((found.keys.len(), found.total, found.incomplete), (100, most, false));
    made(1).await;
    let found = review().await.unwrap();
    assert_eq!((found.keys.len(), found.total, found.incomplete), (100, most, true));
}

both!(keys_are_listed_the_worst_first_page_after_page_each_once);
async fn keys_are_listed_the_worst_first_page_after_page_each_once(place: &Place) {
    let office = Office::open(place).await;
    let used = |days: i64| LastUse { at: moment(-days * DAY), ip: None };
    let wide = Grant::Scopes(vec![("read".into(), "*".into())]);
    let narrow = |label: &str, days: i64| Key {
        name: name(label),
        grant: Grant::Scopes(vec![("read".into(), "THING/#/#".into())]),
        networks: Networks::parse(["203.0.113.0/24"]).unwrap(),
        expires_at: Some(moment(DAY)),
        created_at: moment(-days * DAY),
        ..office.home.key()
    };
    // The last use that is told, too; what is not worth a look is in no page.
    let made = [
        (Key { expires_at: None, ..narrow("no expiry", 100) }, Some(used(1))),
        (Key { networks: Networks::default(), ..narrow("any address", 100) }, Some(used(1))),
        (Key { grant: wide.clone(), ..narrow("full", 100) }, Some(used(1))),
        (Key { grant: wide, expires_at: None, ..narrow("full and no expiry", 100) }, Some(used(1))),
        (narrow("unused", 100), Some(used(90))),
        (narrow("older and unused", 101), Some(used(91))),
        (narrow("nearly unused", 100), Some(used(89))),
        (narrow("never used", 1), None),
        (narrow("tidy", 100), Some(used(1))),
    ];
    for (key, _) in &made {
        office.home.create(&office.app.store, key).await.unwrap();
    }
    let last_uses = made.iter().filter_map(|(key, used)| Some((key.id, used.clone()?))).collect();
    let (node, called, unseen) = ("node".into(), Vec::new(), Vec::new());
    let batch = UsageBatch { node, sequence: 1, called, last_uses, unseen };
    office.app.store.add_usage(batch, moment(0)).await.unwrap();

    let organization = office.home.organization.id.to_string();
    let (mut listed, mut next) = (Vec::new(), None);
    loop {
        let page = advice::after(&office.app, &office.owner, &organization, next, 2).await.unwrap();
        assert_eq!((page.total, page.incomplete), (7, false));
        listed.extend(page.keys.into_iter().map(|key| (key.row.key.name, key.findings)));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let expected = [
        ("never used", vec![Finding::NeverUsed]),
        ("older and unused", vec![Finding::Unused]),
        ("unused", vec![Finding::Unused]),
        ("full and no expiry", vec![Finding::FullAccess, Finding::NoExpiry]),
        ("full", vec![Finding::FullAccess]),
        ("any address", vec![Finding::AnyAddress]),
        ("no expiry", vec![Finding::NoExpiry]),
    ];
    let expected: Vec<(Name, Vec<Finding>)> =
        expected.into_iter().map(|(label, findings)| (name(label), findings)).collect();
    assert_eq!(listed, expected);
}
