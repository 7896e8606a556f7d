//! The fast and the slow evaluator say the same.

use fuzz::{Finding, run, smallest};
use std::path::Path;

/// Enough to find each of the mutants of `mutants.toml`, few enough for every run of the tests.
const CASES: u64 = 100_000;

#[test]
fn the_fast_evaluator_says_what_the_documents_say() {
    let outcome = run(1, CASES);
    if let Some(met) = outcome.difference {
        let smallest = smallest(met);
        let line = serde_json::to_string(&smallest).unwrap();
        panic!("{}\nadd this line to fuzz/tests/regressions.jsonl:\n{line}", smallest.difference().unwrap());
    }
    // What is never met is not held against anything.
    let verdicts = [
        "allowed",
        "disabled",
        "expired",
        "insufficient_scope",
        "ip_not_allowed",
        "malformed",
        "malformed_request",
        "revoked",
        "unknown",
    ];
    assert_eq!(outcome.verdicts.keys().copied().collect::<Vec<_>>(), verdicts);
    let share = |count: u64, of: u64| count * 100 / of;
    let met = |count: &u64| share(*count, outcome.cases) >= 1;
    assert!(outcome.verdicts.values().all(met), "{:?}", outcome.verdicts);
    assert!((40..90).contains(&share(outcome.accepted, outcome.written)), "{} accepted", outcome.accepted);
}

#[test]
fn a_difference_that_was_found_once_stays_gone() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions.jsonl");
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let finding: Finding = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(finding.difference(), None, "{line}");
    }
}
