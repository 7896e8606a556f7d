//! `keydesk audit`: the log of changes, read through a running server or checked on the database itself.

use crate::client::Connection;
use crate::exit::{Fault, Kind};
use crate::output::{self, Format};
use crate::workspace::{Place, block_on, store_fault};
use serde_json::Value;

/// What can be done with the log.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Audit {
    /// List what was changed, oldest first
    List(List),
    /// Walk the chain of hashes on the database itself
    Verify(Verify),
}

/// `audit list`
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    connection: Connection,
    /// table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

/// `audit verify`
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
}

impl Audit {
    pub(crate) fn wants_json(&self) -> bool {
        matches!(self, Audit::List(list) if list.output == Format::Json)
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        match self {
            Audit::List(list) => list.print(),
            Audit::Verify(verify) => verify.print(),
        }
    }
}

impl List {
    fn print(self) -> Result<(), Fault> {
        let mut session = self.connection.session()?;
        let mut changes = Vec::new();
        let mut path = "/admin/changes".to_owned();
        loop {
            let mut page: Value = session.get(&path)?;
            if let Some(Value::Array(data)) = page.get_mut("data").map(Value::take) {
                changes.extend(data);
            }
            match page.pointer("/pagination/next").and_then(Value::as_str) {
                Some(next) => path = format!("/admin/changes?paginationToken={next}"),
                None => break,
            }
        }
        match self.output {
            Format::Json => output::print(&format!("{}\n", serde_json::json!({ "data": changes }))),
            Format::Table => {
                output::table(&["VERSION", "AT", "ACTOR", "ACTION", "TARGETS"], changes.iter().map(cells))
            }
        }
    }
}

fn cells(change: &Value) -> Vec<String> {
    let text = |name: &str| change.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let version = change.get("version").map(Value::to_string).unwrap_or_default();
    let targets = change.get("targets").and_then(Value::as_array).into_iter().flatten();
    let targets: Vec<&str> = targets.filter_map(Value::as_str).collect();
    vec![version, text("at"), text("actor"), text("action"), targets.join(", ")]
}

impl Verify {
    fn print(self) -> Result<(), Fault> {
        let result = block_on(async {
            let app = self.place.open_existing().await?;
            app.store.check_chain().await.map_err(store_fault)
        })?;
        match result {
            Ok(version) => output::print(&format!("the chain holds: {} changes\n", version.0)),
            Err(broken) => {
                output::print(&format!("{}\n", broken.version.0))?;
                let message = format!("the chain is broken at change {}", broken.version.0);
                Err(Fault::new(Kind::Refused, "chain_broken", message))
            }
        }
    }
}
