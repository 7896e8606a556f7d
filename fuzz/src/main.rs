//! `cargo run --release -p fuzz -- [cases [seed]]`: prints what was compared, and fails when there is a difference.

use std::process::ExitCode;

const CASES: u64 = 10_000_000;
const SEED: u64 = 1;

fn main() -> ExitCode {
    let arguments: Vec<Option<u64>> =
        std::env::args().skip(1).map(|text| text.replace('_', "").parse().ok()).collect();
    let (cases, seed) = match *arguments {
        [] => (CASES, SEED),
        [Some(cases)] => (cases, SEED),
        [Some(cases), Some(seed)] => (cases, seed),
        _ => {
            eprintln!("usage: cargo run --release -p fuzz -- [cases [seed]]");
            return ExitCode::from(64);
        }
    };
    let outcome = fuzz::run(seed, cases);
    println!("seed {seed}, {} verdicts", outcome.cases);
    for (verdict, count) in &outcome.verdicts {
        println!("{count:>12} {verdict}");
    }
    println!(
        "{} filters, lists of networks and grants, {} of them accepted",
        outcome.written, outcome.accepted
    );
    let Some(met) = outcome.difference else {
        println!("0 differences");
        return ExitCode::SUCCESS;
    };
    let smallest = fuzz::smallest(met);
    println!("a difference. {}", smallest.difference().unwrap_or_default());
    println!("add this line to fuzz/tests/regressions.jsonl:");
    println!("{}", serde_json::to_string(&smallest).unwrap_or_default());
    ExitCode::FAILURE
}
