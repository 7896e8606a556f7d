//! `keydesk route`: what an HTTP request would mean to the gateway and to the doors for gateways.

use super::catalog;
use crate::exit::{Fault, Kind};
use crate::output::{self, Format};
use crate::workspace::{Place, block_on, store_fault};
use domain::Catalog;
use domain::catalog::{PathError, Resolved, Unresolved};
use serde_json::json;
use std::path::PathBuf;

/// What can be done with routes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum RouteCommand {
    /// Say which route a request takes, and which scope a key needs for it
    Explain(Explain),
}

/// `route explain`
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    place: Place,
    /// By the routes of this file instead of those in force
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// The method, in upper case
    method: String,
    /// `https://host/path`, or a path alone for routes of any host
    url: String,
    /// table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

impl RouteCommand {
    pub(crate) fn wants_json(&self) -> bool {
        let RouteCommand::Explain(explain) = self;
        explain.output == Format::Json
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        let RouteCommand::Explain(explain) = self;
        let catalog = match &explain.catalog {
            Some(file) => catalog::read(file)?,
            None => block_on(in_force(&explain.place))?,
        };
        let (host, target) = split(&explain.url)?;
        match catalog.routes().resolve(host, &explain.method, target) {
            Ok(resolved) => print(&resolved, explain.output),
            Err(unresolved) => Err(refused(unresolved)),
        }
    }
}

/// The catalog that a running server goes by.
async fn in_force(place: &Place) -> Result<Catalog, Fault> {
    let app = place.open_existing().await?;
    let text = app.store.catalog().await.map_err(store_fault)?.map(|(_, text)| text);
    let parsed = Catalog::parse(text.as_deref().unwrap_or(Catalog::DEFAULT));
    parsed
        .map_err(|_| Fault::new(Kind::Data, "catalog_invalid", "the catalog in force is of another version"))
}

/// Host and target. Nothing is put right, as nothing is at the doors.
fn split(url: &str) -> Result<(&str, &str), Fault> {
    if url.starts_with('/') {
        return Ok(("localhost", url));
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Err(Fault::new(Kind::Usage, "url", "the URL is neither http:// or https:// nor a path"));
    };
    Ok(rest.find(['/', '?']).map_or((rest, "/"), |end| rest.split_at(end)))
}

fn refused(unresolved: Unresolved) -> Fault {
    let (code, more) = match unresolved {
        Unresolved::Path(PathError::NoSlash) | Unresolved::Host => ("url", ""),
        Unresolved::Path(_) => ("ambiguous_path", ": refused at every door"),
        Unresolved::NoRoute => ("no_route", ": 403 at the doors for gateways, 404 at the gateway"),
    };
    Fault::new(Kind::Data, code, format!("{unresolved}{more}"))
}

fn print(resolved: &Resolved<'_>, format: Format) -> Result<(), Fault> {
    let route = resolved.route;
    let resource = resolved.resource_text();
    let scope = resolved.action.map(|action| format!("{}:{resource}", action.text()));
    let credential = route.upstream_credential.as_deref();
    if format == Format::Json {
        let route = json!({"host": route.host, "methods": route.methods, "path": route.path});
        let action = resolved.action.map(|action| action.text());
        let told = json!({
            "route": route,
            "action": action,
            "resource": resource,
            "required_scope": scope,
            "upstream_credential": credential,
        });
        return output::print(&format!("{told}\n"));
    }
    let either = || format!("read:{resource} for a query, write:{resource} for a mutation");
    let action = resolved.action.map_or("the GraphQL operation decides", |action| action.text());
    let mut fields = vec![
        ("Route", format!("{} {} on host {}", route.methods.join("|"), route.path, route.host)),
        ("Action", action.to_owned()),
        ("Resource", resource.clone()),
        ("Required scope", scope.unwrap_or_else(either)),
    ];
    fields.extend(credential.map(|name| ("Upstream credential", name.to_owned())));
    output::fields(&fields)
}
