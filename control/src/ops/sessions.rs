//! People who are signed in: with a password, for as long as a session lasts.

use super::passwords::{self, Password};
use super::sight::caller_now;
use crate::store::{Lane, Session, User};
use crate::{App, Error};
use domain::access::Caller;
use domain::{ActorId, Effect, Email, OrganizationId, Principal, SessionId, Timestamp, UserId};
use std::net::IpAddr;
use zeroize::Zeroizing;

/// A session ends this long after the person signed in, and this long after it was last used.
const LIFE_SECONDS: i64 = 14 * 24 * 3600;
const IDLE_SECONDS: i64 = 24 * 3600;
/// How old a token is when another one takes its place, and for how long it is still taken then: requests that
/// were under way carry it.
const ROTATION_SECONDS: i64 = 15 * 60;
const GRACE_SECONDS: i64 = 60;
/// 40 characters of `[A-Z0-9]`: 206 random bits.
const TOKEN_CHARS: usize = 40;
const AGENT_CHARS_MAX: usize = 200;

/// Where somebody signs in from.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Its address, if anybody trustworthy said so.
    pub ip: Option<IpAddr>,
    /// What it says it is.
    pub agent: String,
}

/// What a sign-in came to.
pub enum SignedIn {
    /// A member.
    As {
        /// The token to keep in the browser.
        token: Zeroizing<String>,
        /// Whether somebody else of this address, in another organization, has another password: for them it was a
        /// guess.
        guessed: bool,
    },
    /// The person is a member of several organizations, with the same password: which one is meant?
    Which(Vec<(OrganizationId, String)>),
    /// The address or the password is wrong.
    Nobody,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedIn")
    }
}

/// A session in use.
pub struct Visitor {
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub user: User,
    /// The same, as a caller of operations, with the roles of this moment.
    pub caller: Caller,
    /// Another token to keep in the browser from now on.
    pub token: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visitor")
    }
}

/// Signs in whoever has the password of a member with this address.
///
/// # Errors
/// Too many sign-ins at once, or the database did not answer. A wrong password is no error.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
    organization: Option<&str>,
    browser: &Browser,
) -> Result<SignedIn, Error> {
    // What can be no address or password takes the same way, and as long.
    let nobody = || Email::parse("nobody@example.invalid");
    let (Ok(email), known) = (Email::parse(email).or_else(|_| nobody()), Email::parse(email).is_ok()) else {
        return Ok(SignedIn::Nobody);
    };
    let Some(typed) = Password::typed(password) else { return Ok(SignedIn::Nobody) };
    let stretched = passwords::stretch(app, &email, &typed, browser.ip).await?;
    let users = app.store.users_with_email(&email).await?;
    let asked = users.into_iter().filter(|user| {
        user.password.is_some() && organization.is_none_or(|wanted| user.organization_id.as_str() == wanted)
    });
    let (fitting, others): (Vec<User>, Vec<User>) =
        asked.partition(|user| known && user.password.as_ref() == Some(&stretched));
    match fitting.as_slice() {
        [] => Ok(SignedIn::Nobody),
        [user] => {
            let token = begin(app, user, browser).await?;
            Ok(SignedIn::As { token, guessed: !others.is_empty() })
        }
        several => {
            let mut organizations = Vec::new();
            for user in several {
                let found = app.store.organization(&user.organization_id).await?;
                organizations.extend(
                    found.map(|row| (row.organization.id, row.organization.name.as_str().to_owned())),
                );
            }
            Ok(SignedIn::Which(organizations))
        }
    }
}

/// Begins a session; answers its token.
///
/// # Errors
/// The person is gone or has another password by now, or the database did not take it.
pub async fn begin(app: &App, user: &User, browser: &Browser) -> Result<Zeroizing<String>, Error> {
    let (now, password, user) = (app.now(), user.password, user.id);
    let token = draw(app);
    let session = Session {
        id: SessionId::generate(now, &mut app.rng()),
        user,
        digest: app.pepper.digest(token.as_bytes()),
        created_at: now,
        rotated_at: now,
        ends_at: now.plus_seconds(LIFE_SECONDS),
        ip: browser.ip.map(|ip| ip.to_string()),
        agent: browser.agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
    };
    let idle_since = now.plus_seconds(-IDLE_SECONDS);
    app.change(Lane::Ordinary, async move |tx| {
        let current = tx.user(user).await?.map(|row| row.user.password);
        if current != Some(password) {
            return Err(Error::Unauthenticated);
        }
        tx.delete_ended_sessions(user, idle_since, now).await?;
        Ok(tx.insert_session(&session).await?)
    })
    .await?;
    Ok(token)
}

fn draw(app: &App) -> Zeroizing<String> {
    Zeroizing::new(domain::random_text(TOKEN_CHARS, &mut app.rng()))
}

/// Who has this token, if the session is not over; `rotate` says whether the browser can be given another one.
///
/// # Errors
/// The database did not answer.
pub async fn visitor(app: &App, token: &str, rotate: bool) -> Result<Option<Visitor>, Error> {
    let now = app.now();
    let digest = app.pepper.digest(token.as_bytes());
    let found = app.store.session(&digest, now.plus_seconds(-GRACE_SECONDS)).await?;
    let Some(session) = found.filter(|session| is_live(session, now)) else { return Ok(None) };
    let Some(user) = app.store.user(session.user).await? else { return Ok(None) };
    let Some(caller) = app.store.user_caller(session.user).await? else { return Ok(None) };
    let due = session.digest == digest && session.rotated_at.plus_seconds(ROTATION_SECONDS) <= now;
    let token = if rotate && due { next_token(app, &session, now).await } else { None };
    Ok(Some(Visitor { session, user: user.user, caller, token }))
}

fn is_live(session: &Session, now: Timestamp) -> bool {
    now < session.ends_at && now < session.rotated_at.plus_seconds(IDLE_SECONDS)
}

/// A disk that takes nothing more must not end sessions: then the token stays.
async fn next_token(app: &App, session: &Session, now: Timestamp) -> Option<Zeroizing<String>> {
    let token = draw(app);
    let (session, digest) = (session.clone(), app.pepper.digest(token.as_bytes()));
    let rotated = app
        .change(Lane::Ordinary, async move |tx| Ok(tx.rotate_session(&session, &digest, now).await?))
        .await;
    rotated.unwrap_or(false).then_some(token)
}

/// Where the caller is signed in, the newest first.
///
/// # Errors
/// The caller is no person, or the database did not answer.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Session>, Error> {
    let now = app.now();
    let sessions = app.store.sessions_of(person(caller)?).await?;
    Ok(sessions.into_iter().filter(|session| is_live(session, now)).collect())
}

/// Ends one of the caller's own sessions; one that is over already stays over.
///
/// # Errors
/// The caller is no person, or the database did not take it.
pub async fn end(app: &App, caller: &Caller, id: SessionId) -> Result<(), Error> {
    let user = person(caller)?;
    app.urgent_change(async move |tx| Ok(tx.delete_session(user, id).await?)).await
}

/// Ends all of the caller's sessions but this one.
///
/// # Errors
/// As [`end`].
pub async fn end_others(app: &App, caller: &Caller, kept: SessionId) -> Result<(), Error> {
    let user = person(caller)?;
    app.urgent_change(async move |tx| Ok(tx.delete_other_sessions(user, Some(kept)).await?)).await
}

/// Changes the caller's password, which ends all other sessions. Answers another token for this one: a copy of the old
/// one opens nothing any more.
///
/// # Errors
/// The password of now is another one, or the caller is no person.
pub async fn change_password(
    app: &App,
    visitor: &Visitor,
    current: &str,
    new: &Password,
    client: Option<IpAddr>,
) -> Result<Zeroizing<String>, Error> {
    let wrong = || Error::Invalid("the current password is another one".into());
    let typed = Password::typed(current).ok_or_else(wrong)?;
    let email = &visitor.user.email;
    if Some(passwords::stretch(app, email, &typed, client).await?) != visitor.user.password {
        return Err(wrong());
    }
    let password = passwords::stretch(app, email, new, client).await?;
    let (caller, kept, now) = (visitor.caller.clone(), visitor.session.id, app.now());
    let user = person(&caller)?;
    let token = draw(app);
    let digest = app.pepper.digest(token.as_bytes());
    app.change(Lane::Ordinary, async move |tx| {
        let caller = caller_now(tx, &caller).await?;
        tx.set_password(user, &password).await?;
        tx.delete_other_sessions(user, Some(kept)).await?;
        tx.renew_session(kept, &digest, now).await?;
        let effects = [Effect::Note(Principal::User(user).to_string())];
        tx.record(now, caller.actor, "user.password_changed", caller.organization.as_str(), &effects).await?;
        Ok(())
    })
    .await?;
    Ok(token)
}

fn person(caller: &Caller) -> Result<UserId, Error> {
    match caller.actor {
        ActorId::User(id) => Ok(id),
        ActorId::Operator | ActorId::Key(_) | ActorId::ServiceAccount(_) => {
            Err(Error::Forbidden("only people sign in"))
        }
    }
}
