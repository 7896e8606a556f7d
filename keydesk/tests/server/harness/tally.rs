//! The outcome of a table: every case is tried, and all that went wrong is told at once.

use super::Answer;
use std::fmt::{Debug, Display};

#[derive(Default)]
pub(crate) struct Tally {
    tried: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// The answer must be an error of the Admin API with exactly this status and code.
    pub(crate) fn admin(&mut self, case: impl Display, answer: &Answer, status: u16, code: &str) {
        let found = answer.status == status && answer.admin_code().as_deref() == Some(code);
        self.that(found, format_args!("{case}: expected {status} {code}"), answer);
    }

    /// The answer must be a problem with exactly this status and code.
    pub(crate) fn problem(&mut self, case: impl Display, answer: &Answer, status: u16, code: &str) {
        let found = answer.status == status && answer.problem_code().as_deref() == Some(code);
        self.that(found, format_args!("{case}: expected {status} {code}"), answer);
    }

    pub(crate) fn status(&mut self, case: impl Display, answer: &Answer, status: u16) {
        self.that(answer.status == status, format_args!("{case}: expected {status}"), answer);
    }

    pub(crate) fn equal<T: PartialEq + Debug>(&mut self, case: impl Display, found: &T, expected: &T) {
        self.that(found == expected, format_args!("{case}: expected {expected:?}"), found);
    }

    pub(crate) fn that(&mut self, holds: bool, case: impl Display, found: &impl Debug) {
        self.tried += 1;
        if !holds {
            self.wrong.push(format!("{case}, found {found:?}"));
        }
    }

    /// Fails with every case that went wrong; a table that tried nothing proves nothing.
    pub(crate) fn end(self) {
        assert!(self.tried > 0, "nothing was tried");
        let (wrong, tried) = (self.wrong.len(), self.tried);
        assert!(self.wrong.is_empty(), "{wrong} of {tried} cases:\n{}", self.wrong.join("\n"));
    }
}
