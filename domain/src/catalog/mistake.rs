//! A mistake in a catalog, and where it is.

use std::fmt;
use std::ops::Range;

/// What is wrong, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// A sentence.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Collects mistakes, so that one reading reports them all.
pub(super) struct Mistakes<'t> {
    text: &'t str,
    pub(super) found: Vec<Mistake>,
}

impl<'t> Mistakes<'t> {
    pub(super) fn new(text: &'t str) -> Mistakes<'t> {
        Mistakes { text, found: Vec::new() }
    }

    /// Notes a mistake in this piece of the text.
    pub(super) fn note(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        self.found.push(Mistake { line, column, message: message.into() });
    }

    /// The value, or a note of why there is none.
    pub(super) fn keep<T, E: fmt::Display>(&mut self, span: &Range<usize>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.note(span, error.to_string())).ok()
    }
}
