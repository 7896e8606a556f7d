//! Who asks: a service account or an API key, by one credential.

use super::Refused;
use super::credentials::{Credentials, Pair};
use super::form::Parameters;
use super::token;
use crate::App;
use crate::ops::tokens::{self, Buyer, Client};
use crate::store::ServiceAccount;
use domain::token::is_token;
use http::request::Parts;
use std::net::IpAddr;

/// Who buys.
pub(super) enum Shopper {
    Account(Box<ServiceAccount>),
    Key(Box<Buyer>),
}

/// Whoever shows a client id and its secret, or an API key.
///
/// # Errors
/// The credential is missing, wrong, or there are two. A token cannot buy a token: it is no credential here.
pub(super) async fn shopper(app: &App, head: &Parts, parameters: &Parameters) -> Result<Shopper, Refused> {
    let client = app.client(head);
    match Credentials::of(&head.headers, parameters)? {
        Credentials::Alone(text) => Ok(Shopper::Key(Box::new(key(app, "", &text, client).await?))),
        Credentials::Pairs(pairs) => of_pairs(app, &pairs, client).await,
    }
}

/// The same for whoever asks about tokens; a service account may show its own access token.
///
/// # Errors
/// As [`shopper`].
pub(super) async fn client(app: &App, head: &Parts, parameters: &Parameters) -> Result<Client, Refused> {
    let credentials = Credentials::of(&head.headers, parameters)?;
    let (id, generation) = match credentials {
        Credentials::Alone(text) if is_token(&text) => {
            let bearer = token::verify(app, &text).await.map_err(unauthenticated)?;
            (bearer.account, bearer.generation)
        }
        Credentials::Alone(text) => {
            return Ok(Client::Key(key(app, "", &text, app.client(head)).await?.key));
        }
        Credentials::Pairs(pairs) => match of_pairs(app, &pairs, app.client(head)).await? {
            Shopper::Key(buyer) => return Ok(Client::Key(buyer.key)),
            Shopper::Account(account) => (account.id, account.generation),
        },
    };
    let caller = app.store.caller(id, generation).await.map_err(crate::Error::from)?;
    caller.map(Client::Account).ok_or(Refused::Client)
}

fn unauthenticated(error: crate::Error) -> Refused {
    if matches!(error, crate::Error::Unauthenticated) { Refused::Client } else { Refused::Failed(error) }
}

async fn of_pairs(app: &App, pairs: &[Pair], client: Option<IpAddr>) -> Result<Shopper, Refused> {
    for (id, secret) in pairs {
        // The habit of `curl -u KEY:`.
        let (id, secret) = if secret.is_empty() { ("", id.as_str()) } else { (id.as_str(), secret.as_str()) };
        if !app.is_key(secret)
            && let Some(account) = account(app, id).await?
        {
            // A keyed digest: what is compared tells nothing about the secret, so plain equality will do.
            if account.secret_digest == app.pepper.digest(secret.as_bytes()) {
                return Ok(Shopper::Account(Box::new(account)));
            }
            continue;
        }
        match key(app, id, secret, client).await {
            Ok(buyer) => return Ok(Shopper::Key(Box::new(buyer))),
            Err(Refused::Client) => {}
            Err(failed) => return Err(failed),
        }
    }
    Err(Refused::Client)
}

async fn account(app: &App, id: &str) -> Result<Option<ServiceAccount>, Refused> {
    // PostgreSQL takes no NUL in text, and no client id of ours has one.
    if id.is_empty() || id.len() > 64 || id.contains('\0') {
        return Ok(None);
    }
    Ok(app.store.account_of_client(id).await.map_err(crate::Error::from)?)
}

/// The key, which may come under its own id or none.
async fn key(app: &App, id: &str, text: &str, client: Option<IpAddr>) -> Result<Buyer, Refused> {
    let buyer = tokens::buyer(app, text, client)?.ok_or(Refused::Client)?;
    if id.is_empty() || buyer.key.is_written(id) { Ok(buyer) } else { Err(Refused::Client) }
}
