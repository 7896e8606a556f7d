//! A wrong pepper or master key is found at start, by name, and not as garbage later.

use crate::both;
use crate::place::Place;
use crate::records::moment;
use control::ops::setup::{self, WrongSecret};
use control::seal::MasterKey;
use control::{App, Parts};
use domain::{Pepper, TrustedPeers};
use std::sync::Arc;

/// The server's state over this database, with secrets of these bytes.
pub(crate) async fn app(place: &Place, pepper: u8, master: u8) -> Arc<App> {
    Arc::new(App::new(Parts {
        store: place.open().await,
        pepper: Pepper::new(&[pepper; 32]),
        master: MasterKey::new(&[master; 32]).unwrap(),
        clock: || moment(0),
        visible: Arc::new(|_| Box::pin(async {})),
        known: Arc::new(|| None),
        issuer: "https://keys.example".into(),
        proxies: TrustedPeers::nobody(),
    }))
}

both!(secrets_are_recognised);
async fn secrets_are_recognised(place: &Place) {
    let right = app(place, 1, 2).await;
    assert_eq!(setup::check_secrets(&right).await.unwrap(), Ok(()), "nothing to compare with yet");
    setup::begin(&right).await.unwrap();

    let check =
        async |pepper, master| setup::check_secrets(&*app(place, pepper, master).await).await.unwrap();
    assert_eq!(check(1, 2).await, Ok(()));
    assert_eq!(check(9, 2).await, Err(WrongSecret::Pepper));
    assert_eq!(check(1, 9).await, Err(WrongSecret::MasterKey));
    assert_eq!(check(2, 1).await, Err(WrongSecret::Pepper));
}

both!(a_second_begin_keeps_what_the_first_made);
async fn a_second_begin_keeps_what_the_first_made(place: &Place) {
    let first = app(place, 1, 2).await;
    setup::begin(&first).await.unwrap();
    let kid = first.signer(None).await.unwrap().kid().to_owned();

    // Even one with other secrets must not write its own over them.
    setup::begin(&app(place, 8, 9).await).await.unwrap();

    let again = app(place, 1, 2).await;
    assert_eq!(setup::check_secrets(&again).await.unwrap(), Ok(()));
    assert_eq!(again.signer(None).await.unwrap().kid(), kid);
    assert_eq!(again.store.signing_keys().await.unwrap().len(), 1);
    assert!(app(place, 1, 9).await.signer(None).await.is_err());
}

both!(two_processes_that_begin_at_once_make_one_of_each);
async fn two_processes_that_begin_at_once_make_one_of_each(place: &Place) {
    let apps = [app(place, 1, 2).await, app(place, 1, 2).await];
    let beginning = apps.clone().map(|app| tokio::spawn(async move { setup::begin(&app).await }));
    for begin in beginning {
        begin.await.unwrap().unwrap();
    }

    for (table, rows) in [
        ("select count(*) from signing_keys", 1),
        ("select count(*) from canaries", 2),
        ("select count(*) from catalogs", 1),
    ] {
        assert_eq!(place.number(table).await, rows, "{table}");
    }
}
