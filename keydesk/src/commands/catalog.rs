//! `keydesk catalog`: the built-in one, or a check of another.

use crate::exit::{Fault, Kind};
use crate::output;
use domain::Catalog;
use std::path::PathBuf;

/// What can be done with catalogs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CatalogCommand {
    /// Print the documented default
    Print,
    /// Report every mistake in a file, each with its line
    Check {
        /// The TOML file
        file: PathBuf,
    },
}

impl CatalogCommand {
    pub(crate) fn run(self) -> Result<(), Fault> {
        match self {
            CatalogCommand::Print => output::print(Catalog::DEFAULT),
            CatalogCommand::Check { file } => {
                let catalog = read(&file)?;
                output::print(&format!(
                    "{}: {} resource types, {} APIs, {} roles, {} key classes, {} plans, {} routes\n",
                    file.display(),
                    catalog.types().iter().count(),
                    catalog.apis().len(),
                    catalog.roles().len(),
                    catalog.classes().len(),
                    domain::Plan::ALL.len(),
                    catalog.routes().iter().len(),
                ))
            }
        }
    }
}

/// Reads a catalog file, or reports all its mistakes.
pub(crate) fn read(file: &std::path::Path) -> Result<Catalog, Fault> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Fault::new(Kind::NoInput, "catalog_unreadable", format!("{} cannot be read: {error}", file.display()))
    })?;
    Catalog::parse(&text).map_err(|mistakes| {
        let lines: Vec<String> =
            mistakes.iter().map(|mistake| format!("{}: {mistake}", file.display())).collect();
        Fault::new(Kind::Data, "catalog_invalid", lines.join("\n"))
    })
}
