//! How long a session lasts, and what ends it. Time passes by moving what the database says of it.

use crate::both;
use crate::place::Place;
use crate::records::name;
use crate::secrets::app;
use control::ops::first_owner;
use control::ops::passwords::Password;
use control::ops::sessions::{self, Browser, SignedIn};
use control::ops::setup::{self, NewOrganization};
use control::{App, Error};
use domain::{Email, Plan, UserId};
use std::sync::Arc;
use zeroize::Zeroizing;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// A server with an owner who has a password.
async fn owner(place: &Place) -> (Arc<App>, UserId) {
    let app = app(place, 1, 2).await;
    setup::begin(&app).await.unwrap();
    let new =
        NewOrganization { name: name("Acme"), plan: Plan::Enterprise, bootstrap: true, operator: false };
    let first = setup::create_organization(&app, new).await.unwrap();
    let code = first.setup_code.clone();
    let password = Password::choose(PASSWORD).unwrap();
    let email = Email::parse(EMAIL).unwrap();
    let user = first_owner::make(&app, &code, email, None, Some(&password)).await.unwrap().user.id;
    (app, user)
}

async fn begin(app: &App, user: UserId) -> Zeroizing<String> {
    let user = app.store.user(user).await.unwrap().unwrap().user;
    sessions::begin(app, &user, &Browser::default()).await.unwrap()
}

async fn is_live(app: &App, token: &str) -> bool {
    sessions::visitor(app, token, false).await.unwrap().is_some()
}

/// The token that a page is given beside what it asked for.
async fn next(app: &App, token: &str) -> Option<Zeroizing<String>> {
    sessions::visitor(app, token, true).await.unwrap().unwrap().token
}

both!(a_token_is_replaced_after_15_minutes_and_taken_for_one_more);
async fn a_token_is_replaced_after_15_minutes_and_taken_for_one_more(place: &Place) {
    let (app, user) = owner(place).await;
    let first = begin(&app, user).await;
    place.execute("update sessions set rotated_at = rotated_at - 899000000").await;
    assert!(next(&app, &first).await.is_none(), "before 15 minutes");
    place.execute("update sessions set rotated_at = rotated_at - 1000000").await;
    assert!(sessions::visitor(&app, &first, false).await.unwrap().unwrap().token.is_none(), "a form");
    let second = next(&app, &first).await.expect("another one");
    assert_ne!(*first, *second);
    assert!(next(&app, &second).await.is_none(), "once");
    assert!(next(&app, &first).await.is_none(), "nor by the old one");
    assert_eq!(place.number("select count(*) from sessions").await, 1, "the same session");

    place.execute("update sessions set rotated_at = rotated_at - 59000000").await;
    assert!(is_live(&app, &first).await, "within a minute");
    place.execute("update sessions set rotated_at = rotated_at - 1000000").await;
    assert!(!is_live(&app, &first).await, "after it");
    assert!(is_live(&app, &second).await);
}

both!(a_session_ends_a_day_after_its_last_use_and_two_weeks_after_it_began);
async fn a_session_ends_a_day_after_its_last_use_and_two_weeks_after_it_began(place: &Place) {
    let (app, user) = owner(place).await;
    let token = begin(&app, user).await;
    place.execute("update sessions set rotated_at = rotated_at - 86399000000").await;
    assert!(is_live(&app, &token).await, "within a day");
    place.execute("update sessions set rotated_at = rotated_at - 1000000").await;
    assert!(!is_live(&app, &token).await, "after it");

    let token = begin(&app, user).await;
    assert_eq!(place.number("select count(*) from sessions").await, 1, "what is over is forgotten");
    place.execute("update sessions set ends_at = ends_at - 1209599000000").await;
    assert!(is_live(&app, &token).await, "within two weeks");
    place.execute("update sessions set ends_at = ends_at - 1000000").await;
    assert!(!is_live(&app, &token).await, "after them, in use or not");
}

both!(signing_out_ends_both_tokens_of_a_session_and_no_other);
async fn signing_out_ends_both_tokens_of_a_session_and_no_other(place: &Place) {
    let (app, user) = owner(place).await;
    let (first, other) = (begin(&app, user).await, begin(&app, user).await);
    place.execute("update sessions set rotated_at = rotated_at - 900000000").await;
    let second = next(&app, &first).await.unwrap();
    let visitor = sessions::visitor(&app, &second, false).await.unwrap().unwrap();
    assert_eq!(sessions::list(&app, &visitor.caller).await.unwrap().len(), 2);
    sessions::end(&app, &visitor.caller, visitor.session.id).await.unwrap();
    assert!(!is_live(&app, &first).await && !is_live(&app, &second).await);
    assert!(is_live(&app, &other).await);
}

both!(a_changed_password_ends_the_other_sessions_and_the_old_one_opens_nothing);
async fn a_changed_password_ends_the_other_sessions_and_the_old_one_opens_nothing(place: &Place) {
    let (app, user) = owner(place).await;
    let (own, other) = (begin(&app, user).await, begin(&app, user).await);
    let visitor = sessions::visitor(&app, &own, false).await.unwrap().unwrap();
    let new = Password::choose("another horse battery").unwrap();
    sessions::change_password(&app, &visitor, "not this one either", &new, None).await.unwrap_err();
    assert!(is_live(&app, &other).await, "nothing was changed");
    let before = app.store.user(user).await.unwrap().unwrap().user;
    let next = sessions::change_password(&app, &visitor, PASSWORD, &new, None).await.unwrap();
    assert!(is_live(&app, &next).await && !is_live(&app, &other).await);
    assert!(!is_live(&app, &own).await, "a copy of the token before opens nothing");
    let late = sessions::begin(&app, &before, &Browser::default()).await;
    assert!(
        matches!(late, Err(Error::Unauthenticated)),
        "a sign-in with the old password that was under way"
    );
    let sign_in =
        async |password| sessions::sign_in(&app, EMAIL, password, None, &Browser::default()).await.unwrap();
    assert!(matches!(sign_in(PASSWORD).await, SignedIn::Nobody));
    assert!(matches!(sign_in("another horse battery").await, SignedIn::As { .. }));
}

both!(of_requests_that_would_rotate_at_once_one_does);
async fn of_requests_that_would_rotate_at_once_one_does(place: &Place) {
    let (app, user) = owner(place).await;
    let token = begin(&app, user).await;
    place.execute("update sessions set rotated_at = rotated_at - 1000000000").await;
    let ask = || {
        let (app, token) = (Arc::clone(&app), token.clone());
        tokio::spawn(async move { sessions::visitor(&app, &token, true).await.unwrap().unwrap().token })
    };
    let mut given = Vec::new();
    for asked in [ask(), ask(), ask(), ask(), ask(), ask()] {
        given.extend(asked.await.unwrap());
    }
    assert_eq!(given.len(), 1, "the others keep what they have, which is taken for a minute");
    assert!(is_live(&app, &given[0]).await && is_live(&app, &token).await);
}

both!(a_password_that_fits_elsewhere_counts_as_a_guess);
async fn a_password_that_fits_elsewhere_counts_as_a_guess(place: &Place) {
    let (app, _) = owner(place).await;
    let new = NewOrganization { name: name("Other"), plan: Plan::Free, bootstrap: true, operator: false };
    let other = setup::create_organization(&app, new).await.unwrap();
    let theirs = Password::choose("what the other one chose").unwrap();
    let email = Email::parse(EMAIL).unwrap();
    first_owner::make(&app, &other.setup_code, email, None, Some(&theirs)).await.unwrap();
    let sign_in = async |password, organization: Option<&str>| {
        sessions::sign_in(&app, EMAIL, password, organization, &Browser::default()).await.unwrap()
    };

    let own = sign_in("what the other one chose", None).await;
    assert!(matches!(own, SignedIn::As { guessed: true, .. }), "for the first organization it was one");
    let said = sign_in("what the other one chose", Some(other.organization_id.as_str())).await;
    assert!(
        matches!(said, SignedIn::As { guessed: false, .. }),
        "whoever says which organization guesses at one"
    );
    assert!(matches!(sign_in(PASSWORD, Some(other.organization_id.as_str())).await, SignedIn::Nobody));
}
