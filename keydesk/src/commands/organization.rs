//! `keydesk organization`: tenants, on the machine itself; a running server follows.

use super::init::{name, plan};
use crate::exit::{Fault, Kind};
use crate::output::{self, Format};
use crate::workspace::{Place, block_on, fault, first_run_json, store_fault};
use control::ops::organizations::set_plan;
use control::ops::setup::{self, NewOrganization};
use control::store::OrganizationRow;
use domain::{Name, OrganizationId, Plan};

/// What can be done with organizations.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Organization {
    /// Make an organization with a project and its first credential
    Create(Create),
    /// List all organizations
    List(List),
    /// Set an organization's plan
    SetPlan(SetPlan),
    /// Print a new link that makes the first owner, where no person is one; earlier links are void
    SetupUrl(SetupUrl),
}

/// `organization create`
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,
    /// Its name
    #[arg(long, value_parser = name)]
    name: Name,
    /// Free, Standard, Enterprise or Dedicated
    #[arg(long, default_value = "Enterprise", value_parser = plan)]
    plan: Plan,
    /// Do not make its signing key; it can then have no API keys yet
    #[arg(long)]
    no_bootstrap: bool,
    /// Where people reach the server; used in the setup link
    #[arg(long, env = "KEYDESK_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `organization list`
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
    /// table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

/// `organization set-plan`
#[derive(Debug, clap::Args)]
pub(crate) struct SetPlan {
    #[command(flatten)]
    place: Place,
    /// The organization's id
    id: String,
    /// Free, Standard, Enterprise or Dedicated
    #[arg(value_parser = plan)]
    plan: Plan,
}

/// `organization setup-url`
#[derive(Debug, clap::Args)]
pub(crate) struct SetupUrl {
    #[command(flatten)]
    place: Place,
    /// The organization's id
    id: String,
    /// Where people reach the server
    #[arg(long, env = "KEYDESK_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,
}

impl Organization {
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Organization::Create(create) => create.json,
            Organization::List(list) => list.output == Format::Json,
            Organization::SetPlan(_) | Organization::SetupUrl(_) => false,
        }
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        match self {
            Organization::Create(create) => output::print(&format!("{}\n", block_on(create.make())?)),
            Organization::List(list) => list.print(),
            Organization::SetPlan(set) => block_on(set.set()),
            Organization::SetupUrl(renew) => output::print(&format!("{}\n", block_on(renew.renew())?)),
        }
    }
}

impl Create {
    async fn make(&self) -> Result<String, Fault> {
        let public_url = crate::config::public_url(&self.public_url)?;
        let app = self.place.open_existing().await?;
        let new = NewOrganization {
            name: self.name.clone(),
            plan: self.plan,
            bootstrap: !self.no_bootstrap,
            operator: false,
        };
        let first = setup::create_organization(&app, new).await.map_err(fault)?;
        Ok(first_run_json(&first, &public_url))
    }
}

impl List {
    fn print(self) -> Result<(), Fault> {
        let rows = block_on(async {
            let app = self.place.open_existing().await?;
            app.store.organizations().await.map_err(store_fault)
        })?;
        match self.output {
            Format::Json => {
                output::print(&format!("{}\n", serde_json::Value::from_iter(rows.iter().map(json))))
            }
            Format::Table => output::table(&["ID", "NAME", "PLAN", "BOOTSTRAPPED"], rows.iter().map(cells)),
        }
    }
}

fn json(row: &OrganizationRow) -> serde_json::Value {
    let organization = &row.organization;
    serde_json::json!({
        "id": organization.id.as_str(),
        "name": organization.name.as_str(),
        "plan": organization.plan.name(),
        "bootstrapped": organization.bootstrapped_at.is_some(),
    })
}

fn cells(row: &OrganizationRow) -> Vec<String> {
    let organization = &row.organization;
    let bootstrapped = if organization.bootstrapped_at.is_some() { "yes" } else { "no" };
    vec![
        organization.id.to_string(),
        organization.name.as_str().into(),
        organization.plan.name().into(),
        bootstrapped.into(),
    ]
}

impl SetPlan {
    async fn set(&self) -> Result<(), Fault> {
        let id = named(&self.id)?;
        let app = self.place.open_existing().await?;
        set_plan(&app, &id, self.plan).await.map(|_| ()).map_err(fault)
    }
}

impl SetupUrl {
    async fn renew(&self) -> Result<String, Fault> {
        let public_url = crate::config::public_url(&self.public_url)?;
        let id = named(&self.id)?;
        let app = self.place.open_existing().await?;
        let code = setup::renew_setup_code(&app, &id).await.map_err(fault)?;
        Ok(format!("{public_url}/setup#{}", &*code))
    }
}

fn named(id: &str) -> Result<OrganizationId, Fault> {
    let absent = || Fault::new(Kind::NoInput, "not_found", format!("organization {id} not found"));
    OrganizationId::parse(id).ok_or_else(absent)
}
