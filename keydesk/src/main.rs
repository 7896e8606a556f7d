//! The `keydesk` command: the server, and the commands that set it up and speak to it.

mod client;
mod clock;
mod commands;
mod config;
mod exit;
mod front;
mod output;
mod secrets;
mod serve;
mod workspace;

use clap::{CommandFactory, Parser, Subcommand};
use exit::Fault;
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A request takes some allocations beyond what the one of the C library keeps at hand for each thread.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Issues, scopes, verifies and revokes API keys.
#[derive(Parser)]
#[command(name = "keydesk", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the database, a first organization and its first credential
    Init(commands::init::Init),
    /// Run the server
    Serve(Box<serve::Serve>),
    /// Create and list organizations
    #[command(subcommand)]
    Organization(commands::organization::Organization),
    /// Register resources to projects, and release them
    #[command(subcommand)]
    Resource(commands::resource::ResourceCommand),
    /// Make, show, change and revoke API keys on a running server
    #[command(subcommand)]
    Key(commands::key::Key),
    /// List and rotate the keys that sign access tokens, on a running server
    #[command(subcommand)]
    SigningKey(commands::signing_key::SigningKey),
    /// Ask a running server whether a key may pass
    Verify(commands::verify::Verify),
    /// Show what keys were used for
    Usage(commands::usage::Usage),
    /// Show the built-in catalog, or check one
    #[command(subcommand)]
    Catalog(commands::catalog::CatalogCommand),
    /// Say what an HTTP request means to the gateway and to the doors for gateways
    #[command(subcommand)]
    Route(commands::route::RouteCommand),
    /// Read and check the log of changes
    #[command(subcommand)]
    Audit(commands::audit::Audit),
    /// Print the OpenAPI description of the HTTP API
    Openapi,
    /// Print the schema of /graphql
    Schema,
    /// Print a completion script for a shell
    Completions(commands::completions::Completions),
}

impl Command {
    fn wants_json(&self) -> bool {
        match self {
            Command::Init(init) => init.wants_json(),
            Command::Organization(command) => command.wants_json(),
            Command::Resource(command) => command.wants_json(),
            Command::Key(command) => command.wants_json(),
            Command::SigningKey(command) => command.wants_json(),
            Command::Verify(command) => command.wants_json(),
            Command::Route(command) => command.wants_json(),
            Command::Usage(command) => command.wants_json(),
            Command::Audit(command) => command.wants_json(),
            Command::Serve(_)
            | Command::Catalog(_)
            | Command::Openapi
            | Command::Schema
            | Command::Completions(_) => false,
        }
    }

    fn run(self) -> Result<(), Fault> {
        match self {
            Command::Init(init) => init.run(),
            Command::Serve(serve) => serve.run(),
            Command::Organization(command) => command.run(),
            Command::Resource(command) => command.run(),
            Command::Key(command) => command.run(),
            Command::SigningKey(command) => command.run(),
            Command::Verify(command) => command.run(),
            Command::Usage(command) => command.run(),
            Command::Catalog(command) => command.run(),
            Command::Route(command) => command.run(),
            Command::Audit(command) => command.run(),
            Command::Openapi => output::print(&control::openapi::generate()),
            Command::Schema => output::print(control::graphql::SCHEMA),
            Command::Completions(command) => command.run(CommandLine::command()),
        }
    }
}

fn main() -> ExitCode {
    // Everything Keydesk writes is for its own user: digests, sealed keys, credentials.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return usage(&error),
    };
    let json = line.command.wants_json();
    match line.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fault.print(json),
    }
}

/// Help and version go to stdout and are no error; anything else is the sysexits code for usage.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe leaves nobody to tell.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(exit::Kind::Usage as u8) } else { ExitCode::SUCCESS }
}
