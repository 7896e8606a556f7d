//! Node rows: a renewal succeeds only while row, beat and history are as the process left them.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment};
use crate::sound::{changes_from, sound};
use control::ops::setup;
use domain::{ChangeHash, Version};
use std::time::Duration;

both!(a_renewal_learns_where_the_log_stands_and_adds_nothing_to_it);
async fn a_renewal_learns_where_the_log_stands_and_adds_nothing_to_it(place: &Place) {
    let store = place.open().await;
    store.register_node("node", moment(0)).await.unwrap();
    let beat = store.renew_node("node", 0).await.unwrap().unwrap();
    assert_eq!((beat.version, beat.hash), (Version::START, ChangeHash::START));

    Home::made(&store).await;
    let beat = store.renew_node("node", 1).await.unwrap().unwrap();

    assert_eq!((beat.history.as_str(), beat.version), ("history", Version(2)));
    assert_eq!(Some(beat.hash), changes_from(&store, Version(2)).await.first().map(|change| change.hash));
    store.note_applied("node", Version(2)).await.unwrap();
    store.ping().await.unwrap();
    assert_eq!(sound(place, &store).await, Version(2));
}

both!(a_lease_is_one_value_for_all_nodes_and_a_change_of_it_is_on_record);
async fn a_lease_is_one_value_for_all_nodes_and_a_change_of_it_is_on_record(place: &Place) {
    let app = crate::secrets::app(place, 1, 2).await;
    let renewed = async |id: &str| {
        app.store.register_node(id, moment(0)).await.unwrap();
        app.store.renew_node(id, 0).await.unwrap().unwrap().lease
    };
    assert_eq!(renewed("one").await, Duration::from_secs(10));
    let before = app.store.load().await.unwrap().1.version;

    setup::set_lease(&app, Duration::from_secs(3)).await.unwrap();
    setup::set_lease(&app, Duration::from_secs(3)).await.unwrap();

    assert_eq!(renewed("two").await, Duration::from_secs(3));
    let changes = changes_from(&app.store, before.next()).await;
    assert_eq!(changes.iter().map(|change| &*change.action).collect::<Vec<_>>(), ["lease.changed"]);
}

#[tokio::test]
async fn on_postgres_a_renewal_needs_its_own_row_beat_and_history() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open().await;
    assert!(store.renew_node("node", 0).await.unwrap().is_none(), "never registered");
    store.register_node("node", moment(0)).await.unwrap();

    assert!(store.renew_node("node", 1).await.unwrap().is_none(), "a beat too far");
    assert!(store.renew_node("node", 0).await.unwrap().is_some());
    assert!(store.renew_node("node", 0).await.unwrap().is_none(), "the same beat again");

    place.execute("update clock set history = 'restored'").await;
    assert!(store.renew_node("node", 1).await.unwrap().is_none(), "another history");
    place.execute("update clock set history = 'history'").await;
    assert!(store.renew_node("node", 1).await.unwrap().is_some());

    store.deregister_node("node").await.unwrap();
    assert!(store.renew_node("node", 2).await.unwrap().is_none(), "deregistered");
}
