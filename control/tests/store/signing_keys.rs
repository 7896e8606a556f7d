//! A rotation is one change: whoever dies after it, or rotates at the same time, finds a set of keys that works.

use crate::both;
use crate::place::Place;
use crate::records::name;
use control::ops::setup::{self, NewOrganization};
use control::ops::signing_keys::{self, Rotation, ShownKey};
use control::seal::MasterKey;
use control::{App, Error, Parts};
use domain::access::{Binding, Caller, MemberRole};
use domain::token::{Algorithm, LEAD_SECONDS};
use domain::{ActorId, OrganizationId, Pepper, Plan, Timestamp, TrustedPeers};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// One clock for each database, in seconds: both tests may run in one process.
static CLOCKS: [AtomicI64; 2] = [AtomicI64::new(0), AtomicI64::new(0)];
const DAY: i64 = 86_400;

fn clock<const AT: usize>() -> Timestamp {
    Timestamp::from_seconds(CLOCKS[AT].load(Ordering::SeqCst))
}

fn advance(place: &Place, seconds: i64) {
    CLOCKS[usize::from(place.is_embedded())].fetch_add(seconds, Ordering::SeqCst);
}

/// A server's state over this database; another one each time, as after a crash.
async fn app(place: &Place) -> Arc<App> {
    let app = Arc::new(App::new(Parts {
        store: place.open().await,
        pepper: Pepper::new(&[1; 32]),
        master: MasterKey::new(&[2; 32]).unwrap(),
        clock: if place.is_embedded() { clock::<1> } else { clock::<0> },
        visible: Arc::new(|_| Box::pin(async {})),
        known: Arc::new(|| None),
        issuer: "https://keys.example".into(),
        proxies: TrustedPeers::nobody(),
    }));
    setup::begin(&app).await.unwrap();
    app
}

async fn organization(app: &Arc<App>, bootstrap: bool) -> Caller {
    let new = NewOrganization { name: name("org"), plan: Plan::Enterprise, bootstrap, operator: false };
    let first = setup::create_organization(app, new).await.unwrap();
    Caller {
        actor: ActorId::Operator,
        organization: first.organization_id,
        bindings: vec![Binding { role: MemberRole::OrgOwner, project: None }],
        generation: None,
        limits: None,
        operator: false,
    }
}

fn states(keys: &[ShownKey]) -> Vec<&'static str> {
    keys.iter().map(|key| key.state.name()).collect()
}

async fn listed(app: &App, owner: &Caller) -> Vec<ShownKey> {
    signing_keys::list(app, owner, Some(owner.organization.as_str())).await.unwrap()
}

async fn rotate(app: &Arc<App>, owner: &Caller, rotation: Rotation) -> Result<Vec<ShownKey>, Error> {
    signing_keys::rotate(app, owner, Some(owner.organization.as_str()), rotation).await
}

async fn signer(app: &App, organization: &OrganizationId) -> String {
    app.signer(Some(organization)).await.unwrap().kid().to_owned()
}

both!(a_rotation_publishes_before_it_signs_and_goes_on_in_another_process);
async fn a_rotation_publishes_before_it_signs_and_goes_on_in_another_process(place: &Place) {
    advance(place, DAY);
    let first = app(place).await;
    let owner = organization(&first, true).await;
    let id = owner.organization.clone();
    let old = signer(&first, &id).await;
    let rotation = Rotation { algorithm: Some(Algorithm::EdDsa), at_once: false };
    let keys = rotate(&first, &owner, rotation).await.unwrap();
    assert_eq!(states(&keys), ["active", "next"]);
    assert_eq!(signer(&first, &id).await, old);

    // Asked twice, it is one rotation; to yet another algorithm it must wait.
    assert_eq!(rotate(&first, &owner, Rotation::default()).await.unwrap().len(), 2);
    let back = Rotation { algorithm: Some(Algorithm::Es256), at_once: false };
    assert!(matches!(rotate(&first, &owner, back).await, Err(Error::Conflict(_))));

    let second = app(place).await;
    advance(place, LEAD_SECONDS);
    assert_eq!(signer(&second, &id).await, keys[1].kid);
    assert_eq!(states(&listed(&second, &owner).await), ["retiring", "active"]);
    // The old one's private half is kept until its last token has ended, and erased then.
    signing_keys::tend(&second, 0).await.unwrap();
    assert_eq!(listed(&second, &owner).await.len(), 2);
    advance(place, 660);
    signing_keys::tend(&second, 0).await.unwrap();
    assert_eq!(states(&listed(&second, &owner).await), ["active"]);
    let erased = "select count(*) from signing_keys where ended_at is not null and length(sealed) = 0";
    assert_eq!(place.number(erased).await, 1);
    assert_eq!(place.number("select count(*) from signing_keys where length(sealed) = 0").await, 1);
}

both!(a_schedule_rotates_what_is_old_and_many_servers_make_one_key);
async fn a_schedule_rotates_what_is_old_and_many_servers_make_one_key(place: &Place) {
    advance(place, DAY);
    let servers = [app(place).await, app(place).await];
    let owner = organization(&servers[0], true).await;
    advance(place, 90 * DAY - 1);
    signing_keys::tend(&servers[0], 90).await.unwrap();
    assert_eq!(states(&listed(&servers[0], &owner).await), ["active"], "not yet");
    advance(place, 1);
    signing_keys::tend(&servers[0], 0).await.unwrap();
    assert_eq!(states(&listed(&servers[0], &owner).await), ["active"], "no schedule");

    let tending = servers.clone().map(|app| tokio::spawn(async move { signing_keys::tend(&app, 90).await }));
    for tended in tending {
        tended.await.unwrap().unwrap();
    }
    assert_eq!(states(&listed(&servers[0], &owner).await), ["active", "next"]);
    // The server's own key, of the same age, too.
    let operator = Caller { operator: true, ..owner.clone() };
    assert_eq!(states(&signing_keys::list(&servers[0], &operator, None).await.unwrap()), ["active", "next"]);
}

both!(a_key_that_leaked_is_withdrawn_with_those_that_wait);
async fn a_key_that_leaked_is_withdrawn_with_those_that_wait(place: &Place) {
    advance(place, DAY);
    let app = app(place).await;
    let owner = organization(&app, true).await;
    rotate(&app, &owner, Rotation::default()).await.unwrap();
    let before: Vec<String> = listed(&app, &owner).await.into_iter().map(|key| key.kid).collect();
    let keys = rotate(&app, &owner, Rotation { algorithm: None, at_once: true }).await.unwrap();
    assert_eq!(states(&keys), ["active"]);
    assert!(!before.contains(&keys[0].kid));
    let trust = app.trust().await.unwrap();
    assert!(before.iter().all(|kid| trust.trusted(kid, app.now()).is_none()));
    assert_eq!(signer(&app, &owner.organization).await, keys[0].kid);
}

both!(keys_are_shown_and_rotated_by_who_may);
async fn keys_are_shown_and_rotated_by_who_may(place: &Place) {
    advance(place, DAY);
    let app = app(place).await;
    let (owner, stranger) = (organization(&app, true).await, organization(&app, true).await);
    let member =
        Caller { bindings: vec![Binding { role: MemberRole::OrgMember, project: None }], ..owner.clone() };
    let id = owner.organization.as_str();
    assert!(signing_keys::list(&app, &member, Some(id)).await.is_ok());
    let rotated = signing_keys::rotate(&app, &member, Some(id), Rotation::default()).await;
    assert!(matches!(rotated, Err(Error::Forbidden(_))));
    assert!(matches!(signing_keys::list(&app, &stranger, Some(id)).await, Err(Error::NotFound { .. })));
    assert!(matches!(signing_keys::list(&app, &owner, None).await, Err(Error::NotFound { .. })));
    let bare = organization(&app, false).await;
    let rotated = rotate(&app, &bare, Rotation::default()).await;
    assert!(matches!(rotated, Err(Error::Conflict(_))), "there is nothing to rotate before the bootstrap");
}
