//! A memory loaded from the rows and one that followed the changes give the same answers.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, rng, roles};
use crate::sound::{changes_from, sound};
use control::store::{KeyFilter, StatusFilter, Store};
use domain::{
    Action, Address, Ask, Asked, Catalog, ChangeHash, Grant, Key, KeySecret, KeyState, Loaded, Pepper,
    Presented, Snapshot, Version, Wanted, verify,
};
use std::sync::Arc;

both!(loaded_or_followed_it_is_the_same_memory);
async fn loaded_or_followed_it_is_the_same_memory(place: &Place) {
    let store = place.open().await;
    let (home, mut removed) = (Home::made(&store).await, Home::made(&store).await);
    let pepper = Pepper::new(&[3; 32]);
    let mut secrets = Vec::new();
    for (number, state) in
        [KeyState::Active, KeyState::Disabled { since: moment(0) }].iter().cycle().take(12).enumerate()
    {
        let secret = KeySecret::generate(&Catalog::builtin().default_class().prefix, &mut rng());
        let owner = if number % 4 == 3 { &removed } else { &home };
        let expires_at = (number % 3 == 0).then(|| moment(50));
        let digest = pepper.digest(secret.expose().as_bytes());
        // Every other one may do everything, so that only whose a resource is decides.
        let everything = Grant::Scopes(vec![("*".into(), "*".into())]);
        let grant = if number % 2 == 0 { everything } else { Grant::default_roles() };
        let mut key = Key { digest, state: *state, expires_at, grant, ..owner.key() };
        owner.create(&store, &key).await.unwrap();
        if number % 5 == 4 {
            key.state = key.state.revoked(moment(9), key.created_by);
            owner.update(&store, &key).await.unwrap();
        }
        secrets.push((key.id, secret));
    }
    let asked = registered(&store, &home, &removed).await;
    remove_project(&store, &mut removed).await;
    let head = sound(place, &store).await;

    let loaded = Snapshot::build(store.load().await.unwrap().1);
    let mut followed = empty();
    for change in changes_from(&store, Version(1)).await {
        followed.apply(&change).unwrap();
    }

    assert_eq!((loaded.version(), loaded.hash()), (head, followed.hash()));
    assert_eq!(loaded.key_count(), followed.key_count());
    for (id, secret) in &secrets {
        let text = |entry: Option<&domain::Entry>| format!("{:?}", entry.unwrap());
        assert_eq!(text(loaded.key_of_id(id)), text(followed.key_of_id(id)));
        let presented = Presented::parse(secret.expose(), loaded.catalog(), &pepper).unwrap();
        for now in [moment(1), moment(100)] {
            for resource in &asked {
                let verdict = |known: &Snapshot| {
                    let address = Address::parse(Asked::Text(resource), known.catalog().types()).unwrap();
                    let wanted = Some(Wanted { action: Action::Read, address });
                    format!("{:?}", verify(known, &presented, &Ask { wanted, ..Ask::default() }, now))
                };
                assert_eq!(verdict(&loaded), verdict(&followed), "{resource}");
            }
        }
    }
}

/// Resources in every state, which all keys may ask for.
async fn registered(store: &Store, home: &Home, other: &Home) -> Vec<String> {
    let names = ["kept", "of-the-removed", "released", "released-and-back", "moved", "never"];
    let [kept, removed, released, back, moved, _] = names.map(|id| format!("ENDPOINT/{id}"));
    for (home, name) in [(home, &kept), (other, &removed), (home, &released), (home, &back), (other, &moved)]
    {
        home.register(store, name, None).await;
    }
    home.register(store, &released, Some(moment(5))).await;
    home.register(store, &back, Some(moment(5))).await;
    home.register(store, &back, None).await;
    other.register(store, &moved, Some(moment(5))).await;
    home.register(store, &moved, None).await;
    names.map(|id| format!("ENDPOINT/{id}")).into()
}

fn empty() -> Snapshot {
    Snapshot::build(Loaded {
        version: Version::START,
        hash: ChangeHash::START,
        catalog: Catalog::builtin(),
        projects: Vec::new(),
        keys: Vec::new(),
        imports: Vec::new(),
        resources: Vec::new(),
        trust: domain::token::Trust::default(),
    })
}

async fn remove_project(store: &Store, home: &mut Home) {
    home.project.removed_at = Some(moment(20));
    let project = home.project.clone();
    let work = async move |tx: &mut control::store::Tx| {
        tx.update_project(&project).await?;
        let (by, organization) = (domain::ActorId::Operator, project.organization_id.clone());
        let effects = [domain::Effect::Project(project)];
        tx.record(moment(20), by, "project.deleted", organization.as_str(), &effects).await
    };
    store.write::<_, control::store::StoreError, _>(control::store::Lane::Urgent, work).await.unwrap();
}

both!(no_reader_sees_a_key_between_two_grants);
async fn no_reader_sees_a_key_between_two_grants(place: &Place) {
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let grants = [roles(&["A", "B"]), Grant::Scopes(vec![("*".into(), "*".into())]), roles(&["C"])];
    let key = Key { grant: roles(&["C"]), ..home.key() };
    home.create(&store, &key).await.unwrap();

    let writer = {
        let (store, home, key, grants) = (Arc::clone(&store), home.clone(), key.clone(), grants.clone());
        tokio::spawn(async move {
            for grant in grants.iter().cycle().take(300) {
                home.update(&store, &Key { grant: grant.clone(), ..key.clone() }).await.unwrap();
            }
        })
    };
    // Also when it failed: then the test does, too, and does not read for ever.
    while !writer.is_finished() {
        let filter = KeyFilter { status: StatusFilter::All, name_part: None, after: None, limit: 9 };
        let listed = store.keys_of(home.project.id, &filter, moment(0)).await.unwrap().remove(0).key;
        let shown = store.key(key.id).await.unwrap().unwrap().key;
        let loaded = store.load().await.unwrap().1.keys.remove(0);
        for seen in [listed, shown, loaded] {
            assert!(grants.contains(&seen.grant), "{:?}", seen.grant);
        }
    }
    writer.await.unwrap();
}
