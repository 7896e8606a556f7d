//! A mistake in a catalog, and where it is.

use std::fmt;
use std::ops::Range;

/// A reader of more would be better served by starting anew.
const SHOWN_MAX: usize = 100;
/// A message may quote the text, which may be long.
const CHARS_MAX: usize = 400;

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
    found: Vec<Mistake>,
    left_out: usize,
}

impl<'t> Mistakes<'t> {
    pub(super) fn new(text: &'t str) -> Mistakes<'t> {
        Mistakes { text, found: Vec::new(), left_out: 0 }
    }

    /// Notes a mistake in this piece of the text.
    pub(super) fn note(&mut self, span: &Range<usize>, message: impl AsRef<str>) {
        // Finding the line reads the text from its start, so what is not shown is only counted.
        if self.found.len() >= SHOWN_MAX {
            self.left_out += 1;
            return;
        }
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        self.found.push(Mistake { line, column, message: one_line(message.as_ref()) });
    }

    /// The value, or a note of why there is none.
    pub(super) fn keep<T, E: fmt::Display>(
        &mut self,
        span: &Range<usize>,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.note(span, error.to_string())).ok()
    }

    /// How many were noted so far.
    pub(super) fn count(&self) -> usize {
        self.found.len() + self.left_out
    }

    /// All that were noted, in the order of the text.
    pub(super) fn into_found(mut self) -> Vec<Mistake> {
        self.found.sort_by_key(|mistake| (mistake.line, mistake.column));
        if self.left_out > 0 {
            let (line, column) = self.found.last().map_or((1, 1), |last| (last.line, last.column));
            let message = format!("{} more mistakes are not shown", self.left_out);
            self.found.push(Mistake { line, column, message });
        }
        self.found
    }
}

/// Whatever it quotes, a mistake is one line of output.
fn one_line(message: &str) -> String {
    let plain = |character: char| -> String {
        if character.is_control() { character.escape_default().collect() } else { character.into() }
    };
    message.chars().take(CHARS_MAX).map(plain).collect()
}
