//! Versions are 1, 2, 3 … in the order of the commits, whoever writes and whoever looks on.

use crate::both;
use crate::place::Place;
use crate::records::Home;
use crate::sound::sound;
use control::store::{ChangeFilter, Store};
use domain::{ChangeHash, Version};
use std::sync::Arc;
use tokio::task::JoinHandle;

const WRITERS: i64 = 64;
const CHANGES_EACH: i64 = 8;

both!(a_follower_of_64_writers_sees_every_version_once_and_in_order);
async fn a_follower_of_64_writers_sees_every_version_once_and_in_order(place: &Place) {
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let last = Version(2 + WRITERS * CHANGES_EACH);

    let followers: Vec<_> = (0..2).map(|_| tokio::spawn(follow(Arc::clone(&store), last))).collect();
    let writers: Vec<_> = (0..WRITERS).map(|_| write(&store, &home)).collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for follower in followers {
        follower.await.unwrap();
    }

    assert_eq!(sound(place, &store).await, last);
}

/// Reads on until it has seen the last version; stops at the first that does not follow from the one before.
async fn follow(store: Arc<Store>, last: Version) {
    let (mut at, mut hash) = (Version::START, ChangeHash::START);
    while at < last {
        let filter = ChangeFilter { from: at.next(), organization: None, limit: 50 };
        let changes = store.changes(filter).await.unwrap();
        for change in &changes {
            assert_eq!(change.version, at.next());
            assert!(change.follows(hash), "version {at:?}");
            (at, hash) = (change.version, change.hash);
        }
        // What was read stays what it is.
        let filter = ChangeFilter { from: at, organization: None, limit: 1 };
        if let Some(again) = store.changes(filter).await.unwrap().first() {
            assert_eq!((again.version, again.hash), (at, hash));
        }
    }
}

fn write(store: &Arc<Store>, home: &Home) -> JoinHandle<()> {
    let (store, home) = (Arc::clone(store), home.clone());
    tokio::spawn(async move {
        let mut seen = Version::START;
        for _ in 0..CHANGES_EACH {
            let key = home.key();
            let version = home.create(&store, &key).await.unwrap();
            assert!(version > seen);
            seen = version;
            // What is acknowledged is visible to whoever reads next.
            assert_eq!(store.key(key.id).await.unwrap().map(|row| row.version), Some(version));
        }
    })
}

both!(two_processes_keep_one_chain);
async fn two_processes_keep_one_chain(place: &Place) {
    let stores = [Arc::new(place.open().await), Arc::new(place.open().await)];
    let [first, second] = &stores;
    let home = Home::made(first).await;
    let last = Version(2 + WRITERS * CHANGES_EACH);

    let follower = tokio::spawn(follow(Arc::clone(second), last));
    let writers: Vec<_> = stores.iter().cycle().take(64).map(|store| write(store, &home)).collect();
    for writer in writers {
        writer.await.unwrap();
    }
    follower.await.unwrap();

    assert_eq!(sound(place, first).await, last);
    assert_eq!(sound(place, second).await, last);
}

both!(a_tenant_reads_its_own_changes_only);
async fn a_tenant_reads_its_own_changes_only(place: &Place) {
    let store = place.open().await;
    let (one, other) = (Home::made(&store).await, Home::made(&store).await);
    one.create(&store, &one.key()).await.unwrap();
    other.create(&store, &other.key()).await.unwrap();

    let filter =
        ChangeFilter { from: Version(2), organization: Some(one.organization.id.as_str()), limit: 10 };
    let changes = store.changes(filter).await.unwrap();

    let versions: Vec<Version> = changes.iter().map(|change| change.version).collect();
    assert_eq!(versions, [Version(2), Version(5)]);
    assert!(changes.iter().all(|change| change.organization == one.organization.id.as_str()));
}
