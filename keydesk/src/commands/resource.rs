//! `keydesk resource`: owned resources of all projects, on the machine itself; a running server follows.

use crate::exit::Fault;
use crate::output::{self, Format};
use crate::workspace::{Place, block_on, fault, store_fault};
use control::App;
use control::ops::resources::{self, Held, NewResource};
use control::store::{ResourceFilter, ResourceRow};
use domain::{Name, ProjectId};

/// Rows read at a time.
const PAGE: i64 = 5_000;

/// What can be done with resources.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ResourceCommand {
    /// Register a resource to a project: its keys then reach it
    Add(Add),
    /// List registered resources
    List(List),
    /// Release a resource: nobody reaches it any more
    Remove(Remove),
}

/// `resource add`
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    #[command(flatten)]
    place: Place,
    /// One resource of an owned type, such as ENDPOINT/ep1
    resource: String,
    /// The project's id
    #[arg(long, value_name = "ID")]
    project: String,
    /// What people are shown; the resource itself when absent
    #[arg(long, value_parser = super::init::name)]
    name: Option<Name>,
    /// Take it from the project or organization that has it, or had it last
    #[arg(long)]
    transfer: bool,
    /// table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

/// `resource list`
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
    /// Only those of this project
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Released ones, too
    #[arg(long)]
    released: bool,
    /// table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

/// `resource remove`
#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    place: Place,
    /// The resource, such as ENDPOINT/ep1, or the id of its registration
    resource: String,
}

impl ResourceCommand {
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            ResourceCommand::Add(add) => add.output == Format::Json,
            ResourceCommand::List(list) => list.output == Format::Json,
            ResourceCommand::Remove(_) => false,
        }
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        match self {
            ResourceCommand::Add(add) => {
                let output = add.output;
                print(output, &[block_on(add.add())?])
            }
            ResourceCommand::List(list) => print(list.output, &block_on(list.all())?),
            ResourceCommand::Remove(remove) => block_on(remove.remove()),
        }
    }
}

impl Add {
    async fn add(self) -> Result<ResourceRow, Fault> {
        let app = self.place.open_existing().await?;
        let held = if self.transfer { Held::Moves } else { Held::Stays };
        let new = NewResource { resource: self.resource, name: self.name };
        resources::add(&app, &self.project, new, held).await.map_err(fault)
    }
}

impl List {
    async fn all(&self) -> Result<Vec<ResourceRow>, Fault> {
        let app = self.place.open_existing().await?;
        let project = self.project.as_deref().map(ProjectId::parse);
        // What is no id names no project, and that has no resources.
        let project = match project {
            Some(None) => return Ok(Vec::new()),
            Some(found) => found,
            None => None,
        };
        read(&app, ResourceFilter { project, released: self.released, limit: PAGE, ..Default::default() })
            .await
    }
}

async fn read(app: &App, mut filter: ResourceFilter) -> Result<Vec<ResourceRow>, Fault> {
    let mut rows = Vec::new();
    loop {
        let page = app.store.resources(&filter).await.map_err(store_fault)?;
        let Some(last) = page.last() else { return Ok(rows) };
        filter.after = last.resource.resource.to_string();
        rows.extend(page);
    }
}

impl Remove {
    async fn remove(&self) -> Result<(), Fault> {
        let app = self.place.open_existing().await?;
        resources::remove(&app, &self.resource).await.map_err(fault)
    }
}

fn print(format: Format, rows: &[ResourceRow]) -> Result<(), Fault> {
    match format {
        Format::Json => output::print(&format!("{}\n", serde_json::Value::from_iter(rows.iter().map(json)))),
        Format::Table => output::table(
            &["ID", "RESOURCE", "NAME", "PROJECT", "ORGANIZATION", "STATE"],
            rows.iter().map(cells),
        ),
    }
}

fn json(row: &ResourceRow) -> serde_json::Value {
    let resource = &row.resource;
    let time = |at: domain::Timestamp| api::time::format(at.micros());
    serde_json::json!({
        "id": resource.id.to_string(),
        "resource": resource.resource.as_str(),
        "name": resource.name.as_str(),
        "project_id": resource.project_id.to_string(),
        "organization_id": resource.organization_id.as_str(),
        "created_at": time(resource.created_at),
        "released_at": resource.released_at.map(time),
    })
}

fn cells(row: &ResourceRow) -> Vec<String> {
    let resource = &row.resource;
    let state = if resource.released_at.is_some() { "released" } else { "registered" };
    vec![
        resource.id.to_string(),
        resource.resource.to_string(),
        resource.name.as_str().into(),
        resource.project_id.to_string(),
        resource.organization_id.to_string(),
        state.into(),
    ]
}
