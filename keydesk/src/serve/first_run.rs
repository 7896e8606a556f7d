//! The first start on an empty database: an organization and its credential, written to a private file.

use crate::exit::Fault;
use crate::output;
use crate::secrets::reserve_private;
use crate::workspace::{fault, first_run_json, store_fault};
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
    // Before anything is made: a credential that could not be written down would be lost for ever.
    let file = reserve_private(&folder.join("first-run.json"))?;
    let name = Name::parse("default", Name::PROJECT_CHARS_MAX)
        .map_err(|error| fault(control::Error::name(error)))?;
    let new = NewOrganization { name, plan: Plan::Enterprise, bootstrap: true, operator: true };
    match setup::create_first_organization(app, new).await {
        Ok(Some(first)) => {
            let path = file.write(&format!("{}\n", first_run_json(&first, public_url)))?;
            output::note(&format!(
                "first run: the organization and its first credential are in {}",
                path.display()
            ));
            Ok(())
        }
        // Another node was faster, and its folder has the credential.
        Ok(None) => {
            file.discard();
            Ok(())
        }
        Err(error) => {
            file.discard();
            Err(fault(error))
        }
    }
}
