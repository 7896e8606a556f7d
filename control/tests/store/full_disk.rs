//! A full disk takes no new keys, loses none, and still lets keys be revoked.

use crate::held::{Held, Waiting, answers, queue_all};
use crate::place::Place;
use crate::records::{Home, moment, note};
use crate::secrets::app;
use crate::sound::sound;
use control::ops::{Precondition, keys};
use control::store::{KeyFilter, Lane, StatusFilter, Store, StoreError};
use control::{App, Error};
use domain::access::{Binding, Caller, MemberRole};
use domain::{ActorId, Key, KeyState, Name, Version};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Keys made before the disk fills up.
const MADE: usize = 16;
const RESERVE_BYTES: u64 = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_half_written_and_writing_goes_on_when_there_is_room() {
    let Some((place, app, home, keys)) = begin().await else { return };
    let filler = fill(&place);
    let refused = create_until_full(&app.store, &home).await;

    // Everybody is told, nothing of it is there, and reading goes on.
    for _ in 0..8 {
        assert!(matches!(home.create(&app.store, &home.key()).await, Err(StoreError::Full)));
    }
    assert!(app.store.key(refused.id).await.unwrap().is_none());
    assert_eq!(app.store.key(keys[0].id).await.unwrap().unwrap().key, keys[0]);
    let all = KeyFilter { status: StatusFilter::All, name_part: None, after: None, limit: 5 };
    assert_eq!(app.store.keys_of(home.project.id, &all, moment(0)).await.unwrap().len(), 5);
    app.store.renew_node("node", 0).await.unwrap().unwrap();
    let full = sound(&place, &app.store).await;

    std::fs::remove_file(filler).unwrap();
    home.create(&app.store, &refused).await.unwrap();

    assert_eq!(sound(&place, &app.store).await, full.next());
    assert_eq!(reserve(&place).metadata().unwrap().len(), RESERVE_BYTES);
    drop(app);
    assert_eq!(sound(&place, &place.open().await).await, full.next());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_keys_are_revoked_while_creates_press_for_room() {
    let Some((place, app, home, keys)) = begin().await else { return };
    let filler = fill(&place);
    create_until_full(&app.store, &home).await;

    let done = Arc::new(AtomicBool::new(false));
    let creating: Vec<_> = (0..64).map(|_| tokio::spawn(create_for_ever(&app, &home, &done))).collect();
    let revoking: Vec<_> = keys.iter().map(|key| tokio::spawn(revoke(&app, &home, key))).collect();
    for revoke in revoking {
        revoke.await.unwrap().unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for create in creating {
        create.await.unwrap();
    }

    for key in &keys {
        let state = app.store.key(key.id).await.unwrap().unwrap().key.state;
        assert!(matches!(state, KeyState::Revoked { .. }), "{state:?}");
    }
    sound(&place, &app.store).await;
    // With the reserve spent creates are refused before they try; with room it comes back first.
    assert!(matches!(home.create(&app.store, &home.key()).await, Err(StoreError::Full)));
    std::fs::remove_file(filler).unwrap();
    home.create(&app.store, &home.key()).await.unwrap();
    assert_eq!(reserve(&place).metadata().unwrap().len(), RESERVE_BYTES);
    sound(&place, &app.store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_disk_fills_up_in_a_transaction_everybody_in_it_is_told_so() {
    let Some(place) = Place::small_disk() else { return };
    let store = Arc::new(place.open().await);
    let held = Held::begin(&store).await;
    let filler = fill(&place);
    // Together more than SQLite keeps in memory, so that it meets the full disk long before the commit.
    let large: Arc<str> = "x".repeat(100_000).into();
    let mut writes: Vec<Waiting<'_, Version>> = Vec::new();
    for _ in 0..64 {
        let large = Arc::clone(&large);
        writes.push(Box::pin(store.write(Lane::Ordinary, async move |tx| note(tx, &large).await)));
    }
    queue_all(&mut writes).await;
    let held = held.let_go().await;

    assert!(matches!(held, Err(StoreError::Full)), "{held:?}");
    for answer in answers(writes).await {
        assert!(matches!(answer, Err(StoreError::Full)), "{answer:?}");
    }
    assert_eq!(sound(&place, &store).await, Version::START);
    std::fs::remove_file(filler).unwrap();
    Home::made(&store).await;
    assert_eq!(sound(&place, &store).await, Version(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_a_server_still_starts_reads_and_revokes() {
    let Some((place, before, home, keys)) = begin().await else { return };
    drop(before);
    let filler = fill(&place);

    let app = app(&place, 1, 2).await;

    assert_eq!(app.store.load().await.unwrap().1.keys.len(), MADE);
    let refused = create_until_full(&app.store, &home).await;
    revoke(&app, &home, &keys[0]).await.unwrap();
    let head = sound(&place, &app.store).await;
    std::fs::remove_file(filler).unwrap();
    home.create(&app.store, &refused).await.unwrap();
    assert_eq!(sound(&place, &app.store).await, head.next());
}

async fn begin() -> Option<(Place, Arc<App>, Home, Vec<Key>)> {
    let place = Place::small_disk()?;
    let app = app(&place, 1, 2).await;
    let home = Home::made(&app.store).await;
    let keys: Vec<Key> = (0..MADE).map(|_| home.key()).collect();
    for key in &keys {
        home.create(&app.store, key).await.unwrap();
    }
    Some((place, app, home, keys))
}

fn reserve(place: &Place) -> PathBuf {
    place.file().with_extension("reserve")
}

/// Takes all room there is.
pub(crate) fn fill(place: &Place) -> PathBuf {
    let path = place.file().with_extension("filler");
    let mut file = File::create(&path).unwrap();
    for block in [vec![1; 4096], vec![1; 1]] {
        while file.write_all(&block).is_ok() {}
    }
    path
}

/// The log of SQLite may have some room left in itself; this uses it up. The key that was refused.
pub(crate) async fn create_until_full(store: &Store, home: &Home) -> Key {
    loop {
        let key = home.key();
        match home.create(store, &key).await {
            Ok(_) => {}
            Err(StoreError::Full) => return key,
            Err(error) => panic!("not full but {error:?}"),
        }
    }
}

fn create_for_ever(app: &Arc<App>, home: &Home, done: &Arc<AtomicBool>) -> impl Future<Output = ()> + use<> {
    let (app, home, done) = (Arc::clone(app), home.clone(), Arc::clone(done));
    async move {
        let long = Name::parse(&"n".repeat(Name::KEY_CHARS_MAX), Name::KEY_CHARS_MAX).unwrap();
        while !done.load(Ordering::SeqCst) {
            let created = home.create(&app.store, &Key { name: long.clone(), ..home.key() }).await;
            assert!(matches!(created, Ok(_) | Err(StoreError::Full)), "{created:?}");
        }
    }
}

fn revoke(app: &Arc<App>, home: &Home, key: &Key) -> impl Future<Output = Result<(), Error>> + use<> {
    let caller = Caller {
        actor: ActorId::Operator,
        organization: home.organization.id.clone(),
        bindings: vec![Binding { role: MemberRole::OrgOwner, project: None }],
        limits: None,
        generation: None,
        operator: false,
    };
    let (app, id) = (Arc::clone(app), key.id.to_string());
    async move {
        keys::revoke(&app, &caller, &id, Precondition::default(), keys::Cascade::Children).await.map(|_| ())
    }
}
