//! The log, read by those it concerns.

use crate::store::ChangeFilter;
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{Change, Version};

/// The changes of the caller's organization from a version on, oldest first.
///
/// # Errors
/// The caller may not read them.
pub async fn list(app: &App, caller: &Caller, from: Version, limit: i64) -> Result<Vec<Change>, Error> {
    if !caller.may(Operation::ReadChanges) {
        return Err(Error::Forbidden("only an owner or manager of the organization reads its log"));
    }
    let filter = ChangeFilter { from, organization: Some(caller.organization.as_str()), limit };
    Ok(app.store.changes(filter).await?)
}
