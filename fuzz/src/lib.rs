//! Holds the fast evaluator (`domain`) against the slow one (`spec`) on random cases: what may be written in a
//! filter, a list of networks and a grant, and what every verdict is, from a memory that was built whole and from
//! one that was patched change by change.
//!
//! A story is made from a number, so it is the same in every run. A difference is made as small as it can be and
//! printed as one line of JSON, which belongs in `tests/regressions.jsonl`.

mod case;
mod catalogs;
mod fast;
mod finding;
mod make;
mod places;
mod random;
mod run;
mod shrink;
mod slow;

pub use finding::Finding;
pub use run::{Outcome, run};
pub use shrink::smallest;
