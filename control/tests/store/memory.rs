//! A memory loaded from the rows and one that followed the changes give the same answers.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, rng, roles};
use crate::sound::{changes_from, sound};
use control::store::{KeyFilter, StatusFilter, Store};
use domain::{
    Ask, Catalog, ChangeHash, Grant, Key, KeySecret, KeyState, Loaded, Pepper, Presented, Snapshot, Version,
    verify,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        let mut key = Key { digest, state: *state, expires_at, ..owner.key() };
        owner.create(&store, &key).await.unwrap();
        if number % 5 == 4 {
            key.state = key.state.revoked(moment(9), key.created_by);
            owner.update(&store, &key).await.unwrap();
        }
        secrets.push((key.id, secret));
    }
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
            let verdict = |known: &Snapshot| format!("{:?}", verify(known, &presented, &Ask::default(), now));
            assert_eq!(verdict(&loaded), verdict(&followed));
        }
    }
}

fn empty() -> Snapshot {
    Snapshot::build(Loaded {
        version: Version::START,
        hash: ChangeHash::START,
        catalog: Catalog::builtin(),
        projects: Vec::new(),
        keys: Vec::new(),
        resources: Vec::new(),
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

    let done = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, home, key, grants, done) =
            (Arc::clone(&store), home.clone(), key.clone(), grants.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            for grant in grants.iter().cycle().take(300) {
                home.update(&store, &Key { grant: grant.clone(), ..key.clone() }).await.unwrap();
            }
            done.store(true, Ordering::SeqCst);
        })
    };
    while !done.load(Ordering::SeqCst) {
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
