//! Imports: their keys are nobody's until one change says that they are complete.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, rng};
use crate::sound::{changes_from, sound};
use control::store::{KeyFilter, Lane, StatusFilter, Store, StoreError, Tx};
use domain::{
    ActorId, Catalog, ChangeHash, Effect, Grant, Import, ImportId, ImportState, Key, Level, Loaded, Snapshot,
    Version,
};

/// An import into this home, not yet in the database.
pub(crate) fn import_into(home: &Home, keys: usize) -> Import {
    Import {
        id: ImportId::generate(moment(0), &mut rng()),
        project_id: home.project.id,
        keys: i64::try_from(keys).unwrap(),
        state: ImportState::Staged,
        created_at: moment(0),
        created_by: ActorId::Operator,
    }
}

/// Writes these keys as one piece of an import, which the first piece begins.
pub(crate) async fn stage(
    store: &Store,
    home: &Home,
    import: &Import,
    keys: &[Key],
    first: bool,
) -> Result<(), StoreError> {
    let (import, organization, keys) = (import.clone(), home.organization.id.clone(), keys.to_vec());
    let work = async move |tx: &mut Tx| {
        if first {
            tx.insert_import(&import, &organization).await?;
        }
        tx.insert_keys(&keys).await?;
        let effects: Vec<Effect> = std::iter::once(Effect::Import(import))
            .chain(keys.into_iter().map(|key| Effect::Key(Box::new(key))))
            .collect();
        tx.record(moment(1), ActorId::Operator, "import.staged", organization.as_str(), &effects)
            .await
            .map(drop)
    };
    store.write(Lane::Ordinary, work).await
}

/// Says how an import ended; false when it had ended before.
async fn end(store: &Store, home: &Home, import: &Import, state: ImportState) -> bool {
    let (import, organization) = (Import { state, ..import.clone() }, home.organization.id.clone());
    let work = async move |tx: &mut Tx| {
        let ended = tx.update_import(import.id, state, moment(2)).await?;
        if ended {
            let effects = [Effect::Import(import)];
            tx.record(moment(2), ActorId::Operator, "import.ended", organization.as_str(), &effects).await?;
        }
        Ok::<_, StoreError>(ended)
    };
    store.write(Lane::Ordinary, work).await.unwrap()
}

async fn forget(store: &Store, home: &Home, import: ImportId, limit: i64) -> usize {
    let organization = home.organization.id.clone();
    let work = async move |tx: &mut Tx| {
        let keys = tx.keys_of_import(import, limit).await?;
        tx.forget_keys(import, &keys).await?;
        let count = keys.len();
        let effects = [Effect::Forgotten { import, keys }];
        tx.record(moment(3), ActorId::Operator, "import.cleared", organization.as_str(), &effects).await?;
        Ok::<_, StoreError>(count)
    };
    store.write(Lane::Ordinary, work).await.unwrap()
}

fn keys_of(home: &Home, import: &Import, count: usize) -> Vec<Key> {
    let key = |_| Key { import: Some(import.id), grant: Grant::legacy(Level::ReadOnly), ..home.key() };
    (0..count).map(key).collect()
}

async fn listed(store: &Store, home: &Home) -> usize {
    let filter = KeyFilter { status: StatusFilter::All, name_part: None, after: None, limit: i64::MAX };
    store.keys_of(home.project.id, &filter, moment(0)).await.unwrap().len()
}

/// In how many ways the key is found one by one.
async fn found(store: &Store, key: &Key) -> usize {
    let (id, project) = (key.id, key.project_id);
    let inside =
        async move |tx: &mut Tx| Ok::<_, StoreError>((tx.key(id).await?, tx.count_keys(project, 9).await?));
    let (inside, counted) = store.write(Lane::Ordinary, inside).await.unwrap();
    let by_id = store.key(key.id).await.unwrap();
    let by_digest = store.key_of_digest(&key.digest).await.unwrap();
    [by_id.is_some(), by_digest.is_some(), inside.is_some(), counted > 0]
        .into_iter()
        .filter(|found| *found)
        .count()
}

fn followed(changes: &[domain::Change]) -> Snapshot {
    let mut known = Snapshot::build(Loaded {
        version: Version::START,
        hash: ChangeHash::START,
        catalog: Catalog::builtin(),
        projects: Vec::new(),
        keys: Vec::new(),
        imports: Vec::new(),
        resources: Vec::new(),
        trust: domain::token::Trust::default(),
    });
    changes.iter().for_each(|change| known.apply(change).unwrap());
    known
}

/// What was loaded and what was followed must know the same of these keys; answers with how many are known.
async fn known(store: &Store, keys: &[Key]) -> usize {
    let loaded = Snapshot::build(store.load().await.unwrap().1);
    let followed = followed(&changes_from(store, Version(1)).await);
    assert_eq!((loaded.version(), loaded.hash()), (followed.version(), followed.hash()));
    assert_eq!((loaded.key_count(), loaded.has_legacy()), (followed.key_count(), followed.has_legacy()));
    for key in keys {
        let text = |known: &Snapshot| format!("{:?} {:?}", known.key(&key.digest), known.key_of_id(&key.id));
        assert_eq!(text(&loaded), text(&followed));
    }
    keys.iter().filter(|key| loaded.key(&key.digest).is_some()).count()
}

both!(keys_of_an_import_are_nobodys_until_it_is_complete);
async fn keys_of_an_import_are_nobodys_until_it_is_complete(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let import = import_into(&home, 4);
    let keys = keys_of(&home, &import, 4);
    let (first, second) = keys.split_at(2);
    stage(&store, &home, &import, first, true).await.unwrap();
    stage(&store, &home, &import, second, false).await.unwrap();
    assert_eq!((listed(&store, &home).await, known(&store, &keys).await), (0, 0));
    for key in &keys {
        assert_eq!(found(&store, key).await, 0);
    }
    assert!(end(&store, &home, &import, ImportState::Complete).await);
    assert!(!end(&store, &home, &import, ImportState::Abandoned).await, "what is complete stays so");
    assert_eq!((listed(&store, &home).await, known(&store, &keys).await), (4, 4));
    for key in &keys {
        assert_eq!(found(&store, key).await, 4);
    }
    assert!(store.unfinished_imports().await.unwrap().is_empty());
    sound(place, &store).await;
}

both!(an_abandoned_import_is_taken_away_and_its_keys_are_free_again);
async fn an_abandoned_import_is_taken_away_and_its_keys_are_free_again(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let (import, next) = (import_into(&home, 5), import_into(&home, 5));
    let keys = keys_of(&home, &import, 5);
    stage(&store, &home, &import, &keys, true).await.unwrap();
    let again: Vec<Key> =
        keys.iter().map(|key| Key { import: Some(next.id), id: home.key().id, ..key.clone() }).collect();
    let taken = stage(&store, &home, &next, &again, true).await;
    assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
    assert!(end(&store, &home, &import, ImportState::Abandoned).await);
    assert!(!end(&store, &home, &import, ImportState::Staged).await, "nobody goes on with it");
    sound(place, &store).await;
    assert_eq!(forget(&store, &home, import.id, 3).await, 3);
    assert_eq!(
        (forget(&store, &home, import.id, 3).await, forget(&store, &home, import.id, 3).await),
        (2, 0)
    );
    assert_eq!(known(&store, &keys).await, 0);
    stage(&store, &home, &next, &again, true).await.unwrap();
    assert!(end(&store, &home, &next, ImportState::Complete).await);
    assert_eq!((listed(&store, &home).await, known(&store, &again).await), (5, 5));
    sound(place, &store).await;
}

both!(a_digest_is_taken_whoever_has_it_in_whatever_state);
async fn a_digest_is_taken_whoever_has_it_in_whatever_state(place: &Place) {
    let store = place.open().await;
    let (home, other) = (Home::made(&store).await, Home::made(&store).await);
    let (active, mut revoked, import) = (home.key(), other.key(), import_into(&other, 1));
    home.create(&store, &active).await.unwrap();
    other.create(&store, &revoked).await.unwrap();
    revoked.state = revoked.state.revoked(moment(1), ActorId::Operator);
    other.update(&store, &revoked).await.unwrap();
    let staged = Key { import: Some(import.id), ..other.key() };
    stage(&store, &other, &import, std::slice::from_ref(&staged), true).await.unwrap();
    let free = home.key();
    let asked = [active.digest, revoked.digest, staged.digest, free.digest];
    let taken = store.taken(&asked).await.unwrap();
    assert_eq!(asked.map(|digest| taken.contains(&digest)), [true, true, true, false]);
}
