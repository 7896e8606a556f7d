//! Which refusals belong into the form, and which make it pointless.

use super::fault::{Fault, told};
use crate::Error;

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
