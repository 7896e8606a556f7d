//! Opening: the schema is made once, by whoever comes first, and never by a program too old for it.

use crate::both;
use crate::place::Place;
use crate::records::Home;
use crate::sound::sound;
use control::store::{Database, OpenError, Store};
use domain::Version;
use std::sync::Arc;

both!(opened_twice_nothing_is_made_twice);
async fn opened_twice_nothing_is_made_twice(place: &Place) {
    let first = place.try_open("first").await.unwrap();
    let home = Home::made(&first).await;
    home.create(&first, &home.key()).await.unwrap();
    drop(first);

    let second = place.try_open("second").await.unwrap();

    assert_eq!(second.history().await.unwrap(), "first");
    assert_eq!(place.number("select count(*) from schema_versions where version = 1").await, 1);
    assert_eq!(sound(place, &second).await, Version(3));
}

both!(opened_by_eight_at_once_the_schema_is_made_by_one);
async fn opened_by_eight_at_once_the_schema_is_made_by_one(place: &Place) {
    let database = Arc::new(place.database().clone());
    let opening: Vec<_> = (0..8)
        .map(|number| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { Store::open(&database, &format!("history {number}")).await })
        })
        .collect();
    let mut stores = Vec::new();
    for open in opening {
        stores.push(open.await.unwrap().unwrap());
    }

    let history = stores.first().unwrap().history().await.unwrap();
    for store in &stores {
        assert_eq!(store.history().await.unwrap(), history);
        Home::made(store).await;
    }
    assert_eq!(place.number("select count(*) from clock").await, 1);
    assert_eq!(place.number("select count(*) from schema_versions where version = 1").await, 1);
    assert_eq!(sound(place, stores.first().unwrap()).await, Version(16));
}

both!(a_newer_schema_is_refused_and_left_alone);
async fn a_newer_schema_is_refused_and_left_alone(place: &Place) {
    drop(place.open().await);
    // What a newer one looks like is not ours to know; the clock may be gone.
    place.execute("insert into schema_versions (version) values (99); drop table clock").await;

    let refused = place.try_open("other").await;

    assert!(matches!(refused, Err(OpenError::TooNew { found: 99, .. })), "{refused:?}");
    assert_eq!(place.number("select max(version) from schema_versions").await, 99);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let place = Place::sqlite();
    let junk = vec![0x5a; 20_000];
    std::fs::write(place.file(), &junk).unwrap();

    let refused = place.try_open("history").await;

    assert!(matches!(refused, Err(OpenError::Corrupt(_))), "{refused:?}");
    assert_eq!(std::fs::read(place.file()).unwrap(), junk);
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused() {
    let refused = Store::open(&Database::Postgres("nonsense".into()), "history").await;

    assert!(matches!(refused, Err(OpenError::Url)), "{refused:?}");
}
