//! PostgreSQL that goes away or is held by somebody: nothing is half done, and writing goes on by itself.

use crate::held::{Held, Waiting, answers, queue_all};
use crate::place::Place;
use crate::records::{Home, insert};
use crate::sound::sound;
use control::store::{Lane, StoreError, Tx};
use domain::Version;
use std::sync::Arc;
use tokio::sync::oneshot;

const KILL: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
    where datname = current_database() and application_name = 'keydesk'";
const CONNECTED: &str = "select count(*) from pg_stat_activity \
    where datname = current_database() and application_name = 'keydesk'";

/// Ends every connection of the store, and waits until they are gone.
async fn kill_connections(place: &Place) {
    assert!(place.number(KILL).await > 0);
    while place.number(CONNECTED).await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_postgres_connection_lost_between_operations_is_replaced_unnoticed() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open().await;
    let home = Home::made(&store).await;
    assert!(store.key(home.key().id).await.unwrap().is_none());

    kill_connections(&place).await;

    let key = home.key();
    home.create(&store, &key).await.unwrap();
    assert_eq!(store.key(key.id).await.unwrap().unwrap().key, key);
    assert_eq!(sound(&place, &store).await, Version(3));
}

#[tokio::test]
async fn a_postgres_connection_lost_in_an_operation_leaves_no_half_of_it() {
    let Some(place) = Place::postgres().await else { return };
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let (begun, running) = oneshot::channel();
    let (go, gone) = oneshot::channel();
    let (key, organization) = (home.key(), home.organization.id.clone());
    let id = key.id;
    let broken = async move |tx: &mut Tx| {
        tx.insert_key(&key).await?;
        begun.send(()).unwrap();
        gone.await.unwrap();
        insert(tx, &key, &organization).await
    };

    let held = Held::begin(&store).await;
    let (before, after) = (home.key(), home.key());
    let mut writes: Vec<Waiting<'_, Version>> = vec![Box::pin(home.create(&store, &before))];
    writes.push(Box::pin(store.write(Lane::Ordinary, broken)));
    writes.push(Box::pin(home.create(&store, &after)));
    queue_all(&mut writes).await;
    let held = tokio::spawn(held.let_go());
    running.await.unwrap();
    kill_connections(&place).await;
    go.send(()).unwrap();
    let answers = answers(writes).await;

    // Whoever shared the transaction is told, whoever still waited is served.
    assert!(matches!(held.await.unwrap(), Err(StoreError::Unavailable)));
    assert!(
        matches!(
            answers.as_slice(),
            [Err(StoreError::Unavailable), Err(StoreError::Unavailable), Ok(Version(3))]
        ),
        "{answers:?}"
    );
    for lost in [before.id, id] {
        assert!(store.key(lost).await.unwrap().is_none());
    }
    assert_eq!(sound(&place, &store).await, Version(3));
}

#[tokio::test]
async fn a_postgres_connection_lost_before_the_commit_is_never_called_a_success() {
    let Some(place) = Place::postgres().await else { return };
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let held = Held::begin(&store).await;

    kill_connections(&place).await;

    let answer = held.let_go().await;
    assert!(matches!(answer, Err(StoreError::Unavailable | StoreError::OutcomeUnknown)), "{answer:?}");
    home.create(&store, &home.key()).await.unwrap();
    assert_eq!(sound(&place, &store).await, Version(3));
}

#[tokio::test]
async fn a_postgres_clock_row_held_by_somebody_else_is_waited_for_and_then_busy() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open().await;
    let home = Home::made(&store).await;
    let mut other = place.connect_postgres().await;
    sqlx::raw_sql("begin; update clock set version = version").execute(&mut other).await.unwrap();

    let refused = home.create(&store, &home.key()).await;

    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert_eq!(store.load().await.unwrap().1.version, Version(2), "reading goes on");
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    home.create(&store, &home.key()).await.unwrap();
    assert_eq!(sound(&place, &store).await, Version(3));
}
