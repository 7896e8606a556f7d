//! The first start on an empty database: an organization and its credential, written to a private file.

use crate::exit::{Fault, Kind};
use crate::output;
use crate::secrets::write_private;
use crate::workspace::{fault, first_run_json, store_fault};
use control::App;
use control::ops::setup::{self, FirstRun, NewOrganization};
use domain::{Name, Plan};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Makes the first organization unless there is one. No credential is printed: logs are kept and copied.
pub(super) async fn unless_done(app: &Arc<App>, folder: &Path, public_url: &str) -> Result<(), Fault> {
    if app.store.had_organizations().await.map_err(store_fault)? {
        return Ok(());
    }
    let name = Name::parse("default", Name::PROJECT_CHARS_MAX)
        .map_err(|error| fault(control::Error::name(error)))?;
    let new = NewOrganization { name, plan: Plan::Enterprise, bootstrap: true, operator: true };
    let path = folder.join("first-run.json");
    let (kept, public_url) = (path.clone(), public_url.to_owned());
    let keep = move |first: &FirstRun| {
        let text = format!("{}\n", first_run_json(first, &public_url));
        let written = set_aside(&kept).and_then(|()| write_private(&kept, text.as_bytes()));
        written.map_err(|fault| control::Error::Blocked(fault.message().to_owned()))
    };
    match setup::create_first_organization(app, new, keep).await {
        Ok(Some(_)) => {
            let where_to = path.display();
            output::note(&format!("first run: the organization and its first credential are in {where_to}"));
            Ok(())
        }
        // Another node was faster, and its folder has the credential.
        Ok(None) => Ok(()),
        Err(control::Error::Blocked(message)) => Err(Fault::new(Kind::CantCreate, "cannot_create", message)),
        Err(error) => Err(fault(error)),
    }
}

/// A credential that is there already, of another database or of a start that was cut short, is kept under
/// another name.
fn set_aside(path: &Path) -> Result<(), Fault> {
    let aside = path.with_extension(format!("{}.json", crate::clock::now().micros()));
    match std::fs::rename(path, &aside) {
        Ok(()) => {
            output::note(&format!("the first-run.json that was here is now {}", aside.display()));
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => {
            let message = format!("{} cannot be moved away: {error}", path.display());
            Err(Fault::new(Kind::CantCreate, "cannot_create", message))
        }
    }
}
