//! The first start on an empty database: an organization and its credential, written to a private file.

use crate::exit::Fault;
use crate::output;
use crate::workspace::{fault, first_run_json, store_fault, write_first_run};
use control::App;
use control::ops::setup::{self, NewOrganization};
use domain::{Name, Plan};
use std::path::Path;
use std::sync::Arc;

/// Makes the first organization unless there is one. No credential is printed: logs are kept and copied.
pub(super) async fn unless_done(app: &Arc<App>, folder: &Path, public_url: &str) -> Result<(), Fault> {
    if !app.store.organizations().await.map_err(store_fault)?.is_empty() {
        return Ok(());
    }
    let name = Name::parse("default", Name::PROJECT_CHARS_MAX)
        .map_err(|error| fault(control::Error::name(error)))?;
    let new = NewOrganization { name, plan: Plan::Enterprise, bootstrap: true, operator: true };
    let first = setup::create_organization(app, new).await.map_err(fault)?;
    let path = write_first_run(folder, &first_run_json(&first, public_url))?;
    output::note(&format!("first run: the organization and its first credential are in {}", path.display()));
    Ok(())
}
