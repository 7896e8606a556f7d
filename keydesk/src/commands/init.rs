//! `keydesk init`: the database, a first organization, its first credential.

use crate::exit::{Fault, Kind};
use crate::output;
use crate::workspace::{Place, block_on, fault, first_run_json, nobody_waits, nothing_known};
use control::ops::setup::{self, NewOrganization};
use domain::{Name, Plan, TrustedPeers};

/// What `init` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,
    /// The organization's plan: Free, Standard, Enterprise or Dedicated
    #[arg(long, default_value = "Enterprise", value_parser = plan)]
    plan: Plan,
    /// The organization's name
    #[arg(long, default_value = "default", value_parser = name)]
    name: Name,
    /// Do not make the organization's signing key; it can then have no API keys yet
    #[arg(long)]
    no_bootstrap: bool,
    /// Where people will reach the server; used in the setup link
    #[arg(long, env = "KEYDESK_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Init {
    pub(crate) fn wants_json(&self) -> bool {
        self.json
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        let text = block_on(self.make())?;
        if !self.json {
            output::note("shown once; keep it safe:");
        }
        output::print(&format!("{text}\n"))
    }

    async fn make(&self) -> Result<String, Fault> {
        let public_url = crate::config::public_url(&self.public_url)?;
        let place = crate::config::with_file(self.place.clone())?;
        let app = place.open(&public_url, nobody_waits(), nothing_known(), TrustedPeers::nobody()).await?;
        let new = NewOrganization {
            name: self.name.clone(),
            plan: self.plan,
            bootstrap: !self.no_bootstrap,
            operator: true,
        };
        let first = setup::create_first_organization(&app, new, |_| Ok(())).await.map_err(fault)?;
        let first = first.ok_or_else(|| {
            let message = "this database has an organization already; use `keydesk organization create`";
            Fault::new(Kind::CantCreate, "already_initialized", message)
        })?;
        Ok(first_run_json(&first, &public_url))
    }
}

/// A plan's name, for clap.
pub(crate) fn plan(text: &str) -> Result<Plan, String> {
    Plan::parse(text).ok_or_else(|| "must be Free, Standard, Enterprise or Dedicated".into())
}

/// An organization's name, for clap.
pub(crate) fn name(text: &str) -> Result<Name, String> {
    Name::parse(text, Name::PROJECT_CHARS_MAX).map_err(|error| error.to_string())
}
