//! How fast Keydesk is: each module measures one thing, prints a table, and fails when a goal is missed.

mod console;
mod create;
mod measure;
mod meter;
mod node;
mod preview;
mod tokens;

mod verify;

use control::store::Database;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo run --release -p bench -- verify [keys]
       cargo run --release -p bench -- tokens
       cargo run --release -p bench -- meter
       cargo run --release -p bench -- preview
       cargo run --release -p bench -- console
       cargo run --release -p bench -- create sqlite [new file]
       cargo run --release -p bench -- create postgres URL   (of an empty database)";

/// On a file that is gone afterwards, on the disk of the folder this runs in.
fn in_scratch() -> bool {
    match tempfile::tempdir_in(".") {
        Ok(folder) => create::run(&Database::Sqlite(folder.path().join("bench.db"))),
        Err(error) => {
            eprintln!("no scratch folder: {error}");
            false
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let goals_met = match *arguments {
        ["verify"] => Some(verify::run(1_000_000)),
        ["verify", keys] => keys.parse().ok().filter(|keys| *keys > 0).map(verify::run),
        ["tokens"] => Some(tokens::run()),
        ["meter"] => Some(meter::run()),
        ["preview"] => Some(preview::run()),
        ["console"] => Some(console::run()),
        ["create", "sqlite"] => Some(in_scratch()),
        ["create", "sqlite", file] => Some(create::run(&Database::Sqlite(file.into()))),
        ["create", "postgres", url] => Some(create::run(&Database::Postgres(url.into()))),
        _ => None,
    };
    match goals_met {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(64)
        }
    }
}
