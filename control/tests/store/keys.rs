//! Every kind of key comes back as it was written, however it is read.

use crate::both;
use crate::place::Place;
use crate::records::{AWKWARD, Home, moment, name, rng, roles};
use crate::sound::sound;
use control::store::{KeyFilter, Lane, StatusFilter, Store, StoreError, Tx};
use domain::{Access, ActorId, Grant, Key, KeyState, Level, Networks, Preset, ServiceAccountId};
use std::collections::BTreeMap;

both!(keys_in_every_state_with_every_grant);
async fn keys_in_every_state_with_every_grant(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let keys = every_kind(&home);
    for key in &keys {
        let version = home.create(&store, key).await.unwrap();
        let row = store.key(key.id).await.unwrap().unwrap();
        assert_eq!((&row.key, row.version), (key, version));
    }
    assert_eq!(listed(&store, &home).await, keys);
    sound(place, &store).await;

    // Each becomes each other, by an update.
    let mut changed = keys.clone();
    changed.rotate_left(1);
    for (old, new) in keys.iter().zip(&mut changed) {
        *new = Key { id: old.id, digest: old.digest, created_at: old.created_at, ..new.clone() };
        home.update(&store, new).await.unwrap();
        let id = new.id;
        let seen_inside = async move |tx: &mut Tx| tx.key(id).await;
        let row = store.write::<_, StoreError, _>(Lane::Ordinary, seen_inside).await.unwrap();
        assert_eq!(&row.unwrap().key, new);
    }
    assert_eq!(listed(&store, &home).await, changed);
    sound(place, &store).await;
}

fn every_kind(home: &Home) -> Vec<Key> {
    let grants = [
        roles(&["ProjectEditor"]),
        roles(&["A", "B", "Ç"]),
        Grant::Scopes(vec![("*".into(), "A/**".into()), ("read".into(), AWKWARD.into())]),
        Grant::Access(Access { preset: Preset::All, levels: BTreeMap::new(), endpoints: BTreeMap::new() }),
        Grant::Access(Access {
            preset: Preset::Restricted,
            levels: BTreeMap::from([("api".to_owned(), Level::Restricted)]),
            endpoints: BTreeMap::from([("one".to_owned(), Level::ReadOnly)]),
        }),
    ];
    let by = ActorId::ServiceAccount(ServiceAccountId::generate(moment(0), &mut rng()));
    let limited = Networks::parse(["192.0.2.0/24", "2001:db8::/32"]).unwrap();
    let states = [
        KeyState::Active,
        KeyState::Disabled { since: moment(3) },
        KeyState::Revoked { at: moment(4), by },
        KeyState::Revoked { at: moment(4), by: ActorId::Operator },
    ];
    let pairs = grants.iter().flat_map(|grant| states.iter().map(move |state| (grant.clone(), *state)));
    pairs
        .zip(0..)
        .map(|((grant, state), number)| Key {
            name: name(AWKWARD),
            grant,
            state,
            expires_at: (number % 2 == 0).then(|| moment(number)),
            networks: if number % 3 == 0 { limited.clone() } else { Networks::default() },
            created_at: moment(number),
            created_by: by,
            ..home.key()
        })
        .collect()
}

async fn listed(store: &Store, home: &Home) -> Vec<Key> {
    let filter = KeyFilter { status: StatusFilter::All, name_part: None, after: None, limit: 1000 };
    let rows = store.keys_of(home.project.id, &filter, moment(0)).await.unwrap();
    rows.into_iter().map(|row| row.key).collect()
}
