//! SIGTERM and SIGINT end the server; SIGHUP, and a catalog file that changed, have it read that file again.

use super::upkeep;
use super::watched::Watched;
use crate::config::Config;
use crate::exit::{Fault, Kind};
use control::App;
use control::ops::setup;
use control::store::Database;
use data::Gate;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Returns when the server should end: well, or because its database file is not the one it opened.
pub(super) async fn until_end(
    app: &Arc<App>,
    config: &Config,
    gateway: Option<&Gate>,
    database: &Database,
) -> Result<(), Fault> {
    let catalog = config.catalog.as_deref();
    let listen =
        |kind| signal(kind).map_err(|error| Fault::new(Kind::Software, "signals", error.to_string()));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let mut file = Watched::new(catalog);
    let mut upkeep = Box::pin(upkeep::run(database));
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hang_up.recv() => {
                file.look();
                reload(app, catalog).await;
                config.data_tokens.reload();
                config.gateway_credentials.reload();
            }
            () = file.changed() => reload(app, catalog).await,
            fault = &mut upkeep => return Err(fault),
        }
        config.gateway_credentials.warn_of_missing(gateway);
    }
}

/// Reads the catalog file again; a bad one changes nothing.
async fn reload(app: &Arc<App>, catalog: Option<&Path>) {
    let Some(file) = catalog else {
        return tracing::info!("nothing to reload: no catalog file is configured");
    };
    let read = match crate::commands::catalog::read(file) {
        Ok(read) => read,
        Err(fault) => return tracing::error!("the catalog was not reloaded: {}", fault.message()),
    };
    match setup::replace_catalog(app, read).await {
        Ok(()) => tracing::info!("the catalog is the one in {}", file.display()),
        Err(error) => tracing::error!(%error, "the catalog was not reloaded"),
    }
}
