//! A key before it is made: what its grant comes to, and whether one call with it would pass. Decided by the code that
//! decides calls; changes nothing and counts nothing.

use super::sight;
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Action, Address, Ask, Asked, Grant, Holder, Networks, Reason, Scope, Scopes, Wanted, permits};
use std::net::IpAddr;

/// A call that is tried.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is done.
    pub action: String,
    /// To what.
    pub resource: String,
    /// From where; anywhere when nothing is said.
    pub client: Option<IpAddr>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It would be allowed, by this scope.
    Allowed(Option<Scope>),
    /// It would be refused.
    Refused(Reason),
    /// It is no question: why.
    Malformed(String),
}

/// What a grant comes to.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The grant, compiled.
    pub scopes: Vec<Scope>,
    /// What would become of the call that was asked about.
    pub outcome: Option<Outcome>,
}

/// Tries a grant and a list of networks as a key of the project would have them.
///
/// # Errors
/// The caller cannot see the project or may not make keys in it, the grant does not fit the catalog, or this
/// server's data plane may not decide.
pub async fn of_grant(
    app: &App,
    caller: &Caller,
    project: &str,
    grant: Grant,
    networks: &Networks,
    question: Option<Question>,
) -> Result<Trial, Error> {
    let project = sight::project(app, caller, project, Operation::WriteKeys).await?.project;
    let catalog = app.catalog().await?;
    let grant = grant.canonical(&catalog, project.id)?;
    let scopes = grant.compile(&catalog, project.id)?;
    let Some(question) = question else { return Ok(Trial { scopes, outcome: None }) };
    let Some(action) = Action::parse(&question.action) else {
        let outcome = Outcome::Malformed("the action must be read, write or admin".into());
        return Ok(Trial { scopes, outcome: Some(outcome) });
    };
    let address = match Address::parse(Asked::Text(&question.resource), catalog.types()) {
        Ok(address) => address,
        Err(error) => {
            let outcome = Outcome::Malformed(format!("the resource: {error}"));
            return Ok(Trial { scopes, outcome: Some(outcome) });
        }
    };
    let known = app.known()?;
    let holder = Holder {
        types: catalog.types(),
        project: project.id,
        organization: &project.organization_id,
        registered_to: |name: &str| known.registered_to(name),
    };
    let ask = Ask {
        wanted: Some(Wanted { action, address }),
        client: question.client,
        organization: Some(project.organization_id.as_str()),
    };
    // Nobody said from where: then the networks are not what is tried.
    let from = question.client.is_none() || networks.allows(question.client);
    let outcome = if !from {
        Outcome::Refused(Reason::IpNotAllowed)
    } else if permits(&holder, &Scopes::new(&scopes), &ask) {
        let by = scopes.iter().find(|scope| permits(&holder, &Scopes::new(&[(*scope).clone()]), &ask));
        Outcome::Allowed(by.cloned())
    } else {
        Outcome::Refused(Reason::InsufficientScope)
    };
    Ok(Trial { scopes, outcome: Some(outcome) })
}
