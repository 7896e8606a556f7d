//! Access tokens: what a key buys with itself, what is told about it, and how it is taken back.
//!
//! Keys are looked up in what this process's data plane knows, under its lease: buying a token is decided like any
//! other call with the key, and as fast.

mod introspection;
mod revocation;
mod sale;

pub use introspection::{Introspected, IntrospectedToken, introspect};
pub use revocation::revoke;
pub use sale::{Bought, Buyer, NotSold, buy, buyer};

use crate::oauth::token::{self as service_token, Bearer};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Ask, KeyId, OrganizationId, Presented, ProjectId, Verdict, verify_legacy};

/// Who asks about tokens.
#[derive(Debug)]
pub enum Client {
    /// A service account.
    Account(Caller),
    /// An API key, which sees itself and what it bought.
    Key(KeyId),
}

impl Client {
    fn sees(&self, key: KeyId, organization: &OrganizationId, project: ProjectId) -> bool {
        match self {
            // Gateways that ask are the operator's, and their callers everybody's.
            Client::Account(caller) => {
                caller.operator
                    || (caller.organization == *organization && caller.may(Operation::ReadProject(project)))
            }
            Client::Key(own) => *own == key,
        }
    }
}

/// Whether a text is an API key, or could be one.
///
/// # Errors
/// This process may not decide.
pub fn is_api_key(app: &App, text: &str) -> Result<bool, Error> {
    let known = app.known()?;
    Ok(Presented::parse(text, known.catalog(), &app.pepper).is_ok()
        || matches!(
            verify_legacy(&known, text, &app.pepper, &Ask::default(), app.now()),
            Verdict::Granted(_) | Verdict::Denied(_, Some(_))
        ))
}

async fn live_bearer(app: &App, text: &str) -> Result<Option<Bearer>, Error> {
    match service_token::verify(app, text).await {
        Ok(bearer) => Ok(Some(bearer)),
        Err(Error::Unauthenticated) => Ok(None),
        Err(error) => Err(error),
    }
}
