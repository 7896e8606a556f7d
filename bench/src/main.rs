//! How fast Keydesk is: each module measures one thing, prints a table, and fails when a goal is missed.

mod measure;
mod verify;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo run --release -p bench -- verify [keys]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let goals_met = match *arguments {
        ["verify"] => Some(verify::run(1_000_000)),
        ["verify", keys] => keys.parse().ok().filter(|keys| *keys > 0).map(verify::run),
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
