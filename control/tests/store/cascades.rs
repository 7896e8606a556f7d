//! A revocation that was cut short between two changes goes on when it is asked for again.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment};
use crate::secrets::app;
use control::ops::Precondition;
use control::ops::keys::{self, Cascade};
use control::store::{Lane, StoreError, Tx};
use control::{App, Error};
use domain::access::{Binding, Caller, MemberRole};
use domain::{ActorId, Key, KeyState};
use std::sync::Arc;

/// A revoked key with a living child of a revoked child, as a crash after the first change may leave them.
async fn cut_short(app: &App, home: &Home) -> [Key; 3] {
    let dead = KeyState::Revoked { at: moment(1), by: ActorId::Operator };
    let root = Key { state: dead, ..home.key() };
    let child = Key { state: dead, created_by: ActorId::Key(root.id), ..home.key() };
    let grandchild = Key { created_by: ActorId::Key(child.id), ..home.key() };
    for key in [&root, &child, &grandchild] {
        home.create(&app.store, key).await.unwrap();
    }
    [root, child, grandchild]
}

async fn revoke(app: &App, home: &Home, key: &Key, cascade: Cascade) -> Result<usize, Error> {
    let caller = Caller {
        actor: ActorId::Operator,
        organization: home.organization.id.clone(),
        bindings: vec![Binding { role: MemberRole::OrgOwner, project: None }],
        limits: None,
        generation: None,
        operator: false,
    };
    keys::revoke(app, &caller, &key.id.to_string(), Precondition::default(), cascade).await
}

async fn is_revoked(app: &Arc<App>, key: &Key) -> bool {
    matches!(app.store.key(key.id).await.unwrap().unwrap().key.state, KeyState::Revoked { .. })
}

both!(an_unfinished_revocation_is_finished_by_asking_again);
async fn an_unfinished_revocation_is_finished_by_asking_again(place: &Place) {
    let app = app(place, 1, 2).await;
    let home = Home::made(&app.store).await;
    let [root, _, grandchild] = cut_short(&app, &home).await;
    let id = root.id;
    let note = async move |tx: &mut Tx| tx.begin_cascade(id, moment(1)).await;
    app.store.write::<_, StoreError, _>(Lane::Ordinary, note).await.unwrap();

    let alone = revoke(&app, &home, &root, Cascade::Alone).await;
    assert!(matches!(alone, Err(Error::NotFound { .. })), "{alone:?}");
    assert!(!is_revoked(&app, &grandchild).await);

    assert_eq!(revoke(&app, &home, &root, Cascade::Children).await.unwrap(), 1);
    assert!(is_revoked(&app, &grandchild).await);
    assert_eq!(place.number("select count(*) from cascades").await, 0);

    let again = revoke(&app, &home, &root, Cascade::Children).await;
    assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
}

both!(what_was_left_alive_on_purpose_stays_alive);
async fn what_was_left_alive_on_purpose_stays_alive(place: &Place) {
    let app = app(place, 1, 2).await;
    let home = Home::made(&app.store).await;
    let [root, child, grandchild] = cut_short(&app, &home).await;
    for key in [&root, &child] {
        let again = revoke(&app, &home, key, Cascade::Children).await;
        assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
    }
    assert!(!is_revoked(&app, &grandchild).await);
}
