//! Which refusals belong into the form, and which make it pointless.

use super::fault::{Fault, told};
use super::visit::Visit;
use crate::Error;
use domain::access::Operation;

/// What to say in the form, where filling it in otherwise can help; a page of its own for everything else.
pub(super) fn in_form(error: Error) -> Result<String, Fault> {
    match &error {
        Error::NotInPlan(_)
        | Error::QuotaFull(_)
        | Error::Beyond(_)
        | Error::Invalid(_)
        | Error::OutOfRange(_)
        | Error::Conflict(_)
        | Error::AlreadyExists(_)
        | Error::Code
        | Error::TooOften { .. }
        | Error::Blocked(_)
        | Error::Stale
        | Error::KeyReused => Ok(told(&error)),
        Error::NoCredential
        | Error::Unauthenticated
        | Error::NoAdministrator
        | Error::NotFound { .. }
        | Error::OutOfReach
        | Error::Forbidden(_)
        | Error::NotForKeys(_)
        | Error::Faults(_)
        | Error::Importing(_)
        | Error::GivenUp
        | Error::Behind
        | Error::Signing
        | Error::Store(_) => Err(error.into()),
    }
}

/// A page that leads to a form which would be refused anyway is not shown.
pub(super) fn needs(visit: &Visit, operation: Operation) -> Result<(), Fault> {
    let refused = Error::Forbidden("ask an owner of the organization or project");
    visit.caller().may(operation).then_some(()).ok_or_else(|| refused.into())
}
